"""History: owners, threads, entries, growing replies, feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From an empty database."""
    _people_and_threads()
    _entries()
    _replies()


def _people_and_threads() -> None:
    op.create_table(
        "owner",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("identifier", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "thread",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "owner_id", sa.Text, sa.ForeignKey("owner.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("name", sa.Text),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("activity", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_thread_owner_id_activity_id", "thread", ["owner_id", "activity", "id"])


def _entries() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "thread_id", sa.Text, sa.ForeignKey("thread.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("numbers", sa.JSON),
        sa.Column("writer_id", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("thread_id", "position"),
    )
    being_written = sa.text("outcome = 'writing'")
    op.create_index(
        "ix_entry_being_written",
        "entry",
        ["thread_id"],
        sqlite_where=being_written,
        postgresql_where=being_written,
    )
    op.create_table(
        "feedback",
        sa.Column(
            "entry_id", sa.Text, sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("thumb_up", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def _replies() -> None:
    op.create_table(
        "piece",
        sa.Column(
            "entry_id", sa.Text, sa.ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "writer",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("beat", sa.BigInteger, nullable=False),
    )

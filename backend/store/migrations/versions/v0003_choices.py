"""Choices: a person's settings, for each profile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From the schema before."""
    op.create_table(
        "choice",
        sa.Column(
            "owner_id", sa.Text, sa.ForeignKey("owner.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("profile", sa.Text, primary_key=True),
        sa.Column("chosen", sa.JSON, nullable=False),
    )

"""Alembic's entry point: `backend.store.migrate` hands over a connection in its transaction."""

from __future__ import annotations

from alembic import context

from backend.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # how SQLite changes a table
)
with context.begin_transaction():
    context.run_migrations()

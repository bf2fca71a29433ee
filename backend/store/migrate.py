"""The way up from every earlier schema, in the process and in one transaction.

Revisions are Alembic's, in `migrations/versions`; a new one is written by hand, `schema.REVISION`
named after it, and `tests/integration/store/schemas/` given a database as the one before left it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from backend.errors import SchemaNewerError
from backend.store.schema import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 6031976510  # our advisory lock in PostgreSQL; SQLite's writer is alone anyway


def is_up_to_date(connection: Connection) -> bool:
    """Whether the schema is the one that this code was written for."""
    return _revision(connection) == REVISION


def upgrade(connection: Connection, revision: str = REVISION) -> None:
    """Go up to a revision; a no-op for one who waited while another process did it.

    Raises:
        SchemaNewerError: the database's revision is none that we know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    found = _revision(connection)
    if found == revision:
        return
    # imported where needed: a process whose database is up to date starts sooner
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaNewerError(found=found, known=REVISION)
    command.upgrade(config, revision)


def _revision(connection: Connection) -> str | None:
    """The schema's revision; `None` for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

"""Where conversations are kept."""

from __future__ import annotations

from pydantic import BaseModel, Field

from config.fields import SecretFile, SecretText


class StoreSettings(BaseModel):
    """What the chat's store reads."""

    database_url: SecretText | None = Field(
        default=None,
        description="SQLAlchemy async URL: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`. "
        "Unset: an SQLite file under `WARMLINE_DATA_DIR`; the compose stack has a PostgreSQL.",
    )
    database_password: SecretText | None = Field(
        default=None,
        description="The password of a PostgreSQL whose URL holds none; never logged or shown.",
    )
    database_password_file: SecretFile | None = Field(
        default=None,
        description="A file that holds this password; read where the password itself is unset. "
        "The compose stack makes one.",
    )

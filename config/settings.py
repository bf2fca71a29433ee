"""The one reader of the environment: every setting with its default and its meaning.

    environment, .env → `load_settings` → `Settings` (frozen) → wiring

The engine launcher runs beside vLLM, on the standard library alone, and reads its own variables;
they are listed here too, so that a typing mistake is found whoever reads the name.
`docs/settings.md` is generated from this file: `python -m config.settings_table`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NoReturn, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from backend.errors import SettingsError
from config.compose_settings import ComposeSettings
from config.fields import (
    AnyCase,
    BearerToken,
    EngineUrl,
    Folder,
    Host,
    HttpUrl,
    MaxTokens,
    Port,
    Seconds,
    SecretFile,
    Temperature,
    Text,
    TopK,
    TopP,
    is_loopback,
)
from config.given import read_given, read_secret_file
from config.mistakes import describe, unknown_name
from config.store_settings import StoreSettings

PREFIX = "WARMLINE_"
EXIT_STATUS = 2
IN_FILES = ("engine_api_key", "database_password")  # secrets that a file may hold

OPEN_TO_THE_NETWORK = (
    "WARMLINE_HOST listens beyond this machine, and WARMLINE_AUTH is none: everyone who reaches "
    "the port could chat. Set WARMLINE_HOST=127.0.0.1, or, where something else keeps strangers "
    "out, WARMLINE_ALLOW_OPEN=true."
)
NO_LOGINS_YET = (
    "WARMLINE_AUTH asks for logins, which are not part of this version. "
    "Allowed for now: none (leave it unset)."
)


class LauncherSettings(BaseModel):
    """What the engine launcher reads; the chat only knows the names."""

    engine_model: Text | None = Field(
        default=None,
        description="What the engine loads: a hub id or a folder. Unset: SmolLM2-135M-Instruct "
        "from the package index in the demo and the CPU stack; on a card the profile's: "
        "`Qwen/Qwen3-4B-Instruct-2507`, below 18.5 GiB and on Turing "
        "`JunHowie/Qwen3-4B-Instruct-2507-GPTQ-Int4`, a third party's 4 bit copy of it.",
    )
    engine_profile: Text = Field(
        default="auto",
        description="A file of `config/profiles/`, or `auto`: chosen by the hardware at hand.",
    )
    engine_flags: Text | None = Field(
        default=None,
        repr=False,
        description="Appended to vLLM's command; the last of two equal flags wins.",
    )
    engine_host: Host = Field(default="127.0.0.1", description="Where the engine listens.")
    engine_port: Port = Field(default=8001, description="The engine's port.")
    served_model_name: Text | None = Field(
        default=None,
        description="The model's name for clients. Unset: the hub id, or the folder's name.",
    )
    status_host: Host = Field(default="127.0.0.1", description="Where `/status` listens.")
    status_port: Port = Field(default=8002, description="The port of `/status`.")
    cache_dir: Folder = Field(
        default=Path("~/.cache/warmline"),
        description="What is kept from boot to boot. `make demo` keeps it under `.warmline/`.",
    )
    engine_shortcuts: Text = Field(
        default="startup-plan,fork,bytecode,preload",
        description="What makes starts shorter; each can be left out, `none` is without any.",
    )
    engine_bytecode_dir: Folder | None = Field(
        default=None,
        description="Where the engine keeps its packages' bytecode. Unset: beside the packages.",
    )


class Settings(ComposeSettings, LauncherSettings, StoreSettings, BaseSettings):
    """Every setting of Warmline. Built by `load_settings` alone.

    Secrets are `SecretStr`; times are in seconds; an unset value is `None`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    host: Host = Field(default="127.0.0.1", description="Where the chat listens.")
    port: Port = Field(default=8000, description="Where the chat listens.")
    public_url: HttpUrl | None = Field(
        default=None,
        description="The URL that people type, with its sub-path if a proxy adds one; Host and "
        "Origin must match it. Unset: only this machine's own names (localhost).",
    )
    allow_open: bool = Field(
        default=False, description="`true` lets `WARMLINE_AUTH=none` listen beyond this machine."
    )
    auth: Annotated[Literal["none", "password", "oauth"], AnyCase] = Field(
        default="none", description="How people log in. This version knows `none` only."
    )
    engine_url: EngineUrl = Field(
        default="http://127.0.0.1:8001/v1", description="The engine's OpenAI-compatible base URL."
    )
    engine_api_key: BearerToken | None = Field(
        default=None, description="Sent to the engine as the bearer token; never logged or shown."
    )
    engine_api_key_file: SecretFile | None = Field(
        default=None,
        description="A file that holds this key; read where the key itself is unset. The compose "
        "stack makes one.",
    )
    status_url: HttpUrl | None = Field(
        default=None,
        description="The launcher's status page. Unset: readiness from HTTP probes alone. "
        "`make demo` sets it.",
    )
    model: Text | None = Field(
        default=None, description="Served model name. Unset: the only one that the engine lists."
    )
    system_prompt: Text | None = Field(
        default=None,
        repr=False,
        description="First message of every prompt. Unset: none.",
    )
    temperature: Temperature | None = Field(default=None, description="Unset: the engine's own.")
    top_p: TopP | None = Field(default=None, description="Unset: the engine's own.")
    top_k: TopK | None = Field(default=None, description="0: no limit. Unset: the engine's own.")
    max_tokens: MaxTokens | None = Field(
        default=None, description="Longest reply in tokens. Unset: the rest of the context."
    )
    first_token_timeout_seconds: Seconds = Field(
        default=120,
        description="How long an attempt may wait for its first token (the start-up time-out).",
    )
    retry_deadline_seconds: Seconds = Field(
        default=300, description="How long a turn goes on trying before its first token."
    )
    warmup_burst: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Most requests at once in the warm-up. Unset: as many as the engine runs at "
        "once where the launcher says it, else 32.",
    )
    data_dir: Folder = Field(default=Path("data"), description="Everything that the chat writes.")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = Field(
        default="info", description="The least that the log shows."
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from `load_settings` alone: pydantic's own sources overlook unknown names."""
        return (init_settings,)

    @model_validator(mode="after")
    def _check_who_may_enter(self) -> Self:
        if self.auth != "none":
            raise ValueError(NO_LOGINS_YET)
        if not is_loopback(self.host) and not self.allow_open:
            raise ValueError(OPEN_TO_THE_NETWORK)
        return self

    @property
    def is_for_this_machine_alone(self) -> bool:
        """Whether nobody but this machine's own people reaches the chat."""
        return self.auth == "none" and self.public_url is None and is_loopback(self.host)

    @property
    def public_path(self) -> str:
        """The sub-path of the public URL, such as `/chat`; empty where there is none."""
        return urlsplit(self.public_url).path if self.public_url else ""


def variable(field_name: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field_name.upper()


def load_settings(
    environ: Mapping[str, str] = os.environ, env_file: Path | None = Path(".env")
) -> Settings:
    """Read the settings from the environment, then from `.env`; an empty value is an unset one.

    Raises:
        SettingsError: a `WARMLINE_` name is unknown, or a value does not parse. The exception's
            text is the message for a person, one line a mistake; values: `names`.
    """
    given = read_given(PREFIX, environ, env_file)
    fields = {variable(name): name for name in Settings.model_fields}
    known = {fields[one.name]: one for one in given if one.name in fields and one.value}
    for secret in IN_FILES:
        file = known.get(f"{secret}_file")
        if file is not None and secret not in known:
            known[secret] = read_secret_file(variable(secret), file)
    mistakes = [unknown_name(one, fields) for one in given if one.name not in fields]
    settings = None
    try:
        settings = Settings.model_validate({name: one.value for name, one in known.items()})
    except ValidationError as error:
        mistakes += describe(error, Settings.model_fields, known)
    if mistakes or settings is None:
        names = tuple(mistake.name for mistake in mistakes)
        raise SettingsError("\n".join(one.sentence for one in mistakes), names=names)
    return settings


def settings_or_exit(
    environ: Mapping[str, str] = os.environ, env_file: Path | None = Path(".env")
) -> Settings:
    """The settings, or the end of the process."""
    try:
        return load_settings(environ, env_file)
    except SettingsError as error:
        exit_with(error)


def exit_with(error: SettingsError) -> NoReturn:
    """End the process with one message on stderr and status 2, without a traceback."""
    sys.stderr.write(f"Warmline cannot start with these settings:\n{error}\n")
    raise SystemExit(EXIT_STATUS) from None

"""What `docker-compose.yml` reads by itself, and what it decides."""

from __future__ import annotations

from pydantic import BaseModel, Field

from config.fields import Text


class ComposeSettings(BaseModel):
    """What the compose files read; the chat only knows the names."""

    engine_image: Text = Field(
        default="vllm/vllm-openai:v0.32.0",
        description="What the GPU stack's engine is built upon: vLLM's image, or a mirror's copy "
        "of it. A change takes `docker compose build`.",
    )
    models_dir: Text = Field(
        default="models",
        description="Mounted as `/models`: a volume, or a folder of this machine (`./models`) that "
        "user 2000 or group 0 may read, with model folders in it or a hub's cache; for downloads "
        "it must be theirs to write too: make it before the first start and "
        "`chown 2000:0` it, since Docker makes a missing folder root's.",
    )


SET_BY_COMPOSE = frozenset(
    {
        "host",
        "allow_open",
        "engine_url",
        "engine_api_key",
        "engine_api_key_file",
        "status_url",
        "data_dir",
        "database_password",
        "database_password_file",
        "engine_host",
        "engine_port",
        "status_host",
        "status_port",
        "cache_dir",
        "engine_bytecode_dir",
    }
)
"""The settings that the stack decides itself: addresses between its containers, folders, keys.

`WARMLINE_PORT` is the port that it publishes.
"""

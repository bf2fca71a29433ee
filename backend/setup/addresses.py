"""Where the demo's processes listen, and what each is told of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.setup.engines import Engine
from backend.setup.environment import HUB_TOKEN, for_children, port_of, text_of
from backend.setup.layout import Layout
from backend.setup.ports import free_port_near, is_taken, taken_by

LOOPBACK = "127.0.0.1"
CHAT_PORT, ENGINE_PORT, STATUS_PORT = 8000, 8001, 8002

_EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # where such a server is reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Hosts and ports of the engine and the status page; the chat's, and its URL for people.

    The chat reads its own: its host and port here may be anything that a person typed.
    """

    chat_url: str
    chat_host: str
    chat_port: str
    engine_host: str
    engine_port: int
    status_host: str
    status_port: int

    @property
    def engine_url(self) -> str:
        """The engine's OpenAI-compatible base URL."""
        return f"{_origin(self.engine_host, self.engine_port)}/v1"

    @property
    def status_url(self) -> str:
        """The launcher's status page."""
        return f"{_origin(self.status_host, self.status_port)}/status"


def choose_addresses(environment: Mapping[str, str], say: Callable[[str], None]) -> Addresses:
    """The addresses that the environment asks for; a taken port of the engine's is replaced.

    Args:
        environment: holds the person's settings.
        say: told of each port that is another one than asked for.

    Raises:
        SetupError: A port does not parse.
    """

    def choose(part: str, what: str, default: int) -> tuple[str, int]:
        host = text_of(environment, f"WARMLINE_{part}_HOST", LOOPBACK)
        port = port_of(environment, f"WARMLINE_{part}_PORT", default)
        if is_taken(host, port):
            taken, port = port, free_port_near(host, port)
            say(f"Port {taken} is taken by {taken_by(taken)}: {what} gets {port}.")
        return host, port

    engine_host, engine_port = choose("ENGINE", "the engine", ENGINE_PORT)
    status_host, status_port = choose("STATUS", "the status page", STATUS_PORT)
    chat_host = text_of(environment, "WARMLINE_HOST", LOOPBACK)
    chat_port = text_of(environment, "WARMLINE_PORT", str(CHAT_PORT))
    chat_url = text_of(environment, "WARMLINE_PUBLIC_URL", f"{_origin(chat_host, chat_port)}/")
    return Addresses(
        chat_url=chat_url,
        chat_host=_EVERYWHERE.get(chat_host, chat_host),
        chat_port=chat_port,
        engine_host=engine_host,
        engine_port=engine_port,
        status_host=status_host,
        status_port=status_port,
    )


def chat_environment(inherited: Mapping[str, str], addresses: Addresses) -> dict[str, str]:
    """The chat's environment: it finds the engine; the hub's token is not for it.

    Args:
        inherited: the person's environment alone; the chat reads `.env` itself.
        addresses: of the engine and the status page.
    """
    kept = {name: value for name, value in inherited.items() if name != HUB_TOKEN}
    return for_children(kept) | {
        "WARMLINE_ENGINE_URL": addresses.engine_url,
        "WARMLINE_STATUS_URL": addresses.status_url,
    }


def launcher_environment(
    environment: Mapping[str, str], addresses: Addresses, layout: Layout, engine: Engine
) -> dict[str, str]:
    """The launcher's environment: what to load, where to listen, where to keep what it learns.

    Folders that the person names are relative to the project, as for the chat.
    """
    model = text_of(environment, "WARMLINE_ENGINE_MODEL", str(engine.model or ""))
    in_project = layout.root / Path(model).expanduser()
    cache = layout.root / Path(text_of(environment, "WARMLINE_CACHE_DIR", str(layout.cache)))
    defaults = {
        **engine.launcher_defaults,
        "XDG_CACHE_HOME": str(layout.cache),
        "XDG_CONFIG_HOME": str(layout.cache / "config"),
    }
    return (
        defaults
        | for_children(environment)
        | {
            "WARMLINE_ENGINE_MODEL": str(in_project) if model and in_project.is_dir() else model,
            "WARMLINE_ENGINE_HOST": addresses.engine_host,
            "WARMLINE_ENGINE_PORT": str(addresses.engine_port),
            "WARMLINE_STATUS_HOST": addresses.status_host,
            "WARMLINE_STATUS_PORT": str(addresses.status_port),
            "WARMLINE_CACHE_DIR": str(cache.expanduser()),
            "PYTHONPATH": str(layout.root),
        }
    )


def _origin(host: str, port: int | str) -> str:
    reachable = _EVERYWHERE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"

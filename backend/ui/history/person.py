"""Who asks. Without logins everybody at the page is the one local person.

Chainlit shows its history to people who are logged in alone. Here every request and every socket is
the local person's without a cookie, so the page never shows a login.
"""

from __future__ import annotations

import os
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import chainlit.socket
from chainlit.auth import get_current_user
from chainlit.server import app
from chainlit.user import PersistedUser, User
from fastapi import Request

from backend.store.owners import LOCAL_PERSON
from backend.ui.texts import Language, language_of


@dataclass(frozen=True, slots=True)
class Asker:
    """Who has sent the request that is answered now, and in which language they read."""

    identifier: str
    language: Language


asker: ContextVar[Asker] = ContextVar("asker")


def take_everybody_in() -> None:
    """Be the local person for every request and every socket."""
    os.environ["CHAINLIT_CUSTOM_AUTH"] = "true"  # somebody is logged in
    os.environ["CHAINLIT_AUTH_SECRET"] = secrets.token_hex(32)  # asked for; signs nothing here
    app.dependency_overrides[get_current_user] = local_person
    chainlit.socket._authenticate_connection = _local_person_at_a_socket


def user(identifier: str) -> PersistedUser:
    """A person as Chainlit has them."""
    return PersistedUser(id=identifier, identifier=identifier, createdAt="")


async def local_person(request: Request) -> PersistedUser:
    """The one who asks."""
    language = language_of(request.headers.get("accept-language"))
    asker.set(Asker(LOCAL_PERSON, language))
    return user(LOCAL_PERSON)


async def _local_person_at_a_socket(
    environ: dict[str, Any],  # noqa: ARG001 - as Chainlit names it
) -> tuple[User | PersistedUser, str] | tuple[None, None]:
    return user(LOCAL_PERSON), ""

"""A person's settings, for each profile of conversations."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, delete, select

from backend.store.database import Database
from backend.store.records import Json, Owner
from backend.store.schema import choice
from backend.store.sql import insert_or_meet

KNOWN_FOR_SECONDS = 5.0  # every turn asks, and another process may have stored others


class ChoiceBook:
    """What people have chosen.

    Args:
        database: where it is kept.
        clock: monotonic seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Json]] = {}

    async def of(self, owner: Owner, profile: str) -> Json:
        """What the owner has chosen for a profile; empty for nothing."""
        read_at, chosen = self._known.get((owner.id, profile), (0.0, None))
        if chosen is None or self._clock() - read_at > KNOWN_FOR_SECONDS:
            chosen = await self._database.read(_find, owner.id, profile)
            self._remember(owner, profile, chosen)
        return chosen

    async def keep(self, owner: Owner, profile: str, chosen: Json) -> None:
        """Store what the owner has chosen, in place of what was before."""
        await self._database.write(_keep, owner.id, profile, chosen)
        self._remember(owner, profile, chosen)

    async def forget(self, owner: Owner, profile: str) -> None:
        """The owner has chosen nothing for this profile."""
        await self._database.write(_forget, owner.id, profile)
        self._remember(owner, profile, {})

    def _remember(self, owner: Owner, profile: str, chosen: Json) -> None:
        now = self._clock()
        fresh = {k: v for k, v in self._known.items() if now - v[0] <= KNOWN_FOR_SECONDS}
        self._known = {**fresh, (owner.id, profile): (now, chosen)}


def _find(connection: Connection, owner_id: str, profile: str) -> Json:
    query = select(choice.c.chosen).where(
        choice.c.owner_id == owner_id, choice.c.profile == profile
    )
    found: Json | None = connection.execute(query).scalar_one_or_none()
    return found or {}


def _keep(connection: Connection, owner_id: str, profile: str, chosen: Json) -> None:
    connection.execute(
        insert_or_meet(connection, choice)
        .values(owner_id=owner_id, profile=profile, chosen=chosen)
        .on_conflict_do_update(
            index_elements=[choice.c.owner_id, choice.c.profile], set_={"chosen": chosen}
        )
    )


def _forget(connection: Connection, owner_id: str, profile: str) -> None:
    connection.execute(
        delete(choice).where(choice.c.owner_id == owner_id, choice.c.profile == profile)
    )

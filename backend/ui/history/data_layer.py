"""Chainlit's data layer over our store: what its HTTP routes ask for.

Steps, elements and threads that Chainlit would store by itself are not: a turn commits each message
before the engine has it, which Chainlit's fire-and-forget calls could not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from chainlit.data.base import BaseDataLayer
from chainlit.types import Feedback as PageFeedback
from chainlit.types import PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User
from fastapi import HTTPException
from typing_extensions import override

from backend.chat.graphemes import shorten
from backend.errors import NotFoundError, StoreError
from backend.store.records import Feedback, Owner, ThreadSummary
from backend.ui.history.person import asker, user
from backend.ui.reply import reply_id
from backend.ui.texts import describe
from backend.ui.threads import LiveThreads
from backend.wiring import Services

MAX_NAME_WIDTH = 200

P = ParamSpec("P")
T = TypeVar("T")


class Refusal(HTTPException):
    """What the page is told; some of Chainlit's routes take the text of the exception for it."""

    @override
    def __str__(self) -> str:
        return str(self.detail)


def _with_a_sentence(
    method: Callable[Concatenate[History, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[History, P], Coroutine[Any, Any, T]]:
    """Answer with a sentence where the store fails."""

    @functools.wraps(method)
    async def said(self: History, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(self, *args, **kwargs)
        except StoreError as error:
            status = 404 if isinstance(error, NotFoundError) else 503
            raise Refusal(status, describe(error, asker.get().language)) from None

    return said


class History(BaseDataLayer):
    """The history of whoever asks.

    Args:
        services: of the process.
        threads: what the process has open.
    """

    def __init__(self, services: Services, threads: LiveThreads) -> None:
        self._services = services
        self._threads = threads

    async def _owner(self) -> Owner:
        return await self._services.store.owners.named(asker.get().identifier)

    # -- the sidebar ----------------------------------------------------------------------------

    @override
    @_with_a_sentence
    async def list_threads(
        self, pagination: Pagination, filters: ThreadFilter
    ) -> PaginatedResponse[ThreadDict]:
        page = await self._services.store.threads.page(
            await self._owner(),
            search=filters.search or "",
            thumb_up=None if filters.feedback is None else bool(filters.feedback),
            cursor=pagination.cursor,
            limit=pagination.first,
        )
        has_more = page.next_cursor is not None
        info = PageInfo(has_more, startCursor=pagination.cursor, endCursor=page.next_cursor)
        return PaginatedResponse(info, [_summary(thread) for thread in page.threads])

    @override
    @_with_a_sentence
    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Rename, on one line; the rest of it is Chainlit's own bookkeeping."""
        if name is not None and (line := shorten(" ".join(name.split()), MAX_NAME_WIDTH)):
            await self._services.store.threads.rename(await self._owner(), thread_id, line)

    @override
    @_with_a_sentence
    async def delete_thread(self, thread_id: str) -> None:
        owner = await self._owner()
        await self._services.store.threads.delete(owner, thread_id)
        await self._threads.deleted(owner, thread_id)

    # -- feedback -------------------------------------------------------------------------------

    @override
    @_with_a_sentence
    async def upsert_feedback(self, feedback: PageFeedback) -> str:
        given = Feedback(thumb_up=bool(feedback.value), comment=feedback.comment)
        owner, rated = await self._owner(), reply_id(feedback.forId)
        await self._services.store.feedback.give(owner, rated, given)
        return feedback.forId

    @override
    @_with_a_sentence
    async def delete_feedback(self, feedback_id: str) -> bool:
        await self._services.store.feedback.take_back(await self._owner(), reply_id(feedback_id))
        return True

    # -- people ---------------------------------------------------------------------------------

    @override
    async def get_user(self, identifier: str) -> PersistedUser:
        return user(identifier)

    @override
    async def create_user(self, user: User) -> PersistedUser | None:
        return await self.get_user(user.identifier)

    @override
    async def get_thread_author(self, thread_id: str) -> str:
        """Whoever asks: the store finds nobody's threads but theirs."""
        return asker.get().identifier

    # -- what our own turns and pages do --------------------------------------------------------

    @override
    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        return None

    @override
    async def get_element(self, thread_id: str, element_id: str) -> None:
        return None

    @override
    async def create_element(self, element: Any) -> None: ...

    @override
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None: ...

    @override
    async def create_step(self, step_dict: Any) -> None: ...

    @override
    async def update_step(self, step_dict: Any) -> None: ...

    @override
    async def delete_step(self, step_id: str) -> None: ...

    @override
    async def get_favorite_steps(self, user_id: str) -> list[Any]:
        return []

    @override
    async def build_debug_url(self) -> str:
        return ""

    @override
    async def close(self) -> None:
        """Nothing: the store is the process's."""


def _summary(thread: ThreadSummary) -> ThreadDict:
    """A thread as the sidebar has it, which sorts by the only time there is."""
    return {
        "id": thread.id,
        "createdAt": thread.updated_at.isoformat().replace("+00:00", "Z"),
        "name": thread.name,
        "userId": None,
        "userIdentifier": None,
        "tags": [],
        "metadata": {},
        "steps": [],
        "elements": [],
    }

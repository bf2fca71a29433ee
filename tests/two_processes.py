"""How `make test` divides its two processes: one runs what needs a browser, the other all the rest.

So there is one browser and one engine at a time, each file's product starts once, and the two take
about as long. Loaded by `-p tests.two_processes`; xdist's own groups do not reach pytest 9.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

IN_A_BROWSER = "tests/e2e/"


class BrowserAndRest(LoadFileScheduling):  # type: ignore[misc]
    """Hands out all of the browser's tests as one piece of work, and the others file by file."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(IN_A_BROWSER):
            return IN_A_BROWSER
        scope: str = super()._split_scope(nodeid)
        return scope


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrowserAndRest:
    """In place of xdist's."""
    return BrowserAndRest(config, log)

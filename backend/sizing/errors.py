"""What cannot be sized. `str()` is one sentence that says what is wrong and what to do."""

from __future__ import annotations

from typing import ClassVar


class SizingError(ValueError):
    """Base of this package's errors; `kind` is stable, for the launcher's `problem`."""

    kind: ClassVar[str] = "sizing"


class UnknownModelError(SizingError):
    """The model's shape cannot be read."""

    kind = "unknown_model"


class UnknownCardError(SizingError):
    """The card is not in the table and nothing says how large it is."""

    kind = "unknown_card"


class UnsupportedCardError(SizingError):
    """This vLLM does not run on the card at all."""

    kind = "unsupported_card"


class DoesNotFitError(SizingError):
    """The model leaves no room for one request."""

    kind = "does_not_fit"

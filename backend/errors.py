"""The error tree: kinds and values, no sentences (those are made in `backend/ui/texts`).

    WarmlineError
    ├── SettingsError            a setting is unknown or does not parse: the start stops
    ├── RefusedError             a message is not accepted, nothing was sent to the engine
    │   ├── GateClosedError      the model is not ready
    │   ├── EmptyMessageError    nothing but white space
    │   ├── MessageTooLongError  longer than the model's context
    │   ├── TurnRunningError     the last reply is still being written
    │   └── InvalidChoiceError   a value of a person's settings is not allowed
    ├── EngineError              the engine's answer, or its silence, before the first token
    │   ├── (may pass: `retryable` is true)
    │   ├── EngineUnreachableError   refused, reset, or closed before an answer
    │   ├── EngineTimeoutError       no first token in time (the start-up time-out)
    │   ├── EngineBusyError          408, 409, 425, 429, 503: asks to come back later
    │   ├── EngineFaultError         another 5xx, or an error event in the stream
    │   ├── (final)
    │   ├── EngineHostUnknownError   the host name of the engine's URL does not resolve
    │   ├── EngineUnauthorizedError  401, 403
    │   ├── ModelNotFoundError       404 for the model; the served names are known or not
    │   ├── ContextOverflowError     the prompt is longer than the engine takes
    │   ├── BadRequestError          another 4xx
    │   ├── NotAnEngineError         what answers is no OpenAI-compatible API
    │   └── RetriesExhaustedError    the deadline passed; `last` is the last failure
    ├── InterruptedReplyError    the stream ended or failed after the first token
    └── StoreError               the database's answer, or its silence
        ├── (may pass: `retryable` is true)
        ├── StoreUnavailableError    locked by another process, busy, or gone
        ├── StoreDiskFullError       no space for what is to be written
        ├── StoreReadOnlyError       we may read, and not write
        ├── (final)
        ├── StoreAddressError        the URL, or what it leads to, is wrong
        ├── SchemaNewerError         a later version of Warmline has used the database
        ├── NotFoundError            no such thing, or it is somebody else's
        ├── ThreadChangedError       the thread is not as the asker has seen it
        └── AlreadyStoredError       something of that id is there

Every error has a `kind` (stable, snake case: the key of its sentences) and `values` (what the
sentences may name). The text of the exception is the cause, for the log alone: it never goes to
the page, and never holds a secret, a prompt or what the engine echoes of one.
"""

from __future__ import annotations

from typing import ClassVar

Value = str | int | float | tuple[str, ...]


class WarmlineError(Exception):
    """Any error of ours. `str()` is the cause for the log."""

    kind: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, cause: str = "", **values: Value) -> None:
        super().__init__(cause or self.kind)
        self.values: dict[str, Value] = values


class SettingsError(WarmlineError):
    """A setting is unknown or does not parse."""

    kind = "settings"


class RefusedError(WarmlineError):
    """A message is not accepted; nothing was sent to the engine."""

    kind = "refused"


class GateClosedError(RefusedError):
    """The model is not ready. Values: `phase`."""

    kind = "gate_closed"


class EmptyMessageError(RefusedError):
    """Nothing but white space and control characters."""

    kind = "empty_message"


class MessageTooLongError(RefusedError):
    """Longer than the context. Values: `num_tokens`, `limit_tokens`, `num_characters`."""

    kind = "message_too_long"


class TurnRunningError(RefusedError):
    """The last reply of this conversation is still being written."""

    kind = "turn_running"


class InvalidChoiceError(RefusedError):
    """A value of a person's settings is not allowed; the one before stays.

    Values: `reason`: `number`, `whole`, `range` and `above` (with `low` and `high`), `json` (with
    `line` and `column`), `schema`, `reference`, `length` and `count` (with `limit`), `tokens` (with
    `num_tokens`, `limit`).
    """

    kind = "invalid_choice"


class EngineError(WarmlineError):
    """The engine's answer, or its silence, before the first token."""

    kind = "engine"


class EngineUnreachableError(EngineError):
    """Refused, reset, or closed before an answer."""

    kind = "engine_unreachable"
    retryable = True


class EngineTimeoutError(EngineError):
    """No first token in time. Values: `timeout_seconds`."""

    kind = "engine_timeout"
    retryable = True


class EngineBusyError(EngineError):
    """The engine asks to come back later (408, 409, 425, 429, 503). Values: `status`.

    `retry_after_seconds` is the engine's `Retry-After`, `None` where it gave none.
    """

    kind = "engine_busy"
    retryable = True

    def __init__(
        self, cause: str = "", *, retry_after_seconds: float | None = None, **values: Value
    ) -> None:
        super().__init__(cause, **values)
        self.retry_after_seconds = retry_after_seconds


class EngineFaultError(EngineError):
    """Another 5xx, or an error event inside the stream. Values: `status` where known."""

    kind = "engine_fault"
    retryable = True


class EngineHostUnknownError(EngineError):
    """The host name of the engine's URL does not resolve."""

    kind = "engine_host_unknown"


class EngineUnauthorizedError(EngineError):
    """The engine refuses the key (401, 403). Values: `status`."""

    kind = "engine_unauthorized"


class ModelNotFoundError(EngineError):
    """The engine does not serve the model. Values: `model`, `served` (names)."""

    kind = "model_not_found"


class ContextOverflowError(EngineError):
    """The prompt is longer than the engine takes. Values: `num_tokens`, `limit_tokens`."""

    kind = "context_overflow"


class BadRequestError(EngineError):
    """The engine refuses the request (another 4xx). Values: `status`."""

    kind = "bad_request"


class NotAnEngineError(EngineError):
    """What answers is no OpenAI-compatible API (an HTML page, say)."""

    kind = "not_an_engine"


class RetriesExhaustedError(EngineError):
    """The deadline passed. Values: `num_attempts`, `waited_seconds`."""

    kind = "retries_exhausted"

    def __init__(self, last: WarmlineError, *, num_attempts: int, waited_seconds: float) -> None:
        super().__init__(
            f"gave up after {num_attempts} attempts, last: {last}",
            num_attempts=num_attempts,
            waited_seconds=waited_seconds,
        )
        self.last = last


class InterruptedReplyError(WarmlineError):
    """The stream ended with no finish reason, or failed, after the first token."""

    kind = "interrupted"


class StoreError(WarmlineError):
    """The database's answer, or its silence."""

    kind = "store"


class StoreUnavailableError(StoreError):
    """Not now. Values: `reason`: `locked` (by another process), `busy` (with us), `gone`."""

    kind = "store_unavailable"
    retryable = True


class StoreDiskFullError(StoreError):
    """No space for what is to be written: a full disk, a quota, a limit of the file's size."""

    kind = "store_disk_full"
    retryable = True


class StoreReadOnlyError(StoreError):
    """We may read, and not write."""

    kind = "store_read_only"
    retryable = True


class StoreAddressError(StoreError):
    """The database's URL, or what it leads to, is wrong.

    Values: `reason`: `not_a_url`, `driver` (with `driver`), `option` (with `option`), `in_memory`,
    `host_unknown`, `login`, `no_such_database`, `not_a_database`.
    """

    kind = "store_address"


class SchemaNewerError(StoreError):
    """A later version of Warmline has used the database. Values: `found`, `known` (revisions)."""

    kind = "schema_newer"


class NotFoundError(StoreError):
    """No such thing, or it is somebody else's: nobody learns which. Values: `what`."""

    kind = "not_found"


class ThreadChangedError(StoreError):
    """The thread is not as the asker has seen it: it was changed in another place."""

    kind = "thread_changed"


class AlreadyStoredError(StoreError):
    """Something of that id is there."""

    kind = "already_stored"

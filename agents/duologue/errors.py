"""Every error that Duologue raises on purpose, split by who must act.

    DuologueError
    ├── ModelError        the model must act: becomes a message in the talk
    ├── EndpointError     the endpoint failed: retried where its kind allows, then ends or parks the run
    ├── LimitReached      a budget is spent: ends the run with the outcome `limit`
    ├── RecordError       the log cannot be written or read: ends the run, nothing is claimed as committed
    │   ├── LogDamaged
    │   ├── LogTooNew
    │   └── RunBusy
    ├── Interrupted       the person left before the run began
    └── UserError         the person must act: one sentence, a hint, exit code 2
        ├── ConfigError
        │   └── EndpointMissing
        ├── PairError
        ├── SourceError
        └── RunNotFound

Foreign exceptions are translated where they enter (`endpoint/faults.py` for httpx, `record/log.py` for
the file system), always `from` the original.
"""

from typing import Final, Literal

EndpointFault = Literal[
    "dns",
    "refused",
    "tls",
    "proxy",
    "not_local",
    "connection",
    "auth",
    "payment",
    "quota",
    "rate",
    "overload",
    "loading",
    "server",
    "not_found",
    "redirect",
    "bad_request",
    "overflow",
    "too_large",
    "bad_reply",
    "broken_stream",
    "empty",
    "timeout",
]
"""The closed list of ways in which an endpoint fails."""

RETRYABLE: Final[frozenset[EndpointFault]] = frozenset(
    {
        "dns",
        "refused",
        "connection",
        "rate",
        "overload",
        "loading",
        "server",
        "bad_reply",
        "broken_stream",
        "empty",
        "timeout",
    }
)
"""Faults that another attempt may cure; every other kind is raised at once."""

PARKING: Final[frozenset[EndpointFault]] = RETRYABLE | {"payment", "quota"}
"""Faults after which the run waits to be resumed instead of failing."""


class DuologueError(Exception):
    """Root of the tree. `hint` is one sentence on what to do next, or None."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ModelError(DuologueError):
    """A model said something unusable; the message goes back to it."""


class EndpointError(DuologueError):
    """One attempt at a completion failed.

    `status` is the HTTP status or None; `retry_after_s` is what the server asked for, in seconds, already
    checked to be finite and not negative, or None; `body` is at most 4 KiB of what the server said.
    `parameter` names the request field that a 400 or 422 complains about, or None; `context_tokens` is the
    context window that an overflow error reports, in tokens, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: EndpointFault,
        status: int | None = None,
        retry_after_s: float | None = None,
        body: str = "",
        parameter: str | None = None,
        context_tokens: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind: EndpointFault = kind
        self.status = status
        self.retry_after_s = retry_after_s
        self.body = body
        self.parameter = parameter
        self.context_tokens = context_tokens

    @property
    def retryable(self) -> bool:
        """Whether another attempt may cure it."""
        return self.kind in RETRYABLE

    @property
    def parks(self) -> bool:
        """Whether the run should be parked, not failed, when it persists."""
        return self.kind in PARKING


class LimitReached(DuologueError):
    """A budget is spent; `limit` names which: `turns`, `tokens`, `minutes` or `context`."""

    def __init__(self, message: str, *, limit: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.limit = limit


class RecordError(DuologueError):
    """The log cannot be written or read (disk full, read-only, deleted, failed sync)."""


class LogDamaged(RecordError):
    """A line of the log is torn, altered, lost or out of order; `line` counts from 1."""

    def __init__(self, message: str, *, line: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class LogTooNew(RecordError):
    """The log's major schema version is newer than this program reads."""


class RunBusy(RecordError):
    """Another process holds the run's lock."""


class Interrupted(DuologueError):
    """The person left before the run began; `by` is the signal's name, or who it was."""

    def __init__(self, by: str) -> None:
        super().__init__(f"Interrupted by {by} before the run began.")
        self.by = by


class UserError(DuologueError):
    """The person asked for something that cannot be done as asked."""


class ConfigError(UserError):
    """An option, an environment variable or a line of the config file is wrong."""


class EndpointMissing(ConfigError):
    """Neither an option nor the environment nor the config file names an endpoint."""


class PairError(UserError):
    """A pair is unknown or its folder is not a valid pair."""


class SourceError(UserError):
    """A source cannot be read, is binary or is too large."""


class RunNotFound(UserError):
    """No saved run answers to that name."""

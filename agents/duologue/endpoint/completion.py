"""What goes into a completion and what comes out of it: the values the rest of the program sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duologue.messages import Message, ToolCall, Usage
from duologue.targets import Target


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to ask for. `schema` is a JSON schema that the answer should follow, None asks for
    free text; `max_tokens` None leaves the target's own setting in force."""

    messages: Sequence[Message]
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    tools: Sequence[Mapping[str, Any]] = ()
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """What one piece of the stream added; a new `attempt` starts the text afresh."""

    attempt: str
    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """One try that gave no completion. `kind` is an EndpointFault or `cancelled`; `partial` is the text
    that had arrived; `wait_s` is the pause before the next try in seconds, None when there is none;
    `context_tokens` is the context window that the endpoint named, None when it named none; `fallback` is
    the target that failed where it is not the client's own."""

    attempt: str
    kind: str
    message: str
    status: int | None
    partial: str
    wait_s: float | None
    usage: Usage
    context_tokens: int | None = None
    fallback: Target | None = None

    @property
    def endpoint(self) -> str | None:
        """The fallback's base URL."""
        return None if self.fallback is None else self.fallback.base_url


@dataclass(frozen=True, slots=True)
class Completion:
    """One whole answer of the endpoint.

    `pace` is how the text arrived, from its first piece on: pairs of milliseconds since the pair before
    and characters of text, each at least 50 ms long except the last. `flags` names what was odd about the
    stream: `invalid-utf8`, `truncated`, `looping`, `no-usage`, `prompt-cut`. `adapted` says in
    words what was changed in the request during this call because the endpoint refused it, and, once, what
    was known from earlier. `extra` holds the fields of the endpoint's own that have to go back with a
    message that calls tools (`Message.extra`). `waited_s` is how long, in seconds, this call was held back
    by rate limits. `fallback` is the target that answered where it is not the client's own, which
    is asked again in `asked_again_s` seconds.
    """

    attempt: str
    model: str
    text: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str | None
    usage: Usage
    pace: list[tuple[int, int]]
    first_token_s: float
    duration_s: float
    flags: tuple[str, ...]
    adapted: tuple[str, ...]
    waited_s: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
    fallback: Target | None = None
    asked_again_s: float | None = None

    @property
    def endpoint(self) -> str | None:
        """The fallback's base URL."""
        return None if self.fallback is None else self.fallback.base_url


def _ignore_delta(delta: Delta) -> None:
    """Nobody listens."""


def _ignore_failure(failed: FailedAttempt) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of an answer while it is still arriving. Both are called on the event loop, in order."""

    on_delta: Callable[[Delta], None] = _ignore_delta
    on_failure: Callable[[FailedAttempt], None] = _ignore_failure

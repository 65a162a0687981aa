"""What an importer makes of a foreign file: conversations of plain messages, ready to become runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from duologue.messages import ChatRole, ToolCall
from duologue.outcomes import Outcome

ImportFormat = Literal["chat", "eval", "swe"]

MOST_BYTES: Final = 256 * 1024 * 1024
"""Bytes that a file may come to, unpacked."""
MOST_CONVERSATIONS: Final = 10_000
MOST_MESSAGES: Final = 50_000
"""Messages in one conversation."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `call_id`, `name` and `ok` belong to tool results; `at_s` is its time in seconds since
    1970, None where the source gives none."""

    role: ChatRole
    text: str
    reasoning: str = ""
    calls: Sequence[ToolCall] = ()
    call_id: str = ""
    name: str = ""
    ok: bool = True
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with what its source says of it. An empty `goal` means the first user message;
    `origin` names the source in a few words, `facts` are kept in the run's header."""

    origin: str
    format: ImportFormat
    messages: Sequence[Said]
    goal: str = ""
    model: str = ""
    outcome: Outcome = "stopped"
    remark: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    began_s: float | None = None

"""A completed turn: what was said in it, delivered and claimed."""

from dataclasses import dataclass

from duologue.conversation.result import Claim
from duologue.messages import RoleName
from duologue.record.events import TurnCompleted
from duologue.record.parts import Span


@dataclass(frozen=True, slots=True)
class Turn:
    """A completed turn: its text, the result that it delivered (assistant) or what it claims (user)."""

    number: int
    role: RoleName
    text: str
    span: Span | None = None
    claim: Claim | None = None

    @property
    def result(self) -> str | None:
        """The text delivered in this turn, or None."""
        return None if self.span is None else self.text[self.span.start : self.span.end]


def read_turn(event: TurnCompleted, text: str) -> Turn:
    """The turn that the event tells of; `text` is that of its last completion."""
    return Turn(event.turn, event.role, text, event.result, event.claim)

"""A completed turn: what was said in it, delivered, claimed and done with tools."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from duologue.conversation.evidence import fold
from duologue.conversation.result import Claim
from duologue.messages import RoleName
from duologue.record.events import CompletionReceived, ToolFinished, TurnCompleted
from duologue.record.parts import Citation, Span


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool: its arguments as the model gave them, and its result."""

    name: str
    arguments: str
    result: str
    ok: bool


@dataclass(frozen=True)
class Turn:
    """A completed turn: its text, the result that it delivered (assistant) or what it claims (user), the
    tools that it called, and the citations in the result."""

    number: int
    role: RoleName
    text: str
    span: Span | None = None
    claim: Claim | None = None
    uses: tuple[ToolUse, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def result(self) -> str | None:
        """The text delivered in this turn, or None."""
        return None if self.span is None else self.text[self.span.start : self.span.end]

    @cached_property
    def folded_result(self) -> str | None:
        """The same with every run of white space as one space."""
        return None if self.span is None else fold(self.text[self.span.start : self.span.end])

    @property
    def used_tools(self) -> bool:
        """Whether a tool that the turn called did what it is for."""
        return any(use.ok for use in self.uses)


def read_turn(
    event: TurnCompleted, completions: Sequence[CompletionReceived], finished: Sequence[ToolFinished]
) -> Turn:
    """The turn that the event tells of: its completions, the last of which is its text, and what its tools
    came to."""
    text = completions[-1].text if completions else ""
    return Turn(
        event.turn,
        event.role,
        text,
        event.result,
        event.claim,
        _uses(completions, finished),
        tuple(event.citations),
    )


def turns_from(first: Turn, turns: Sequence[Turn]) -> Sequence[Turn]:
    """The turns from this one of them on."""
    return [turn for turn in turns if turn.number >= first.number]


def is_new_result(turn: Turn, earlier: Iterable[Turn | None]) -> bool:
    """Whether the turn delivers a result that none of the earlier ones did, apart from white space."""
    new = turn.folded_result
    return new is not None and all(other is None or other.folded_result != new for other in earlier)


def _uses(completions: Sequence[CompletionReceived], finished: Sequence[ToolFinished]) -> tuple[ToolUse, ...]:
    """Each call with its result; one that has none left out. An endpoint may give several calls one id."""
    left, uses = list(finished), []
    for call in (call for completion in completions for call in completion.tool_calls):
        ended = next((end for end in left if end.call == call.id), None)
        if ended is not None:
            left.remove(ended)
            uses.append(ToolUse(call.name, call.arguments, ended.text, ended.ok))
    return tuple(uses)

"""Taking a turn: all that one agent does until the word passes to the other."""

from dataclasses import dataclass
from typing import Final

from duologue.conversation.calls import Answer, Call, Calls
from duologue.conversation.result import Claim, find_claim, find_result
from duologue.conversation.talk import Talk
from duologue.messages import Message, RoleName, ToolCall
from duologue.record.events import Span, ToolFinished, TurnCompleted, TurnStarted
from duologue.record.log import LogWriter

_MOST_CORRECTIONS: Final = 2


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


async def take_turn(number: int, role: RoleName, talk: Talk, calls: Calls, log: LogWriter) -> Turn:
    """The agent answers what it has heard; the turn is appended to its talk and to the log."""
    log.append(TurnStarted(turn=number, role=role))
    call = Call(role, number, "turn", talk)
    answers = [await calls.complete(call)]
    while answers[-1].completion.tool_calls and len(answers) <= _MOST_CORRECTIONS:
        refused = _refuse_tools(call, answers[-1], log)
        call = Call(role, number, "turn", talk, (*call.extra, *refused))
        answers.append(await calls.complete(call))
    text = answers[-1].completion.text
    talk.say(text)
    turn = _read(number, role, text, answers[-1].seq)
    seqs = [answer.seq for answer in answers]
    log.append(TurnCompleted(turn=number, role=role, completions=seqs, result=turn.span, claim=turn.claim))
    return turn


def _read(number: int, role: RoleName, text: str, seq: int) -> Turn:
    if role == "user":
        return Turn(number, role, text, claim=find_claim(text))
    found = find_result(text)
    span = None if found is None else Span(completion=seq, start=found[0], end=found[1])
    return Turn(number, role, text, span)


def _refuse_tools(call: Call, answer: Answer, log: LogWriter) -> list[Message]:
    """A model that calls tools although none were offered is told so, as a result of each call."""
    asked = answer.completion
    refused = [Message("assistant", asked.text, asked.tool_calls)]
    for wanted in asked.tool_calls:
        refused.append(_refusal(call, wanted, log))
    return refused


def _refusal(call: Call, wanted: ToolCall, log: LogWriter) -> Message:
    text = f"There is no tool {wanted.name!r}. No tools are available: answer in plain text."
    log.append(
        ToolFinished(turn=call.turn, role=call.role, call=wanted.id, name=wanted.name, ok=False, text=text)
    )
    return Message("tool", text, tool_call_id=wanted.id)

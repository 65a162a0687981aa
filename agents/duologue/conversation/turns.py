"""Taking a turn: all that one agent does until the word passes to the other."""

from collections.abc import Mapping, Sequence
from typing import Final

from duologue.conversation.calls import Answer, Call, Calls
from duologue.conversation.result import find_claim, find_result
from duologue.conversation.talk import Talk
from duologue.messages import Message, RoleName, ToolCall
from duologue.record.events import ToolFinished, TurnCompleted, TurnStarted
from duologue.record.log import LogWriter
from duologue.record.parts import Span

_MOST_CORRECTIONS: Final = 2


async def take_turn(
    number: int, role: RoleName, talks: Mapping[RoleName, Talk], calls: Calls, log: LogWriter
) -> None:
    """The agent answers what it has heard; its turn is logged."""
    log.append(TurnStarted(turn=number, role=role))
    call = Call(role, number, "turn", talks[role])
    answers = [await calls.complete(call)]
    while answers[-1].tool_calls and len(answers) <= _MOST_CORRECTIONS:
        refused = _refuse_tools(call, answers[-1], log)
        call = Call(role, number, "turn", talks[role], (*call.extra, *refused))
        answers.append(await calls.complete(call))
    log.append(_completed(number, role, answers))


def _completed(number: int, role: RoleName, answers: Sequence[Answer]) -> TurnCompleted:
    """What the turn comes to: the user agent's claim, or the result that the assistant delivered."""
    last, seqs = answers[-1], [answer.seq for answer in answers]
    if role == "user":
        return TurnCompleted(turn=number, role=role, completions=seqs, claim=find_claim(last.text))
    found = find_result(last.text)
    span = None if found is None else Span(completion=last.seq, start=found[0], end=found[1])
    return TurnCompleted(turn=number, role=role, completions=seqs, result=span)


def _refuse_tools(call: Call, answer: Answer, log: LogWriter) -> list[Message]:
    """A model that calls tools although none were offered is told so, as a result of each call."""
    refused = [Message("assistant", answer.text, answer.tool_calls)]
    for wanted in answer.tool_calls:
        refused.append(_refusal(call, wanted, log))
    return refused


def _refusal(call: Call, wanted: ToolCall, log: LogWriter) -> Message:
    text = f"There is no tool {wanted.name!r}. No tools are available: answer in plain text."
    log.append(
        ToolFinished(turn=call.turn, role=call.role, call=wanted.id, name=wanted.name, ok=False, text=text)
    )
    return Message("tool", text, tool_call_id=wanted.id)

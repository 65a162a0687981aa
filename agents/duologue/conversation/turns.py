"""Taking a turn: all that one agent does until the word passes to the other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from duologue.conversation.calls import Answer, Call, Calls
from duologue.conversation.citations import find_citations
from duologue.conversation.plan import PLAN, PLAN_TOOL, change_plan, render_plan
from duologue.conversation.result import find_claim, find_result
from duologue.conversation.sources import Source
from duologue.conversation.state import State
from duologue.messages import Message, RoleName, ToolCall
from duologue.record.events import PlanChanged, ToolFinished, TurnCompleted, TurnStarted
from duologue.record.log import LogWriter
from duologue.record.parts import Span

_MOST_CORRECTIONS: Final = 2


async def take_turn(number: int, role: RoleName, state: State, calls: Calls, log: LogWriter) -> None:
    """The agent answers what it has heard; its turn is logged."""
    log.append(TurnStarted(turn=number, role=role))
    tools = (PLAN_TOOL,) if role == "user" else ()
    call = Call(role, number, "turn", state.talks[role], tools=tools)
    answers = [await calls.complete(call)]
    while answers[-1].tool_calls and len(answers) <= _MOST_CORRECTIONS:
        results = [_use(call, wanted, state, log) for wanted in answers[-1].tool_calls]
        if _is_complete(call, answers[-1]):
            break
        call = replace(call, extra=(*call.extra, answers[-1].message, *results))
        answers.append(await calls.complete(call))
    log.append(_completed(number, role, answers, state.assignment.sources))


def _is_complete(call: Call, answer: Answer) -> bool:
    """Whether the agent has kept its plan and said what it had to say in one answer."""
    return bool(answer.text.strip()) and all(_is_plan(call, wanted) for wanted in answer.tool_calls)


def _is_plan(call: Call, wanted: ToolCall) -> bool:
    return bool(call.tools) and wanted.name == PLAN


def _completed(
    number: int, role: RoleName, answers: Sequence[Answer], sources: Sequence[Source]
) -> TurnCompleted:
    """What the turn comes to: the user agent's claim, or the result that the assistant delivered."""
    last, seqs = answers[-1], [answer.seq for answer in answers]
    if role == "user":
        return TurnCompleted(turn=number, role=role, completions=seqs, claim=find_claim(last.text))
    found = find_result(last.text)
    span = None if found is None else Span(completion=last.seq, start=found[0], end=found[1])
    cited = [] if span is None else find_citations(last.text[span.start : span.end], sources)
    return TurnCompleted(turn=number, role=role, completions=seqs, result=span, citations=cited)


def _use(call: Call, wanted: ToolCall, state: State, log: LogWriter) -> Message:
    """What comes of a tool call: the plan is changed; a tool that was not offered is refused."""
    text, ok = f"There is no tool {wanted.name!r}. No tools are available: answer in plain text.", False
    if _is_plan(call, wanted):
        tasks, faults = change_plan(state.plan.tasks, wanted.arguments)
        if tasks != state.plan.tasks:
            log.append(PlanChanged(turn=call.turn, tasks=tasks))
        text, ok = "\n".join([*faults, render_plan(tasks)]), not faults
    log.append(
        ToolFinished(turn=call.turn, role=call.role, call=wanted.id, name=wanted.name, ok=ok, text=text)
    )
    return Message("tool", text, tool_call_id=wanted.id)

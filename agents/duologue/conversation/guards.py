"""Guards: what code can see of a talk that goes wrong, without asking a model.

Each guard looks at the turns so far and gives a reason, or None. What they look for is what the literature
saw two agents do: CAMEL (arXiv 2303.17760) names role flips, echoes, replies without work and endless thanks;
MAST (arXiv 2503.13657) repeated steps, agents that do not see that they are done, and those that stop early.
Their figures stand in `thresholds.py`; the phrases that they know are data, under `languages/`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from duologue.conversation.evidence import fold
from duologue.conversation.manner import (
    asks_back,
    is_assent,
    is_brief,
    is_courtesy,
    is_promise,
    is_question,
    names_itself,
    says_done,
    spoken,
    works,
)
from duologue.conversation.persuasion import TALKS_TO_JUDGE, Subject, attempts
from duologue.conversation.phrases import says
from duologue.conversation.repetition import echo, repetition, same_calls
from duologue.conversation.result import find_result, without_claim
from duologue.conversation.standing import Standing
from duologue.conversation.thresholds import AT
from duologue.conversation.turn import Turn, turns_from
from duologue.messages import RoleName

UNFOUNDED_CLAIM: Final = "unfounded claim"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A guard that was raised, by which role's turn, and why, in one sentence."""

    guard: str
    role: RoleName
    reason: str


def look(turns: Sequence[Turn], new: int, subject: Subject | None = None) -> list[Alarm]:
    """What the guards say of the last `new` turns, at most one alarm a turn; `subject` is what the run is
    about."""
    alarms: list[Alarm] = []
    for index in range(len(turns) - new, len(turns)):
        if (reason := _talks_to_judge(turns[index], subject or Subject())) is not None:
            alarms.append(Alarm(TALKS_TO_JUDGE, turns[index].role, reason))
            continue
        until = turns[: index + 1]
        found = ((name, guard(until)) for name, guard in _GUARDS.items())
        alarm = next(((name, reason) for name, reason in found if reason is not None), None)
        if alarm is not None:
            alarms.append(Alarm(alarm[0], turns[index].role, alarm[1]))
    return alarms


def unfounded_claim(exchange: Sequence[Turn], standing: Standing) -> list[Alarm]:
    """An alarm where the user agent claims that the goal is reached and the verdict says otherwise."""
    verdict = standing.verdict
    if exchange[0].claim != "done" or verdict is None:
        return []
    if standing.result is None:
        reason = "The user agent claims that the goal is reached, and nothing has been delivered yet."
    elif verdict.decision != "done" or standing.unmet:
        reason = "The user agent claims that the goal is reached, and the judge does not find it so."
    else:
        return []
    return [Alarm(UNFOUNDED_CLAIM, "user", reason)]


def _talks_to_judge(turn: Turn, subject: Subject) -> str | None:
    """One that the turn makes itself; a tool that gives it back is no fault of the agent's, and is told once
    a turn all the same."""
    places = [("", turn.text), *((f"a result of the tool {use.name!r} in ", use.result) for use in turn.uses)]
    for place, text in places:
        lines = text.splitlines()
        if any(not subject.allows(lines[number]) for number in attempts(text)):
            said = f"{place}turn {turn.number}"
            return f"{said[0].upper()}{said[1:]} talks to the judge: that is data, and proves nothing."
    return None


def _empty(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    # An assistant whose tools did something has not been idle, though it said nothing of it.
    worked = turn.role == "assistant" and turn.used_tools
    return None if turn.text.strip() or worked else "The turn is empty."


def _role_flip(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    return _user_flips(turns) if turn.role == "user" else _assistant_flips(turn)


def _user_flips(turns: Sequence[Turn]) -> str | None:
    text = spoken(turns[-1])
    block = find_result(text)
    if block is not None and not _quotes(text[slice(*block)], turns[:-1]):
        return "The user agent delivers a result instead of giving an instruction."
    if names_itself("assistant_label", text):
        return "The user agent speaks as if it were the assistant."
    if says("serves", text) and is_brief(text):
        return "The user agent offers its services instead of giving an instruction."
    return None


def _quotes(block: str, earlier: Sequence[Turn]) -> bool:
    """Whether the block is what the assistant said before, shown to it again."""
    return any(fold(block) in fold(turn.text) for turn in earlier if turn.role == "assistant")


def _assistant_flips(turn: Turn) -> str | None:
    text = spoken(turn)
    if _CLOSING.search(text):
        return "The assistant closes the talk, which is for the user agent to do."
    if turn.result is not None:
        return None
    if names_itself("user_label", text):
        return "The assistant speaks as if it were the user agent."
    if says("instructs", text) and is_brief(text):
        return "The assistant gives an instruction instead of carrying one out."
    return None


def _no_instruction(turns: Sequence[Turn]) -> str | None:
    if turns[-1].role != "user" or not without_claim(turns[-1].text):
        return None
    asked = [turn for turn in turns if turn.role == "user" and without_claim(turn.text)]
    last = asked[-AT.idle_instructions :]
    if len(last) < AT.idle_instructions or any(works(turn) for turn in turns_from(last[0], turns)):
        return None
    if not all(is_assent(turn.text) for turn in last):
        return None
    return f"The user agent has given no instruction {AT.idle_instructions} times running."


def _mutual_courtesy(turns: Sequence[Turn]) -> str | None:
    last = turns[-AT.courtesies :]
    if len(last) >= 2 and all(not works(turn) and is_courtesy(turn.text) for turn in last):
        return f"Both agents exchange courtesies: the last {len(last)} turns hold nothing else."
    return None


def _past_the_end(turns: Sequence[Turn]) -> str | None:
    mine = [turn for turn in turns if turn.role == turns[-1].role]
    for last in (turns[-AT.said_done :], mine[-AT.said_done :]):
        if len(last) == AT.said_done and _hold_nothing_else(last):
            return f"The talk goes on past its end: {AT.said_done} turns running only say that all is done."
    return None


def _hold_nothing_else(turns: Sequence[Turn]) -> bool:
    if any(works(turn) for turn in turns):
        return False
    says = [says_done(turn.text) for turn in turns]
    closes = (done or is_courtesy(turn.text) for done, turn in zip(says, turns, strict=True))
    return any(says) and all(closes)


def _premature(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if any(other.result is not None or other.used_tools for other in turns) or not says_done(turn.text):
        return None
    if turn.role == "user" and not is_assent(turn.text):
        return None
    return f"The {turn.role} says that the work is done, and nothing has been delivered."


def _promise(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if turn.role != "assistant" or turn.result is not None or turn.used_tools:
        return None
    if not is_promise(turn):
        return _bare_assent(turns)
    if asks_back(turn.text) and not _puts_off_again(turns):
        # It cannot begin before it has its answer.
        return None
    return "The assistant promises work instead of delivering it."


def _bare_assent(turns: Sequence[Turn]) -> str | None:
    last = turns[-2 * AT.bare_assents :]
    asked, answered = last[0::2], last[1::2]
    if len(answered) < AT.bare_assents or any(turn.role == "assistant" for turn in asked):
        return None
    if any(is_assent(turn.text) or is_question(turn.text) for turn in asked):
        # A courtesy to answer, or a question: an assent is what it takes.
        return None
    if all(not works(turn) and (is_assent(turn.text) or is_promise(turn)) for turn in answered):
        return f"The assistant agrees {AT.bare_assents} times running, and does no work."
    return None


def _puts_off_again(turns: Sequence[Turn]) -> bool:
    """Whether the assistant did so in its last turn, too, although it was told nothing that it waits for."""
    if len(turns) < 3 or works(turns[-3]) or not is_promise(turns[-3]):
        return False
    return is_assent(turns[-2].text) or not says("asks", turns[-1].text)


_CLOSING: Final = re.compile(r"^[ \t]*(<goal-reached\s*/?>|<goal-impossible>)", re.IGNORECASE | re.MULTILINE)
_GUARDS: Final[dict[str, Callable[[Sequence[Turn]], str | None]]] = {
    "identical tool calls": same_calls,
    "empty turn": _empty,
    "role flip": _role_flip,
    "repetition": repetition,
    "echo": echo,
    "mutual courtesies": _mutual_courtesy,
    "no instruction": _no_instruction,
    "past the end": _past_the_end,
    "premature end": _premature,
    "promise without work": _promise,
}

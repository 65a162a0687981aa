"""Guards: what code can see of a talk that goes wrong, without asking a model.

Each guard looks at the turns so far and gives a reason, or None. Thresholds stand at the top, together.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from duologue.conversation.evidence import fold
from duologue.conversation.result import without_claim
from duologue.conversation.standing import Standing
from duologue.conversation.turn import Turn
from duologue.conversation.words import words
from duologue.messages import RoleName

ECHO_SHARE: Final = 0.8
"""Share of an answer's shingles that its instruction holds already."""
REPEAT_SHARE: Final = 0.9
"""Jaccard similarity of two turns of one role."""
REPEAT_BACK: Final = 3
"""How many earlier turns of the role are compared."""
LEAST_WORDS: Final = 8
"""Shorter turns are too alike by nature to be compared."""
COURTESY_WORDS: Final = 25
PROMISE_WORDS: Final = 60
_SHINGLE: Final = 3
UNFOUNDED_CLAIM: Final = "unfounded claim"

_COURTESY: Final = re.compile(
    r"\b(thanks?|thank you|welcome|goodbye|bye|farewell|take care|danke|gern geschehen|auf wiedersehen"
    r"|tschüss|merci|de rien|au revoir|gracias|de nada|adiós|adios|obrigad[oa]|grazie|prego|arrivederci)\b"
    r"|谢谢|再见|不客气|ありがとう|さようなら|спасибо|пожалуйста|до свидания",
    re.IGNORECASE,
)
_PROMISE: Final = re.compile(
    r"\b(i will|i['’]ll|i am going to|i['’]m going to|let me|give me a moment|one moment|please wait"
    r"|ich werde|einen moment|je vais|un instant|voy a|un momento|vou|un attimo)\b"
    r"|我会|我将|請稍候|请稍等|少々お待ち",
    re.IGNORECASE,
)
_USER_POSING: Final = re.compile(r"^[ \t]*(<result>|(assistant|ai)\s*:)", re.IGNORECASE | re.MULTILINE)
_ASSISTANT_POSING: Final = re.compile(
    r"^[ \t]*(<goal-reached\s*/?>|<goal-impossible>)|\A\s*(user|instruction)\s*:",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A guard that was raised, by which role's turn, and why, in one sentence."""

    guard: str
    role: RoleName
    reason: str


def look(turns: Sequence[Turn], new: int) -> list[Alarm]:
    """What the guards say of the last `new` turns, at most one alarm a turn."""
    alarms: list[Alarm] = []
    for index in range(len(turns) - new, len(turns)):
        until = turns[: index + 1]
        found = ((name, guard(until)) for name, guard in _GUARDS.items())
        alarm = next(((name, reason) for name, reason in found if reason is not None), None)
        if alarm is not None:
            alarms.append(Alarm(alarm[0], turns[index].role, alarm[1]))
    return alarms


def unfounded_claim(exchange: Sequence[Turn], standing: Standing) -> list[Alarm]:
    """An alarm where the user agent claims that the goal is reached and the verdict says otherwise."""
    verdict = standing.verdict
    if exchange[0].claim != "done" or verdict is None or (verdict.decision == "done" and not standing.unmet):
        return []
    reason = "The user agent claims that the goal is reached, and the judge does not find it so."
    return [Alarm(UNFOUNDED_CLAIM, "user", reason)]


def _empty(turns: Sequence[Turn]) -> str | None:
    return None if turns[-1].text.strip() else "The turn is empty."


def _role_flip(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if turn.role == "user" and _USER_POSING.search(turn.text):
        return "The user agent does the assistant's work instead of giving an instruction."
    if turn.role == "assistant" and _ASSISTANT_POSING.search(turn.text):
        return "The assistant speaks as if it were the user agent."
    return None


def _repetition(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if turn.role == "user" and not without_claim(turn.text):
        return None
    earlier = [other for other in turns[:-1] if other.role == turn.role][-REPEAT_BACK:]
    if any(_repeats(turn, other) for other in earlier):
        return f"The {turn.role} repeats what it said before."
    return None


def _repeats(turn: Turn, other: Turn) -> bool:
    if turn.result is not None and other.result is not None:
        # A corrected result differs little from the one before: only an unchanged one is a repetition.
        return fold(turn.text) == fold(other.text)
    if turn.result is not None:
        # What was only said before is delivered now.
        return False
    ours, theirs = _shingles(turn.text), _shingles(other.text)
    if not ours or not theirs:
        return False
    return len(ours & theirs) >= REPEAT_SHARE * len(ours | theirs)


def _echo(turns: Sequence[Turn]) -> str | None:
    if len(turns) < 2 or turns[-1].role != "assistant" or turns[-1].result is not None:
        return None
    answer, instruction = _shingles(turns[-1].text), _shingles(turns[-2].text)
    if answer and len(answer & instruction) >= ECHO_SHARE * len(answer):
        return "The assistant only repeats the instruction."
    return None


def _mutual_courtesy(turns: Sequence[Turn]) -> str | None:
    if len(turns) >= 2 and all(_is_courtesy(turn) for turn in turns[-2:]):
        return "Both agents exchange courtesies."
    return None


def _is_courtesy(turn: Turn) -> bool:
    brief = len(words(turn.text)) <= COURTESY_WORDS
    return brief and turn.result is None and _COURTESY.search(turn.text) is not None


def _promise(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if turn.role != "assistant" or turn.result is not None:
        return None
    if len(words(turn.text)) <= PROMISE_WORDS and _PROMISE.search(turn.text):
        return "The assistant promises work instead of delivering it."
    return None


@functools.lru_cache(maxsize=64)  # each turn is compared with several later ones
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    said = words(text.casefold())
    if len(said) < LEAST_WORDS:
        return frozenset()
    return frozenset(zip(*(said[offset:] for offset in range(_SHINGLE)), strict=False))


_GUARDS: Final[dict[str, Callable[[Sequence[Turn]], str | None]]] = {
    "empty turn": _empty,
    "role flip": _role_flip,
    "repetition": _repetition,
    "echo": _echo,
    "mutual courtesies": _mutual_courtesy,
    "promise without work": _promise,
}

"""Guards against what was there before: a turn, a sentence, the instruction, a call of a tool."""

import functools
from collections import Counter
from collections.abc import Sequence

from duologue.conversation.evidence import fold
from duologue.conversation.likeness import contained, likeness, same_words
from duologue.conversation.manner import is_assent, says_enough, sentences, works
from duologue.conversation.phrases import says
from duologue.conversation.result import without_claim
from duologue.conversation.thresholds import AT
from duologue.conversation.turn import Turn, turns_from
from duologue.conversation.words import words


def same_calls(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if turn.result is not None:
        return None
    uses = [use for other in turns if other.role == turn.role for use in other.uses]
    for end in range(len(uses) - len(turn.uses) + 1, len(uses) + 1):
        for period in range(1, AT.cycle_length + 1):
            tail = uses[max(0, end - period * AT.cycles) : end]
            if len(tail) == period * AT.cycles and tail[period:] == tail[:-period]:
                return f"The same calls of tools gave the same results {AT.cycles} times running."
    return None


def repetition(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    if turn.role == "user" and not without_claim(turn.text):
        return None
    return _repeats_itself(turn) or _repeats_turn(turns) or _repeats_few_words(turns)


def _repeats_itself(turn: Turn) -> str | None:
    said = Counter(sentences(turn))
    if max(said.values(), default=0) < AT.same_sentences:
        return None
    said = Counter({sentence: times for sentence, times in said.items() if says_enough(sentence)})
    times = max(said.values(), default=0)
    if times >= AT.same_sentences and 2 * times >= said.total():
        return f"The {turn.role} says one sentence {times} times in a turn."
    return None


def _repeats_turn(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    earlier = [other for other in turns[:-1] if other.role == turn.role][-AT.repeat_back :]
    shares = {other.number: _repeats(turn, other) for other in earlier}
    found = [number for number, share in shares.items() if share >= AT.repeat_share]
    if not found or (len(found) == 1 and _was_asked_again(turns)):
        return None
    share = shares[found[-1]]
    how = "word for word" if share == 1 else f"{share:.0%} alike"
    return f"The {turn.role} repeats what it said in turn {found[-1]}, {how}."


def _repeats(turn: Turn, other: Turn) -> float:
    if turn.result is not None and other.result is not None:
        # A corrected result differs little from the one before: only an unchanged one is a repetition.
        return float(_folded(turn.text) == _folded(other.text))
    if turn.result is not None:
        # What was only said before is delivered now.
        return 0.0
    if turn.role == "user" and _numbers(turn.text) != _numbers(other.text):
        # The same instruction for the next page, part or row.
        return 0.0
    return likeness(turn.text, other.text)


@functools.lru_cache(maxsize=16)  # a turn is compared with the next few of its role, here and below
def _folded(text: str) -> str:
    return fold(text)


@functools.lru_cache(maxsize=16)
def _numbers(text: str) -> list[str]:
    return [word for word in words(text) if word[0].isdigit()]


def _was_asked_again(turns: Sequence[Turn]) -> bool:
    asked = turns[-2].text if len(turns) > 1 else ""
    return turns[-1].role == "assistant" and says("again", asked)


def _repeats_few_words(turns: Sequence[Turn]) -> str | None:
    turn = turns[-1]
    last = [other for other in turns if other.role == turn.role][-AT.same_turns :]
    if len(last) < AT.same_turns or any(works(other) for other in turns_from(last[0], turns)):
        return None
    if says_enough(turn.text) and all(same_words(turn.text, other.text) for other in last):
        return f"The {turn.role} says the same few words {AT.same_turns} times running."
    return None


def echo(turns: Sequence[Turn]) -> str | None:
    if len(turns) < 2 or turns[-1].role != "assistant" or turns[-1].result is not None:
        return None
    answer, instruction = turns[-1].text, turns[-2].text
    share = 1.0 if _is_same_order(answer, instruction) else contained(answer, instruction)
    if share >= AT.echo_share:
        return f"The assistant only repeats the instruction: {share:.0%} of the answer stands in it."
    return None


def _is_same_order(answer: str, instruction: str) -> bool:
    return says_enough(answer) and same_words(answer, instruction) and not is_assent(answer)

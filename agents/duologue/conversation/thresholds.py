"""Where the guards draw their lines: every figure that decides, in one table."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Every line that a guard draws, and why it lies there. Words are counted as `words.length` does: two
    characters of a script without spaces are one."""

    brief_words: float = 60
    """A longer turn says something, whatever phrases stand in it: the longest of the 101 courtesies in the
    recorded talks of `tests/README.md` has 32 words, and a promise may be wordier."""
    brief_characters: int = 1_000
    """More are not counted to see that a turn is not brief."""
    least_words: float = 3
    """A name, a number or a yes may be said again as often as it is asked for."""
    unknown_share: float = 0.34
    """Share of a courtesy's words that the lists need not know: names, and what the thanks are for. An
    instruction that is polite besides has more."""
    unknown_words: float = 6
    """The same in words, for longer courtesies: every text has many small words that the lists do know.
    From 5 to 10 make no difference on the recorded talks."""
    promise_characters: int = 3_000
    """A longer text announces nothing: it does something."""
    compared_words: int = 8
    """Shorter turns are too alike by nature for their shingles to be compared."""
    shingle: int = 3
    """Words running that are compared as one, or characters where there are no spaces: two turns on one
    subject share words, not the order of three."""

    echo_share: float = 0.8
    """Share of an answer that its instruction holds already: an answer that takes up the question's words
    and answers it stays well below."""
    repeat_share: float = 0.9
    """Likeness of two turns of one role: the same text with a word or two changed."""
    repeat_back: int = 3
    """Earlier turns of the role that are compared: agents also go round in circles of two or three."""
    same_turns: int = 3
    """Times running that a role says the same few words: twice happens in any talk."""
    same_sentences: int = 5
    """Times that one sentence stands in a turn, where it also fills half of it: refrains stay below."""
    cycles: int = 3
    """Times running that the same calls of tools gave the same results: a second look is prudence."""
    cycle_length: int = 3
    """Calls in the longest circle that is looked for."""
    courtesies: int = 4
    """Turns running of nothing but courtesies: thanks and a welcome close a talk as they should, a second
    exchange of them is a loop. Where nothing else was said yet, the first exchange is one already."""
    idle_instructions: int = 3
    """Instructions running that ask for nothing: CAMEL ends a talk there, too. A single assent to a question
    is an answer."""
    bare_assents: int = 2
    """Answers running that agree to an instruction and do no more: one may take note of what is to come."""
    said_done: int = 3
    """Turns running that only say that all is done: one may say so, and the other agree."""


AT: Final = Thresholds()
"""The thresholds in force."""

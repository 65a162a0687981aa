"""The manner of a turn: whether it is a courtesy, an assent, a promise, a word that all is done, or work.

A turn is a courtesy if little is left of it once the phrases of courtesy are taken out: `Thanks. Now list the
suppliers.` is none.
"""

import functools
import re
from typing import Final, Literal

from duologue.conversation.phrases import Kind, label, says, without
from duologue.conversation.thresholds import AT
from duologue.conversation.turn import Turn
from duologue.conversation.words import length

_CODE: Final = re.compile(
    r"^[ \t]*(?:```|~~~).*?(?:^[ \t]*(?:```|~~~)|\Z)|`[^`\n]*`", re.MULTILINE | re.DOTALL
)
_QUOTED: Final = re.compile(
    r"^[ \t]*>.*$|\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|„[^“”\n]{1,300}[“”]"
    r"|«[^»\n]{1,300}»|「[^」\n]{1,300}」|『[^』\n]{1,300}』",
    re.MULTILINE,
)
# Chinese and Japanese have wider marks of their own, Arabic a question mark that looks the other way.
_SENTENCE_END: Final = re.compile(r"[.!?\u3002\uff01\uff1f\n]+")
_PART_END: Final = re.compile(r"[.!?:\u3002\uff01\uff1f\uff1a\n]+")
_QUESTION: Final = re.compile(r"[?\uff1f\u061f]")
_OPENS_CODE: Final = ("`", "~~~")
_OPENS_QUOTE: Final = (">", '"', "\u201c", "\u201e", "\xab", "\u300c", "\u300e")
_MANNERS: Final[tuple[Kind, ...]] = ("courtesy", "offer", "assent", "filler")
_ASSENTS: Final[tuple[Kind, ...]] = ("courtesy", "offer", "done", "bare_done", "assent", "filler")


def spoken(turn: Turn) -> str:
    """What the turn says itself: without its result, and without code and quotes."""
    text = turn.text if turn.span is None else turn.text[: turn.span.start] + turn.text[turn.span.end :]
    return _own_words(text)


@functools.lru_cache(maxsize=64)
def _own_words(text: str) -> str:
    if _holds(_OPENS_CODE, text):
        text = _CODE.sub(" ", text)
    return _QUOTED.sub(" ", text) if _holds(_OPENS_QUOTE, text) else text


def _holds(signs: tuple[str, ...], text: str) -> bool:
    """Whether one of the signs without which a pattern cannot match is there: many times as soon told."""
    return any(sign in text for sign in signs)


@functools.lru_cache(maxsize=256)
def is_brief(text: str) -> bool:
    """Whether the text has few words, and no code."""
    return len(text) <= AT.brief_characters and "```" not in text and length(text) <= AT.brief_words


def says_enough(text: str) -> bool:
    """Whether the text has enough words to be told from another: a name or a number may well come again."""
    return length(text) >= AT.least_words


def works(turn: Turn) -> bool:
    """Whether the assistant did something in the turn: delivered, used tools, or said more than a little."""
    if turn.role == "user":
        return False
    return turn.result is not None or turn.used_tools or not is_brief(turn.text)


def is_courtesy(text: str) -> bool:
    """Whether the text is good manners and nothing else."""
    return is_brief(text) and says("courtesy", text) and _is_covered(text, _MANNERS)


def is_assent(text: str) -> bool:
    """Whether the text asks for nothing: it agrees, thanks, or says that all is done."""
    return is_brief(text) and not is_question(text) and _is_covered(text, _ASSENTS)


def _is_covered(text: str, kinds: tuple[Kind, ...]) -> bool:
    return length(without(text, kinds)) <= min(AT.unknown_share * length(text), AT.unknown_words)


def says_done(text: str) -> bool:
    """Whether the text is brief and says, without condition, that all is finished, and little besides."""
    if not is_brief(text) or is_question(text) or says("not_done", text):
        return False
    if not says("done", text) and not says("bare_done", text):
        return False
    if _is_covered(text, _ASSENTS):
        return True
    said = [part for part in _PART_END.split(text) if part.strip() and not _is_covered(part, _MANNERS)]
    return 2 * sum(says("done", part) for part in said) > len(said)


def is_question(text: str) -> bool:
    """Whether a question stands in the text."""
    return _QUESTION.search(text) is not None


def asks_back(text: str) -> bool:
    """Whether the text asks the other side for something."""
    return is_question(text) or says("asks", text)


def is_promise(turn: Turn) -> bool:
    """Whether the turn puts its work off, and says little besides: half of its sentences where it is brief,
    most of them where it is not."""
    text = spoken(turn)
    if len(text) > AT.promise_characters or not _puts_off(text):
        return False
    said = [part for part in _SENTENCE_END.split(text) if part.strip() and not _is_covered(part, _ASSENTS)]
    promises = sum(_puts_off(part) for part in said)
    return 2 * promises > len(said) or (is_brief(text) and 2 * promises == len(said) > 0)


def _puts_off(text: str) -> bool:
    return says("promise", without(text, ("no_promise",)))


def names_itself(kind: Literal["user_label", "assistant_label"], text: str) -> bool:
    """Whether the text begins with the name of a side as its speaker, and is no dialogue."""
    if label(kind).match(text.lstrip()) is None:
        return False
    sides: tuple[Literal["user_label", "assistant_label"], ...] = ("user_label", "assistant_label")
    return sum(len(label(side).findall(text)) for side in sides) == 1


def sentences(turn: Turn) -> list[str]:
    """The turn's own sentences, outside of results, code and tables; among them what has no word."""
    return [part.strip() for part in _SENTENCE_END.split(spoken(turn)) if "|" not in part]

"""Whether a quote really stands where a verdict says it does, and whether it proves work.

How a quote is compared is said in `quotation`. Only the assistant's words and the results of its tools prove
work: the user agent's words are instructions, a source was there before, an echo of the goal or of an
instruction was there before too, and a result that was replaced is no longer delivered.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from duologue.conversation.exhibit import unmarked
from duologue.conversation.persuasion import attempts, without_attempts
from duologue.conversation.quotation import bare, comparable, holds, pieces, says_something
from duologue.conversation.sources import Source
from duologue.conversation.workfiles import Workfiles
from duologue.messages import RoleName
from duologue.record.parts import Evidence

_RESULT: Final = re.compile(r"\s*(?:the\s+)?(?:current[\s-]+)?result\s*", re.IGNORECASE)
_TURN: Final = re.compile(
    r"\s*(?:turn)?\s*#?\s*(?P<turn>\d+)\s*,?\s*(?:\(?assistant\)?|\(?result\)?|tool\b[\s:]*(?P<tool>.*?))?\s*",
    re.IGNORECASE,
)
_TOOL: Final = re.compile(r"\s*tool\b\s*:?\s*[\"'`]?(?P<tool>.+?)[\"'`]?\s*", re.IGNORECASE)
_SOURCE: Final = re.compile(r"\s*source\s*:?\s*[\"'`]?(.+?)[\"'`]?\s*", re.IGNORECASE)
_FILE: Final = re.compile(r"\s*file\s*:?\s*[\"'`]?(.+?)[\"'`]?\s*", re.IGNORECASE)
_LINES: Final = re.compile(r"(?::|,?\s+lines?)\s*\d+(?:\s*-\s*\d+)?\s*$", re.IGNORECASE)
_ECHO: Final = "it only repeats the goal or an instruction"
_ADDRESS: Final = "it stands in words for the judge, which prove nothing"
_FAILED: Final = "the tool did not do what it was called for"


def fold(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


@dataclass(frozen=True)
class _Place:
    """A text to quote from, and whether it is the assistant's work; `lack` is why not, where that is news."""

    text: str
    is_work: bool = True
    lack: str = ""
    digest: str = ""

    @cached_property
    def folded(self) -> str:
        """The text as quotes are compared with it, folded when it is first asked for."""
        return comparable(self.text)

    @cached_property
    def spoken(self) -> str:
        """The text as echoes are looked for in it."""
        return self.folded.casefold()

    @cached_property
    def pieces(self) -> frozenset[str]:
        """Its lines and table cells."""
        return pieces(self.text)

    @cached_property
    def legible(self) -> str:
        """The same without what is invisible in the text, as who does not copy the marks for it quotes it."""
        return comparable(unmarked(self.text))

    @cached_property
    def unaddressed(self) -> "_Place":
        """The text without what is said to the judge in it."""
        return _Place(without_attempts(self.text)) if attempts(self.text) else self

    def holds(self, folded: str) -> bool:
        return holds(self.folded, folded) or (self.legible != self.folded and holds(self.legible, folded))


@dataclass(frozen=True)
class _Said:
    """A turn, and the result that it delivered, None where it delivered none."""

    number: int
    role: RoleName
    text: str
    result: str | None

    @cached_property
    def whole(self) -> _Place:
        """All of it."""
        return _Place(self.text)

    @cached_property
    def working(self) -> _Place:
        """What of it is outside the delivered result."""
        before, found, after = self.text.rpartition(self.result) if self.result else ("", "", self.text)
        return _Place(f"{before}\n\0\n{after}" if found else self.text)


@dataclass(frozen=True, slots=True)
class _Output:
    """What a tool gave back in a turn. `echo` is the same, for words that its call had in its arguments: what
    a program is told to say, it says."""

    turn: int
    name: str
    place: _Place
    echo: _Place
    arguments: _Place

    def holding(self, folded: str) -> _Place | None:
        """The place for a quote that stands in it."""
        if not self.place.holds(folded):
            return None
        return self.echo if self.arguments.holds(folded) else self.place


@dataclass(slots=True)
class Places:
    """Everything that a verdict may quote from; `files` is None where the run has no workspace, and words for
    the judge are work only where the goal `is_about_judges`."""

    sources: dict[str, _Place]
    files: Workfiles | None = None
    turns: dict[int, _Said] = field(default_factory=dict)
    result: _Place | None = None
    is_about_judges: bool = False
    _delivered_in: int = 0
    _tools: list[_Output] = field(default_factory=list)
    _orders: tuple[_Place, ...] = ()
    _read: dict[str, _Place] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Sequence[Source], root: Path | None = None) -> "Places":
        """No turn yet, these sources, and the files under the root, None for none."""
        found = {source.name: _Place(source.text, is_work=False) for source in sources}
        return cls(found, None if root is None else Workfiles(root))

    def order(self, texts: Sequence[str]) -> None:
        """What the run was asked to do, in place of what was said of it before: the goal and the criteria."""
        self._orders = tuple(_Place(text) for text in texts)

    def add_turn(self, number: int, role: RoleName, text: str, result: str | None) -> None:
        """A turn, and the result that it delivered, if it did."""
        self.turns[number] = _Said(number, role, text, result)
        if result is not None:
            self.result, self._delivered_in = _Place(result), number

    def add_tool(self, turn: int, name: str, text: str, arguments: str, ok: bool) -> None:
        """What a tool gave back in a turn that was added before, what it was called with, and whether it did
        what it is for."""
        works = self.turns[turn].role == "assistant"
        lack = _FAILED if works else f"turn {turn} is the user agent's, and no work"
        place = _Place(text) if works and ok else _Place(text, False, lack)
        echo = _Place(text, False, "the call's own arguments say it")
        self._tools.append(_Output(turn, name, place, echo, _Place(_strings(arguments))))

    def remember(self, evidence: Iterable[Evidence]) -> None:
        """Files that a verdict of the log quotes were seen as they were then."""
        for each in evidence:
            found = _FILE.fullmatch(each.where)
            if self.files is not None and found is not None and each.digest:
                self.files.remember(found.group(1), each.digest)

    def examine(self, where: str, quote: str) -> tuple[Evidence, bool]:
        """The evidence with what code found, and whether it proves work of the assistant."""
        folded = comparable(quote)
        found = self._find(where, folded)
        if isinstance(found, str):
            why = found
        elif not folded:
            why = "the quote is empty"
        elif not found.holds(folded):
            why = f"the quote does not stand in {where.strip()}"
        elif not _is_enough(folded, found):
            why = "the quote is too short to show anything"
        else:
            lack = self._lack(where, folded) or found.lack
            if not (lack or self.is_about_judges or found.unaddressed.holds(folded)):
                lack = _ADDRESS
            made = Evidence(where=where, quote=quote, stands=True, why=lack, digest=found.digest)
            return made, found.is_work and not lack
        return Evidence(where=where, quote=quote, stands=False, why=why), False

    def contradicts(self, kind: str, claim: str, where: str, quote: str) -> str:
        """Why code cannot bear out that a claim of the result is against a source (`intrinsic`) or beyond
        them all (`extrinsic`); empty where it can."""
        claimed, _ = self.examine("result", claim)
        if not claimed.stands:
            return claimed.why
        words = comparable(claim)
        if kind == "extrinsic":
            named = next((name for name, source in self.sources.items() if source.holds(words)), None)
            return f"it stands in {named}" if named else "" if self.sources else "there are no sources"
        if self._source(where) is None:
            return f"there is no such source as {where!r}"
        if bare(words) == bare(comparable(quote)):
            return "the result says what the source says"
        return self.examine(where, quote)[0].why

    def _find(self, where: str, folded: str) -> _Place | str:
        """The place, or why it cannot be quoted from."""
        nowhere = f"there is no such place as {where!r}"
        if _RESULT.fullmatch(where):
            return self.result or nowhere
        if (found := _TURN.fullmatch(where)) is not None:
            number = int(found["turn"][:9])
            if found["tool"] is not None:
                return self._tool(found["tool"], folded, number) or nowhere
            return self._turn(number) or nowhere
        if (source := self._source(where)) is not None:
            return source
        if (found := _TOOL.fullmatch(where)) is not None:
            return self._tool(found["tool"], folded) or nowhere
        found = _FILE.fullmatch(where)
        return nowhere if found is None else self._file(found.group(1))

    def _source(self, where: str) -> _Place | None:
        found = _SOURCE.fullmatch(where)
        names = [where.strip(), *([] if found is None else [found.group(1)])]
        names += [_LINES.sub("", name) for name in names]
        return next((self.sources[name] for name in names if name in self.sources), None)

    def _tool(self, name: str, folded: str, turn: int | None = None) -> _Place | None:
        """Of a tool's results one that holds the quote, best one that proves work; else the newest."""
        wanted = name.strip("\"'` ")
        named = [
            output
            for output in reversed(self._tools)
            if turn in (None, output.turn) and wanted in ("", output.name)
        ]
        holding = [found for output in named if folded and (found := output.holding(folded))]
        best = next((place for place in holding if place.is_work), None)
        return best or next(iter([*holding, *(output.place for output in named)]), None)

    def _file(self, name: str) -> _Place | str:
        if self.files is None:
            return "the run has no workspace to quote a file from"
        found = self.files.look(name)
        if isinstance(found, str):
            return found
        return self._read.setdefault(found.digest, _Place(found.text, digest=found.digest))

    def _turn(self, number: int) -> _Place | str | None:
        said = self.turns.get(number)
        if said is not None and said.role != "assistant":
            return f"turn {number} is the user agent's, and no work"
        return None if said is None else said.whole

    def _lack(self, where: str, folded: str) -> str:
        """Why words that stand in a turn prove no work all the same, empty where they do."""
        found = _TURN.fullmatch(where)
        if found is None or found["tool"] is not None or (self.result and self.result.holds(folded)):
            return ""
        said = self.turns[int(found["turn"][:9])]
        if said.result is not None and said.number != self._delivered_in and not said.working.holds(folded):
            newer = f"the result of turn {said.number} was replaced in turn {self._delivered_in}"
            return f"{newer} and no longer says this"
        return _ECHO if self._is_echo(folded) else ""

    def _is_echo(self, folded: str) -> bool:
        """Whether the goal, a criterion or an instruction had the words before the assistant did."""
        words = bare(folded.casefold())
        if not words:
            return False
        if any(holds(place.spoken, words) for place in self._orders):
            return True
        said = (turn for turn in self.turns.values() if holds(turn.whole.spoken, words))
        first = next(said, None)
        return first is not None and first.role != "assistant"


def _strings(arguments: str) -> str:
    """A call's arguments as they were given, and the texts in them without the escapes of JSON."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    texts = [text for text in value.values() if isinstance(text, str)] if isinstance(value, dict) else []
    return "\n\0\n".join([arguments, *texts])


def _is_enough(folded: str, place: _Place) -> bool:
    return says_something(folded) or folded in place.pieces or bare(folded) in place.pieces

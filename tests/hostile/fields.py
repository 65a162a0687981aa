"""Every field in which something is written: there the words are pasted, typed, and sent."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unicodedata import combining

from textual.command import CommandPalette
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from duologue.record import events as ev
from duologue.record.control import Say
from duologue.record.log import LogWriter
from duologue.record.parts import Spent
from duologue.record.runs import RunSummary
from duologue.record.shelf import News, Shelf
from duologue.tui.app import RunApp
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.export import Export
from duologue.tui.home import HomeApp
from duologue.tui.home_state import Deeds
from duologue.tui.keyboard import Keyboard
from duologue.tui.write import WriteScreen
from tests.hostile import runs as samples
from tests.hostile.walking import STRINGS, WALKED, Walk, ask, painted, parts, press, told, walk, watched

KEYS = re.compile("[\0-\x1f\x7f]")
HALVES = re.compile("[\ud800-\udfff]")
_HEAP = 9
A_LINE = 3
"""Words for which a field of one line has room."""
LINES = [
    " ".join(STRINGS[at : at + A_LINE]).replace("\r", "␍").replace("\n", "␊")
    for at in range(0, len(STRINGS), A_LINE)
]
"""A line is taken up to its first end."""


async def paste(pilot: Pilot[Any], text: str) -> None:
    """As a terminal brings it."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()
    await painted(pilot)


async def type_(pilot: Pilot[Any], text: str) -> None:
    """As a terminal sends it: what has no bytes as a key with a number."""
    halves = (f"\x1b[97;1;{ord(each)}u" if "\ud800" <= each <= "\udfff" else each for each in text)
    for message in Keyboard().feed("".join(halves).encode()):
        pilot.app.post_message(message)
    await pilot.pause()
    await painted(pilot)


async def until(pilot: Pilot[Any], kind: type[Screen[Any]]) -> None:
    """Wait for that dialog."""
    while not isinstance(pilot.app.screen, kind):
        await pilot.pause()


async def closed(pilot: Pilot[Any]) -> None:
    """Wait until no dialog is open."""
    while len(pilot.app.screen_stack) > 1:
        await pilot.pause()
    await painted(pilot)


def typeable(words: Sequence[str]) -> str:
    """Those of the words in which nothing is a key, and no heap of accents: drawn as each is typed, they come
    one after another."""
    return " ".join(
        word for word in words if KEYS.search(word) is None and sum(map(bool, map(combining, word))) < _HEAP
    )


def steering(folder: Path) -> None:
    """What is said, what a run is stopped with, and no limit: in fields, in the question whether a stop is
    meant, as told, and as what was not taken."""

    async def walked(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, RunApp)
        for text in parts(18):
            # No field of ours lets this through, and no command takes half a character.
            app._steer.send(Say(text=HALVES.sub("", text)))
            await painted(pilot)
        await _say(pilot)
        await _stop(pilot)
        await _limit(pilot)

    _steered(folder / "steering", walked)


async def _say(pilot: Pilot[Any]) -> None:
    for at, text in enumerate(parts(18)):
        await press(pilot, "sa"[at % 2])
        await until(pilot, WriteScreen)
        await paste(pilot, text)
        await press(pilot, "enter")
        await closed(pilot)
    await press(pilot, "s")
    for at in range(0, len(STRINGS), 40):
        await type_(pilot, typeable(STRINGS[at : at + 18]))
    await press(pilot, "escape")


async def _stop(pilot: Pilot[Any]) -> None:
    for text in parts(18):
        await press(pilot, "x")
        await until(pilot, WriteScreen)
        await paste(pilot, text)
        await press(pilot, "enter")
        await until(pilot, ConfirmScreen)
        await painted(pilot)
        await press(pilot, "y")


async def _limit(pilot: Pilot[Any]) -> None:
    """Nothing is taken but the characters of a number."""
    signs = "".join(sorted({each for each in "".join(STRINGS) if not each.isascii() or each.isdigit()}))
    await press(pilot, "l")
    await type_(pilot, signs)
    await paste(pilot, parts(18)[0])
    await press(pilot, "enter", "escape")


def palette(folder: Path) -> None:
    """What is looked for among the commands, and what is looked for in the talk."""

    async def walked(pilot: Pilot[Any]) -> None:
        await press(pilot, "ctrl+p")
        await until(pilot, CommandPalette)
        await _written(pilot)
        await press(pilot, "escape", "escape", "slash")
        await _written(pilot)
        await press(pilot, "enter")

    _steered(folder / "palette", walked)


async def _written(pilot: Pilot[Any]) -> None:
    """Every line, pasted into the field that has the focus, and some typed."""
    field = pilot.app.focused
    assert isinstance(field, Input)
    for at, text in enumerate(LINES):
        field.clear()
        await paste(pilot, text)
        if at % 20 == 0:
            field.clear()
            await type_(pilot, typeable(STRINGS[at * A_LINE :][:A_LINE]))


class One(Shelf):
    """A run."""

    looked = False

    def look(self) -> Iterator[News]:
        """It, once."""
        if not self.looked:
            self.looked = True
            yield News([RunSummary("run", Path("run"), "done", goal="goal", turns=1)])


def answers(folder: Path) -> None:
    """Where to fork a run, what to look for, where to save it, and where it was saved."""

    async def walked(pilot: Pilot[Any]) -> None:
        await press(pilot, "f")
        await _written(pilot)
        await press(pilot, "enter", "escape", "slash")
        await _written(pilot)
        await press(pilot, "escape", "e")
        await _written(pilot)
        await press(pilot, "escape")
        app = pilot.app
        assert isinstance(app, HomeApp)
        for text in parts(18):
            app._export(Path("run"), Export(Path(f"{text}.md"), redact=False))
            await told(pilot)

    walk(HomeApp(One(folder), Deeds(lambda _: None, lambda *_: None)), walked)


def replies(folder: Path) -> None:
    """An answer to what a run asks, and a criterion written anew."""

    async def walked(pilot: Pilot[Any]) -> None:
        await until(pilot, WriteScreen)
        for text in parts(18):
            await paste(pilot, text)
            await type_(pilot, typeable(text.split(" ")[:2]))
            pilot.app.screen.query_one("Entry").clear()

    ask(folder / "question", ev.GoalSpecified(goal="g", question="q", assumptions=[]), walked)


def _steered(folder: Path, walked: Walk) -> None:
    """A run that takes nothing of what it is told, and says so in the end."""
    spent = Spent(turns=1, calls=1, tokens=1, seconds=1)

    async def ended(pilot: Pilot[Any]) -> None:
        await walked(pilot)
        log.append(ev.RunEnded(outcome="done", reason="", unmet=[], spent=spent, next=""))
        assert isinstance(pilot.app, RunApp)
        pilot.app.tick()
        await painted(pilot)

    with LogWriter.create(folder) as log:
        log.append(samples.started(["a"]))
        walk(watched(folder), ended)


def typed(folder: Path) -> None:
    """A run of which the one before the terminal says what they type."""
    with LogWriter.create(folder / "run") as log:
        log.append(samples.started(STRINGS[:1]))
        watched(folder / "run").run()
        print(WALKED)

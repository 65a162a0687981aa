"""A child process that goes through one screen on its terminal: `-m tests.hostile.screens SCREEN FOLDER`.

It walks by itself (`walking.py`). What each screen is given is real: logs, drafts and the errors of what was
asked for. Where the walk came to its end `WALKED` is printed. Where something is written: `fields.py`.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from textual.app import App
from textual.pilot import Pilot
from textual.scroll_view import ScrollView
from textual.widget import Widget

from duologue.errors import RecordError
from duologue.habits import PLAIN_HABITS
from duologue.record import events as ev
from duologue.record.comparison import comparison_of
from duologue.record.draft import DRAFT_NAME
from duologue.record.lines import encode_json
from duologue.record.log import LogWriter
from duologue.record.parts import Criterion
from duologue.record.runs import RunSummary
from duologue.record.shelf import News, Shelf
from duologue.tui.app import RunApp
from duologue.tui.compare import CompareApp
from duologue.tui.compare_view import CompareView
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.header import Header, Headline
from duologue.tui.home import HomeApp
from duologue.tui.home_state import Deeds, HomeState
from duologue.tui.links import links as found_links
from duologue.tui.links_screen import LinksScreen
from duologue.tui.open import Start, screen
from duologue.tui.review import ReviewScreen
from duologue.tui.run_table import RunTable
from duologue.tui.write import WriteScreen
from tests.hostile import fields
from tests.hostile import runs as samples
from tests.hostile.walking import (
    STRINGS,
    ask,
    opened,
    overlaid,
    painted,
    parts,
    press,
    through,
    told,
    walk,
    watched,
)


def replay(folder: Path) -> None:
    """The talk with thoughts and tools."""

    async def walked(pilot: Pilot[Any]) -> None:
        talk = pilot.app.query_one(ScrollView)
        await press(pilot, "r", "t")
        talk.scroll_to(y=0, animate=False)
        await painted(pilot)
        await through(pilot, talk)
        await press(pilot, "y")

    walk(_replayed(folder), walked)


def above(folder: Path) -> None:
    """What is opened above the talk."""
    samples.save(folder / "run", list(samples.talk(STRINGS)))

    async def walked(pilot: Pilot[Any]) -> None:
        for key in ("c", "e", "o", "question_mark"):
            await overlaid(pilot, key)

    walk(_replayed(folder), walked)


def links(folder: Path) -> None:
    """The links of a turn, hostile in their words and addresses."""
    samples.save(folder / "run", list(samples.talk(STRINGS[:9])))

    async def walked(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, RunApp)
        for at in range(0, len(STRINGS), 60):
            told = [_linked(word) for word in STRINGS[at : at + 60]]
            app.push_screen(LinksScreen(found_links("\n\n".join(told)), app.palette, "opens"))
            await overlaid(pilot)

    walk(_replayed(folder), walked)


def _linked(word: str) -> str:
    """A link of these words; what holds a link of its own is found by that, and stands alone."""
    return word if "://" in word else f"[{word}](https://a.example/?{word})"


def _replayed(folder: Path) -> RunApp:
    last = len(range(0, len(STRINGS), 100))
    return screen(folder / "run" / "log.jsonl", PLAIN_HABITS, Start(turn=last))


def home(folder: Path) -> None:
    """The list of many saved runs, and where one of them is."""
    shelf = Shelf(folder)
    for _ in shelf.look():
        pass

    async def walked(pilot: Pilot[Any]) -> None:
        table = pilot.app.query_one(RunTable)
        for _ in range(len(table.runs) // table.size.height + 1):
            await press(pilot, "pagedown")

    walk(HomeApp(shelf, Deeds(_keep, _unable)), walked)


def _keep(_path: Path) -> None:
    """As if it had been deleted."""


def _unable(_path: Path, output: Path, _redact: bool) -> None:
    raise RecordError(f"{output} cannot be written.")


class Few(Shelf):
    """Few runs with much to say, such as no disk would take."""

    looked = False

    def look(self) -> Iterator[News]:
        """All of them, once."""
        runs = [] if self.looked else parts(200)
        self.looked = True
        for number, part in enumerate(runs):
            name = Path(str(number))
            yield News([RunSummary(part, name, "done", pair=part, goal=part, turns=1, parent=part)])


def notices(folder: Path) -> None:
    """All that can be told above the list, and what could not be done."""

    async def walked(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, HomeApp)
        await told(pilot)
        for part in parts(200):
            app._object(part)
            await told(pilot)

    walk(HomeApp(Shelf(folder), Deeds(_keep, _unable), HomeState(notice=parts(200)[0])), walked)


def deeds(folder: Path) -> None:
    """Of each run where it is, where to fork it and to save it, whether to delete it, and that it was."""

    async def walked(pilot: Pilot[Any]) -> None:
        table = pilot.app.query_one(RunTable)
        await press(pilot, "f", "escape", "e", "escape")
        await overlaid(pilot, "w")
        while table.runs:
            await press(pilot, "d", "y")
            await told(pilot)

    walk(HomeApp(Few(folder), Deeds(_keep, _unable)), walked)


def compare(folder: Path) -> None:
    """Two runs, by turn and by criterion."""

    async def walked(pilot: Pilot[Any]) -> None:
        view = pilot.app.query_one(CompareView)
        await through(pilot, view)
        await press(pilot, "c")
        await through(pilot, view)

    walk(CompareApp(comparison_of(folder, (folder / "run", folder / "fork"))), walked)


def _in_sight(talk: ScrollView) -> str:
    return "\n".join(talk.render_line(y).text for y in range(talk.size.height))


def draft(folder: Path) -> None:
    """A turn as it is written: sequences are cut wherever a delta ends. Then every headline."""
    text, size = " ".join(STRINGS), 6_949
    cuts = range(0, len(text), size)
    head = {"turn": 1, "role": "user", "purpose": "turn", "attempt": "a", "reasoning": ""}

    async def walked(pilot: Pilot[Any]) -> None:
        app, talk = pilot.app, pilot.app.query_one(ScrollView)
        assert isinstance(app, RunApp)
        for at in cuts:
            with (folder / "run" / DRAFT_NAME).open("ab") as file:
                file.write(encode_json({**head, "at": at, "text": text[at : at + size]}) + b"\n")
            app.tick()
            await painted(pilot)
        # A long draft is laid out in a share of the time only: its end comes last.
        last = [each[:6] for each in STRINGS[-20:]]
        while not any(each in _in_sight(talk) for each in last):
            app.tick()
            await pilot.pause(0.05)
        talk.scroll_to(y=0, animate=False)
        await painted(pilot)
        await through(pilot, talk)

    with LogWriter.create(folder / "run") as log:
        log.append(samples.started(STRINGS[:100]))
        log.append(ev.TurnStarted(turn=1, role="user"))
        walk(watched(folder / "run"), walked)


class Titled(App[None]):
    """A header alone."""

    def compose(self) -> Iterator[Widget]:
        """It."""
        yield Header()


def titles(_folder: Path) -> None:
    """Every word in every place of the two lines at the top."""

    async def walked(pilot: Pilot[Any]) -> None:
        header = pilot.app.query_one(Header)
        for goal, title, state, fact in _quarters():
            header.headline = Headline(goal, title, state, fact, (fact,))
            await painted(pilot)

    walk(Titled(), walked)


def _quarters() -> Iterator[Sequence[str]]:
    texts = parts(70)
    for at, text in enumerate(texts):
        yield text, texts[at - 1], "", texts[at - 2]
    for text in texts[:9]:
        yield "", "", text, ""


def review(folder: Path) -> None:
    """Criteria to be approved."""
    criteria = [
        Criterion(id=f"c{at}", text=text, kind="judged", origin="goal")
        for at, text in enumerate(parts(len(STRINGS) // 3 + 1))
    ]

    async def walked(pilot: Pilot[Any]) -> None:
        await through(pilot, await opened(pilot, ReviewScreen))
        await press(pilot, *["down"], "e", "escape", "escape")

    ask(folder / "review", ev.CriteriaSet(criteria=criteria, proposed=True), walked)


def question(folder: Path) -> None:
    """What a run asks, and whether to go on without an answer."""
    half = len(STRINGS) // 2
    asked = ev.GoalSpecified(
        goal=STRINGS[0], question=" ".join(STRINGS[:half]), assumptions=[" ".join(STRINGS[half:])]
    )

    async def walked(pilot: Pilot[Any]) -> None:
        await through(pilot, await opened(pilot, WriteScreen))
        await press(pilot, "enter")
        await through(pilot, await opened(pilot, ConfirmScreen))
        await press(pilot, "n")

    ask(folder / "question", asked, walked)


SCREENS: Final = (replay, above, home, notices, deeds, compare, draft, titles, review, question, links)
FIELDS: Final = (
    fields.steering,
    fields.palette,
    fields.answers,
    fields.replies,
    fields.typed,
)


if __name__ == "__main__":
    {show.__name__: show for show in (*SCREENS, *FIELDS)}[sys.argv[1]](Path(sys.argv[2]))

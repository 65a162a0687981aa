"""What a terminal sends as keys: into every field it comes safe, and none of it ends a screen."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from run_samples import run
from screen_reading import segments
from screen_sample import StillFeed, haiku
from test_tui_safety import ACTING
from textual.app import App
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from duologue.habits import PLAIN_HABITS
from duologue.record import events as ev
from duologue.record.parts import Criterion
from duologue.record.shelf import Shelf
from duologue.tui.app import RunApp
from duologue.tui.entry import Entry
from duologue.tui.home import HomeApp
from duologue.tui.home_state import Deeds
from duologue.tui.keyboard import Keyboard
from duologue.tui.line import Line
from duologue.tui.typed import typed

HOSTILE = "a\u202eb\u200b\x9b31m\ufe0f\u3164\U000e0041\u034f[@click=app.exit]\ud800\ue000e" + "\u0301" * 30
SAFE = "a⟨U+202E⟩b⟨U+200B⟩⟨U+009B⟩31m⟨U+FE0F⟩⟨U+3164⟩⟨U+E0041⟩⟨U+034F⟩[@click=app.exit]⟨U+D800⟩\ue000e"
NEEDED = "می\u200cخواهم ❤\ufe0f 日本\u3000語\u00a0! क\u094d\u200dष"
"""Words that joiners, variations and spaces other than the plain one belong to."""


def sent(text: str) -> bytes:
    """As a terminal sends it; what has no UTF-8 as a key with a number."""
    return b"".join(
        f"\x1b[97;1;{ord(each)}u".encode() if "\ud800" <= each <= "\udfff" else each.encode() for each in text
    )


async def arrive(pilot: Pilot[Any], data: bytes) -> None:
    for message in Keyboard().feed(data):
        pilot.app.post_message(message)
    await pilot.pause()


def field(app: App[Any]) -> Line | Entry:
    found = app.focused
    assert isinstance(found, Line | Entry)
    return found


def held(app: App[Any]) -> str:
    found = field(app)
    return found.value if isinstance(found, Line) else found.text


def asking(*events: ev.Event) -> RunApp:
    records = haiku().records[:5]
    more = [ev.Record(6 + at, "", 6, event, "") for at, event in enumerate(events)]
    return RunApp(StillFeed([*records, *more]), mode="watch", folder=Path("run"))


def specified() -> ev.Event:
    return ev.GoalSpecified(goal="g", question="Which?", assumptions=[])


def proposed() -> ev.Event:
    some = Criterion(id="c1", text="", kind="judged", origin="goal")
    return ev.CriteriaSet(criteria=[some], proposed=True)


def home(folder: Path) -> HomeApp:
    run(folder, "one", "A goal.")
    return HomeApp(Shelf(folder), Deeds(lambda _: None, lambda *_: None), habits=PLAIN_HABITS)


FIELDS = {
    "say": (asking, ["s"]),
    "criterion": (asking, ["a"]),
    "stop": (asking, ["x"]),
    "find": (asking, ["slash"]),
    "palette": (asking, ["ctrl+p"]),
    "question": (lambda: asking(specified()), []),
    "change": (lambda: asking(proposed()), ["e"]),
    "add": (lambda: asking(proposed()), ["a"]),
}
OF_THE_LIST = {"filter": ["slash"], "fork": ["f"], "export": ["e"], "palette": ["ctrl+p"]}


@pytest.mark.parametrize("place", [*FIELDS, *(f"list: {name}" for name in OF_THE_LIST)])
async def test_what_is_typed_is_as_safe_as_what_is_pasted(place: str, tmp_path: Path) -> None:
    """In each field, what acts or hides stands as its mark, the words beside it as they are."""
    make, keys = FIELDS.get(place) or ((lambda: home(tmp_path)), OF_THE_LIST[place.removeprefix("list: ")])
    app: App[Any] = make()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press(*keys)
        await pilot.pause()
        assert isinstance(app.focused, Line | Entry), app.focused
        field(app).clear()
        await arrive(pilot, sent(HOSTILE))
        assert held(app).startswith(SAFE)
        assert ACTING.search(held(app)) is None
        assert re.search("\u0301{9}", held(app)) is None
        for words, acts in segments(app):
            assert ACTING.search(words) is None, words
            assert not acts or "app.exit" not in words
        field(app).clear()
        app.post_message(Paste(HOSTILE))
        await pilot.pause()
        assert held(app) == SAFE + "\u0301" * 8 + "⟨+22 marks⟩"
        await pilot.press("escape", "escape")  # which ends what a palette looks for


@pytest.mark.parametrize("keys", [["s"], ["slash"]], ids=["lines", "line"])
async def test_writing_loses_nothing(keys: list[str]) -> None:
    """Joiners between letters, variations of signs and wide spaces are text, typed like any other."""
    app = asking()
    async with app.run_test() as pilot:
        await pilot.press(*keys)
        await arrive(pilot, sent(NEEDED))
        assert held(app) == NEEDED
        await pilot.press("shift+home")
        await arrive(pilot, b"x")
        assert held(app) == "x"


async def test_what_is_typed_before_the_field_has_the_focus_is_safe_too() -> None:
    """Keys that overtake the dialog."""
    app = asking()
    async with app.run_test() as pilot:
        await pilot.press("s")
        app.screen.set_focus(None)
        await arrive(pilot, sent("a\u202eb"))
        assert app.screen.query_one(Entry).text == "a⟨U+202E⟩b"


@pytest.mark.parametrize("keys", ["s1", "/1", "f", "e"])
async def test_what_is_sent_twice_in_one_go_is_sent_once(keys: str, tmp_path: Path) -> None:
    """Enter, and enter again before the dialog is gone: the second is no fault."""
    app: App[Any] = home(tmp_path) if keys in "fe" else asking()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.press(*keys)
        await arrive(pilot, b"\r\r\r")
        assert len(app.screen_stack) == 1


def test_every_field_is_ours() -> None:
    """No screen has one of Textual's own, into which anything comes."""
    made = re.compile(r"\b(?:Input|TextArea|MaskedInput|CommandInput)\(")
    folder = Path(__file__).parents[2] / "agents" / "duologue" / "tui"
    assert not [path.name for path in folder.glob("*.py") if made.search(path.read_text("utf-8"))]
    assert issubclass(Line, Input)
    assert issubclass(Entry, TextArea)


@pytest.mark.parametrize(
    ("data", "characters"),
    [
        (b"caf\xe9 ", ["c", "a", "f", "�", " "]),
        (b"\xff\xfe", ["�", "�"]),
        (b"\x1b[99999999ux", ["x"]),
        (b"\x1b[97;1;99999999999999999999ux", ["x"]),
        (b"\x1b[57358:1ux", ["x"]),
        (b"\x1b[1;2:Ax", ["x"]),
        ("日".encode()[:2] + b"x", ["�", "x"]),
    ],
)
def test_no_byte_ends_the_reading(data: bytes, characters: list[str]) -> None:
    """What is no UTF-8 is a sign for that; a key that there is not is none; what follows is read."""
    found = [each.character for each in Keyboard().feed(data) if isinstance(each, Key)]
    assert found == characters


def test_a_character_in_pieces_is_one() -> None:
    """Bytes come as the terminal sends them, cut anywhere."""
    keyboard = Keyboard()
    found: Iterable[Any] = [each for byte in "日ü".encode() for each in keyboard.feed(bytes([byte]))]
    assert [each.character for each in found] == ["日", "ü"]


def test_escape_is_known_by_what_does_not_follow() -> None:
    """Nothing comes after it for a moment."""
    keyboard = Keyboard()
    assert not list(keyboard.feed(b"\x1b"))
    found: list[Any] = []

    async def wait() -> None:
        while not found:
            found.extend(keyboard.tick())
            await asyncio.sleep(0.01)

    asyncio.run(wait())
    assert [each.key for each in found] == ["escape"]


def test_a_heap_is_marked_wherever_it_is_typed() -> None:
    """Also where what decides on it begins with a sign that means nothing without the one before."""
    for between in range(70):
        written = "\u2764\ufe0f" + "x" * between + "e"
        for _ in range(20):
            written += typed(Key("key", "\u20dd"), written) or ""
        assert written.startswith("\u2764\ufe0f" + "x" * between + "e" + "\u20dd" * 8 + "⟨+1 marks⟩"), between
        assert "\u20dd" * 9 not in written

"""Selecting with the mouse, and copying what is selected."""

import base64
from pathlib import Path

import pytest
from long_log import long_log, written
from screen_reading import drag, shown, talk
from screen_sample import Log, StillFeed
from textual.geometry import Region

from duologue.record.draft import Draft
from duologue.tui.app import RunApp
from duologue.tui.open import screen
from duologue.tui.transcript import Transcript

MARKDOWN = "A **bold** word.\n\n- one\n- *two*\n\n```python\nprint('x')\n```\n\nAn [end](http://there)."


def said(*texts: str) -> Log:
    """Turns with these texts."""
    log = Log()
    log.start()
    for turn, text in enumerate(texts, 1):
        log.turn(turn, "user" if turn % 2 else "assistant", text)
    return log


def app_of(log: Log) -> RunApp:
    return RunApp(StillFeed(log.records), mode="watch")


def line_of(app: RunApp, words: str) -> int:
    """The line of the talk in sight that holds these words."""
    return next(at for at, line in enumerate(shown(app.transcript)) if words in line)


def reversed_words(app: RunApp) -> str:
    """What is shown as selected."""
    size = app.transcript.size
    strips = app.transcript.render_lines(Region(0, 0, size.width, size.height))
    return "\n".join(
        words
        for strip in strips
        if (words := "".join(text for text, style, _ in strip if style and style.reverse))
    )


async def test_blocks_that_are_covered_are_copied_as_they_were_written() -> None:
    """Drawn over whole blocks, the mouse selects their Markdown; y copies it, says so, and lets go of it."""
    app = app_of(said(MARKDOWN))
    async with app.run_test(size=(80, 30)) as pilot:
        first, last = line_of(app, "A bold word"), line_of(app, "print")
        await drag(pilot, Transcript, (2, first), (5, first + 1), (60, last))
        assert "A bold word." in reversed_words(app)
        assert "An end" not in reversed_words(app)
        await pilot.press("y")
        assert app.clipboard == MARKDOWN.partition("\n\nAn")[0]
        assert reversed_words(app) == ""
        await pilot.press("y")
        assert app.clipboard == MARKDOWN


async def test_parts_of_blocks_are_copied_as_they_are_shown() -> None:
    """A part of a line, or of a list, is copied as it stands on the screen, without the bar."""
    app = app_of(said(MARKDOWN))
    async with app.run_test(size=(80, 30)) as pilot:
        line = line_of(app, "A bold word")
        await drag(pilot, Transcript, (4, line), (7, line))
        await pilot.press("y")
        assert app.clipboard == "bold"
        await drag(pilot, Transcript, (0, line + 3), (40, line + 3))
        await pilot.press("y")
        assert app.clipboard == " • two"
        await drag(pilot, Transcript, (40, line + 3), (3, line + 2))
        await pilot.press("y")
        assert app.clipboard == "- one\n- *two*"


async def test_a_selection_reaches_over_turns() -> None:
    """Across turns, words and heads come in their order; what is in a frame comes without it."""
    log = said("First **turn**.")
    log.turn(2, "assistant", "Here:\n<result>\n**It**\n\nand\nmore\n</result>", result="**It**\n\nand\nmore")
    app = app_of(log)
    async with app.run_test(size=(60, 30)) as pilot:
        first, last = line_of(app, "First turn"), line_of(app, "more")
        await drag(pilot, Transcript, (2, first), (3, first + 3), (59, last))
        await pilot.press("y")
        head = "assistant · turn 2 · model-a · 412 tokens · 3.5 s"
        assert app.clipboard == f"First **turn**.\n\n{head}\nHere:\n<result>\n**It**\n\nand\nmore"
        await drag(pilot, Transcript, (4, last - 1), (8, last))
        await pilot.press("y")
        assert app.clipboard == "and\nmore"
        await drag(pilot, Transcript, (5, last - 1), (6, last))
        await pilot.press("y")
        assert app.clipboard == "nd\nmor"


async def test_a_click_and_escape_let_go() -> None:
    """A click on a selection lets go of it and folds nothing; escape and a new width let go too; drawing
    folds nothing."""
    log = Log()
    log.start()
    log.turn(1, "user", "Said.", "Thought aloud.")
    app = app_of(log)
    async with app.run_test(size=(80, 24)) as pilot:
        line = line_of(app, "Said.")
        for let_go in (lambda: pilot.click(Transcript, offset=(4, line)), lambda: pilot.press("escape")):
            await drag(pilot, Transcript, (2, line), (9, line))
            assert reversed_words(app).strip() == "Said."
            await let_go()
            assert reversed_words(app) == ""
            assert "Thought aloud" not in talk(app)
        await drag(pilot, Transcript, (2, line), (9, line))
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert reversed_words(app) == ""
        await pilot.click(Transcript, offset=(4, line))
        assert "Thought aloud" in talk(app)


async def test_a_selection_stays_on_its_words() -> None:
    """While a turn is written below, what is selected stays selected, and nothing moves under the mouse."""
    log = said("One.", "Two.", "Three.")
    log.begin(4, "assistant")
    feed = StillFeed(log.records, draft=Draft(4, "assistant", "turn", "a", "a"))
    app = RunApp(feed, mode="watch")
    async with app.run_test(size=(80, 16)) as pilot:
        line = line_of(app, "Three.")
        await drag(pilot, Transcript, (2, line), (9, line))
        before = shown(app.transcript)
        feed.draft = Draft(4, "assistant", "turn", "a", "many\n\nlines\n\n" * 9)
        app.tick()
        await pilot.pause()
        assert shown(app.transcript)[:8] == before[:8]
        assert reversed_words(app).split()[0] == "Three."
        await pilot.press("G")
        await pilot.press("y")
        assert app.clipboard == "Three."


async def test_past_the_edge_it_scrolls_on(tmp_path: Path) -> None:
    """Drawn past the upper edge, the talk scrolls and the selection goes on, into pages not read."""
    app = screen(written(long_log(400), tmp_path))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("end")
        await pilot.pause()
        top = shown(app.transcript)[0]
        await drag(pilot, app.transcript, (2, 10), *[(2, -1)] * 8)
        assert shown(app.transcript)[8] == top
        await pilot.press("y")
        assert len(app.clipboard.splitlines()) >= 15
        assert top.removeprefix("┃ ") in app.clipboard


async def test_a_lone_surrogate_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be sent is replaced, within tmux too."""
    app = app_of(said("a\ud800b"))
    sent: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setenv("TMUX", "/tmp/tmux")
        line = line_of(app, "a⟨U+D800⟩b")
        await drag(pilot, Transcript, (0, line), (70, line))
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", sent.append)
        await pilot.press("y")
        assert app.clipboard == "a?b"
    assert f"\x1b]52;c;{base64.b64encode(b'a?b').decode()}\x07" in sent

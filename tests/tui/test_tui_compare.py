"""The screen of two runs side by side: every key, every size, foreign words."""

from pathlib import Path

import pytest
from compare_samples import forked, unlike
from run_samples import save
from screen_reading import everything, segments, shown
from test_tui_safety import ACTING, EVIL, hostile_events

from duologue.habits import Habits
from duologue.record import events as ev
from duologue.record.comparison import Comparison, Row, comparison_of, load_side
from duologue.tui.compare import CompareApp
from duologue.tui.compare_view import CompareView, row_lines
from duologue.tui.overlay import Overlay
from duologue.tui.palette import DARK


def seen(app: CompareApp) -> str:
    return "\n".join(shown(app.screen_stack[0].query_one(CompareView)))


def a_fork(runs: Path) -> CompareApp:
    _, fork = forked(runs)
    return CompareApp(comparison_of(runs, (fork,)))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (140, 50), (20, 6)])
async def test_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    """Wide or narrow, it opens with what both have in common, and its end can be reached."""
    app = a_fork(tmp_path)
    async with app.run_test(size=size) as pilot:
        assert "= 2 turns in common" in seen(app)
        await pilot.press("end")
        assert "≠ end" in seen(app) or "stalled:" in seen(app)
        await pilot.press("home")
        assert "= 2 turns in common" in seen(app)


async def test_side_by_side_or_stacked(tmp_path: Path) -> None:
    """From a hundred columns both sides share a line; below, each follows its name."""
    app = a_fork(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        (line,) = [line for line in seen(app).splitlines() if "A frog jumps" in line]
        assert "A toad jumps" in line
        assert "parent · done · 4 turns" in everything(app)
        await pilot.resize_terminal(80, 40)
        await pilot.pause()
        (line,) = [line for line in seen(app).splitlines() if "A frog jumps" in line]
        assert "toad" not in line
        assert "fork:" in seen(app)


def test_words_that_differ_are_marked() -> None:
    """In an aligned turn, only what differs is underlined."""
    lines = row_lines(Row("turn 1", "A frog jumps in.", "A toad jumps in."), 120, DARK, ("a", "b"))
    marked = [seg.text for line in lines[1:] for seg in line if seg.style and seg.style.underline]
    assert marked == ["frog", "toad"]


async def test_the_keys(tmp_path: Path) -> None:
    """By criterion and back, from difference to difference, unfolded and folded, help, and out."""
    app = a_fork(tmp_path)
    async with app.run_test(size=(120, 12)) as pilot:
        await pilot.press("c")
        assert "≠ It has three lines" in seen(app)
        assert "2 turns in common" not in seen(app)
        words = {deed.words for deed in app.offered()}
        assert "by turn" in words
        assert "by criterion" not in words
        await pilot.press("c", "n")
        assert seen(app).lstrip().startswith("≠ turn 3 · user")
        await pilot.press("n")
        assert seen(app).lstrip().startswith("≠ turn 4 · assistant")
        await pilot.press("p")
        assert seen(app).lstrip().startswith("≠ turn 3 · user")
        await pilot.press("p")
        assert any("no earlier difference" in note.message for note in app._notifications)
        await pilot.press("u")
        assert "= turn 1 · user" in seen(app)
        await pilot.press("u", "j", "k", "pagedown", "pageup", "G", "g")
        assert "= 2 turns in common" in seen(app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Overlay)
        assert "to the next difference" in everything(app)  # type: ignore[arg-type]
        await pilot.press("escape", "q")
    assert not app.is_running


async def test_a_theme_repaints(tmp_path: Path) -> None:
    """Another theme has its own colours for what differs."""
    _, fork = forked(tmp_path)
    app = CompareApp(comparison_of(tmp_path, (fork,)), habits=Habits(theme="dark"))
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(CompareView)
        before = {
            seg.style.color for line in view.render_lines(view.size.region) for seg in line if seg.style
        }
        await pilot.press("ctrl+t")
        await pilot.pause()
        after = {seg.style.color for line in view.render_lines(view.size.region) for seg in line if seg.style}
        assert before != after


async def test_a_long_comparison_is_laid_out_where_it_is_looked_at(tmp_path: Path) -> None:
    """Hundreds of rows open at once; only those near the sight are laid out, up to the very end."""
    left, right = unlike(tmp_path)
    comparison = Comparison(load_side(left), load_side(right))
    rows = [Row(f"row {n}", "left words " * (n % 40), "right words " * (n % 30)) for n in range(900)]
    app = CompareApp(comparison)
    async with app.run_test(size=(120, 30)) as pilot:
        view = app.query_one(CompareView)
        view.show(rows)
        await pilot.pause()
        assert len(view._painted) < 60
        await pilot.press("end")
        assert "row 899" in seen(app)
        for _ in range(30):
            await pilot.press("pageup")
        assert len(view._painted) < 400
        await pilot.press("home")
        assert seen(app).lstrip().startswith("= row 0")


async def test_no_foreign_word_acts_in_a_comparison(tmp_path: Path) -> None:
    """Hostile logs are compared as words, by turn and by criterion."""
    records = [
        ev.Record(at, "2026-01-02T03:04:05.000Z", at, event, "")
        for at, event in enumerate(hostile_events(), 1)
        if event.type != EVIL
    ]
    records = [ev.Record(at, each.at, at, each.event, "") for at, each in enumerate(records, 1)]
    left = save(tmp_path / "a\x1b[31m[@click=app.exit]x[", records)
    right, _ = unlike(tmp_path)
    for size in ((160, 60), (60, 60)):
        app = CompareApp(Comparison(load_side(left), load_side(right)))
        async with app.run_test(size=size) as pilot:
            for key in ("u", "c", "n"):
                await pilot.press(key)
                await pilot.pause()
                text = ""
                for words, acts in segments(app):  # type: ignore[arg-type]
                    assert ACTING.search(words) is None, words
                    assert not acts or "app.exit" not in words
                    text += words
                assert "␛" in text
            await pilot.click(CompareView, offset=(10, 4))
            assert app.is_running


def test_a_narrow_screen_says_whose_words_they_are() -> None:
    """Below each other, each side has its sign, as in the head; one that says nothing takes no line more."""
    rows = [Row("turn 3", "only here", "")]
    lines = [strip.text.rstrip() for row in rows for strip in row_lines(row, 60, DARK, ("a", "b"))]
    assert lines == [" ≠ turn 3", " − a:", " only here", " + b: –", ""]

"""The keys at the foot of a screen."""

from pathlib import Path

import pytest
from home_sample import home, settled
from run_samples import run
from screen_reading import shown
from textual.events import AppBlur
from textual.widgets._footer import FooterKey

from duologue.tui.key_line import KeyLine


def foot(line: KeyLine) -> str:
    """What is to be read there."""
    return "".join(text for key in line.query(FooterKey) if key.display for text in shown(key))


@pytest.mark.parametrize("width", [20, 40, 80, 100])
async def test_a_key_is_shown_whole_or_not_at_all(tmp_path: Path, width: int) -> None:
    """Narrow screens show fewer keys and cut none; a terminal that is made wider shows more."""
    run(tmp_path, "a")
    app = home(tmp_path)
    async with app.run_test(size=(width, 12)) as pilot:
        await settled(app, pilot)
        await pilot.pause()
        line = app.query_one(KeyLine)
        keys = [key for key in line.query(FooterKey) if key.display]
        assert keys[0].description == "help"
        assert keys[-1].region.right <= width
        await pilot.resize_terminal(140, 12)
        await pilot.pause()
        assert all(key.display for key in line.query(FooterKey))
        assert "folder" in foot(line)


async def test_the_keys_are_shown_where_another_window_has_the_focus(tmp_path: Path) -> None:
    """A browser's tab that nobody has clicked yet says its keys."""
    run(tmp_path, "a")
    app = home(tmp_path)
    async with app.run_test(size=(80, 12)) as pilot:
        await settled(app, pilot)
        app.post_message(AppBlur())
        await pilot.pause()
        await app.query_one(KeyLine).remove_children()
        app.refresh_bindings()
        await pilot.pause()
        await pilot.pause()
        assert "help" in foot(app.query_one(KeyLine))

"""Going through a screen from within: a key, until it is painted, and the next. Nothing waits for a time."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from textual.app import App
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets._toast import Toast

from duologue.record import events as ev
from duologue.record.follow import Follower
from duologue.record.log import LogWriter
from duologue.tui.app import RunApp
from tests.hostile import runs as samples
from tests.hostile.strings import hostile_strings

WALKED: Final = "=== walked ==="
STRINGS: Final = hostile_strings()[int(os.environ.get("FIRST", "0")) :: int(os.environ.get("EVERY", "1"))]
Walk = Callable[[Pilot[Any]], Awaitable[None]]


def parts(size: int) -> list[str]:
    """All the words, so many of them a text."""
    return [" ".join(STRINGS[at : at + size]) for at in range(0, len(STRINGS), size)]


def walk(app: App[Any], through: Walk) -> None:
    """Show the app, and leave it where the walk ends."""
    ended: list[bool] = []

    async def pilot(pilot: Pilot[Any]) -> None:
        await painted(pilot)
        await through(pilot)
        ended.append(True)
        app.exit()

    app.run(auto_pilot=pilot)
    if ended:
        print(WALKED)


async def painted(pilot: Pilot[Any]) -> None:
    """Wait until what has changed is on the terminal."""
    done = asyncio.Event()
    pilot.app.call_after_refresh(done.set)
    await done.wait()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Keys, each painted before the next."""
    for key in keys:
        await pilot.press(key)
        await painted(pilot)


async def through(pilot: Pilot[Any], widget: Widget) -> None:
    """From where that widget stands to its end, page by page."""
    await pilot.pause()
    await painted(pilot)
    while widget.scroll_offset.y < widget.max_scroll_y:
        widget.scroll_to(y=widget.scroll_offset.y + max(widget.size.height - 2, 1), animate=False)
        await painted(pilot)


async def opened(pilot: Pilot[Any], kind: type[Screen[Any]]) -> VerticalScroll:
    """What is scrolled in that dialog, once it is open."""
    while not isinstance(pilot.app.screen, kind):
        await pilot.pause()
    return pilot.app.screen.query_one(VerticalScroll)


async def overlaid(pilot: Pilot[Any], *keys: str) -> None:
    """Open what is above the screen, go through it, and close it."""
    await press(pilot, *keys)
    for frame in pilot.app.screen.query(VerticalScroll):
        await through(pilot, frame)
    await press(pilot, "escape")


async def told(pilot: Pilot[Any]) -> None:
    """Wait until a notice is on the terminal, and take it off: it would be drawn with each that follows."""
    while not pilot.app.screen.query(Toast):
        await pilot.pause()
    await painted(pilot)
    pilot.app.clear_notifications()
    while pilot.app.screen.query(Toast):
        await pilot.pause()


def ask(folder: Path, event: ev.Event, walked: Walk) -> None:
    """Walk through the screen of a run that asks this."""
    with LogWriter.create(folder) as log:
        log.append(samples.started(STRINGS[:100]))
        log.append(event)
        walk(watched(folder), walked)


def watched(folder: Path) -> RunApp:
    """The screen of a run that goes on."""
    return RunApp(Follower(folder), mode="watch", title=folder.name, folder=folder)

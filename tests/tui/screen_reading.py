"""Reading a screen as text."""

from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.events import MouseMove
from textual.pilot import Pilot
from textual.widget import Widget

from duologue.tui.transcript import Transcript


def shown(widget: Widget) -> list[str]:
    """The lines that the widget shows."""
    return [strip.text.rstrip() for strip in widget.render_lines(widget.outer_size.region)]


def talk(app: App[str | None]) -> str:
    """What is in sight of the talk."""
    return "\n".join(shown(app.screen_stack[0].query_one(Transcript)))


def everything(app: App[str | None]) -> str:
    """All that the topmost screen shows."""
    return "\n".join(line for widget in _widgets(app) for line in shown(widget))


def segments(app: App[str | None]) -> Iterator[tuple[str, bool]]:
    """Every stretch of text on the topmost screen, and whether it carries an action or a link."""
    for widget in _widgets(app):
        for strip in widget.render_lines(widget.outer_size.region):
            for text, style, _control in strip:
                yield text, bool(style and (style.link or style.meta.get("@click")))


def _widgets(app: App[str | None]) -> Iterator[Widget]:
    for widget in app.screen.query(Widget):
        if widget.display and (isinstance(widget, Transcript) or not widget.is_scrollable):
            yield widget


async def drag(pilot: Pilot[Any], widget: Widget | type[Widget], *places: tuple[int, int]) -> None:
    """Press the button at the first place, draw the mouse over the others, let go at the last."""
    await pilot.mouse_down(widget, offset=places[0])
    for place in places[1:]:
        await pilot._post_mouse_events([MouseMove], widget, offset=place, button=1)
    await pilot.mouse_up(widget, offset=places[-1])
    await pilot.pause()

"""The panel at the right: criteria and budget."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from duologue.record.view import RunView
from duologue.tui.cells import sparkline
from duologue.tui.criteria import criteria_list, met
from duologue.tui.meters import meter_bars, role_lines
from duologue.tui.palette import Palette
from duologue.tui.strips import signed, words

_BARS: Final = 16
_TASKS: Final = {"open": "☐", "done": "☑", "dropped": "☒"}


class Sidebar(VerticalScroll, can_focus=False):
    """Shows criteria and budget one above the other; scrolls by the wheel where they are long."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Sidebar { width: 34; padding: 0 1; border-left: solid $panel; scrollbar-size-vertical: 1; }
    Sidebar Static { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._static = Static(markup=False)
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """One static text."""
        yield self._static

    def show(self, view: RunView, elapsed_s: float, palette: Palette, course: list[int]) -> None:
        """Show how the run stands, and how many criteria were met in the course of it; nothing is drawn where
        that is as before."""
        states = tuple((known.criterion, known.state) for known in view.criteria.values())
        budget = meter_bars(view, elapsed_s, palette)
        shown = (states, budget.plain, palette, course, view.plan)
        if shown == self._shown:
            return
        self._shown = shown
        self._static.update(
            Group(
                Text(f"criteria {met(view)} ", style=palette.strong).append(
                    sparkline(course, len(view.criteria), _BARS), palette.good
                ),
                criteria_list(view, palette),
                Text(),
                budget,
                role_lines(view, palette),
                *_plan(view, palette),
            )
        )


def _plan(view: RunView, palette: Palette) -> Iterator[RenderableType]:
    """The user agent's plan, a task a line; nothing where it has none."""
    if view.plan:
        yield Text("\nplan", style=palette.strong)
    for task in view.plan:
        style = {"open": Style(), "done": palette.good, "dropped": palette.faint}[task.state]
        yield signed(_TASKS[task.state], style, words(task.text, style if task.state == "dropped" else ""))

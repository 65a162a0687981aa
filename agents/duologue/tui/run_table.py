"""The saved runs, one under another: draws only those in sight, however many there are."""

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from duologue.record.runs import RunSummary
from duologue.tui.keymap import named
from duologue.tui.run_line import WIDE, run_lines
from duologue.tui.strips import paint
from duologue.tui.themes import palette_of


class RunTable(ScrollView, can_focus=True, inherit_bindings=False):
    """The list, with a place in it and marks, both kept by the run's folder and not by its line."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    RunTable { width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("up,k", "move(-1)", "Up", show=False),
            Binding("down,j", "move(1)", "Down", show=False),
            Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
            Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
            Binding("home,ctrl+home,g", "go_to(0)", "Top", show=False),
            Binding("end,ctrl+end,G", "go_to(-1)", "Bottom", show=False),
        ],
        "scroll_",
    )

    class Chosen(Message):
        """The run in place was asked for by the mouse."""

    class Moved(Message):
        """Another run is in place."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunSummary] = []
        self.marks: list[Path] = []
        self.touched = False
        self._at = 0

    @property
    def current(self) -> RunSummary | None:
        """The run in place, or None in an empty list."""
        return self.runs[self._at] if self.runs else None

    @property
    def _wide(self) -> int:
        """Columns beside the scrollbar."""
        return max(self.size.width - self.scrollbar_size_vertical, 1)

    @property
    def _high(self) -> int:
        """Lines a run."""
        return 1 if self._wide >= WIDE else 2

    def show(self, runs: list[RunSummary], place: Path | None = None) -> None:
        """Show these; the run in place stays it, or the one that took its line."""
        place = place or (self.current.path if self.current else None)
        self.runs = runs
        at = next((at for at, run in enumerate(runs) if run.path == place), min(self._at, len(runs) - 1))
        self._at = max(at, 0)
        self._arrange()

    def mark(self, path: Path, most: int) -> None:
        """Mark the run, or take its mark off; of more than `most` the oldest mark goes."""
        kept = [mark for mark in self.marks if mark != path]
        self.marks = kept if path in self.marks else [*kept, path][-most:]
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """Lay out anew."""
        self._arrange()

    def _arrange(self) -> None:
        self.virtual_size = Size(self._wide, len(self.runs) * self._high)
        self._show_place()
        self.refresh()

    def _show_place(self) -> None:
        region = Region(0, self._at * self._high, self._wide, self._high)
        self.scroll_to_region(region, animate=False, force=True)
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """The line at that place of the sight."""
        width = self._wide
        at, line = divmod(self.scroll_offset.y + y, self._high)
        if at >= len(self.runs):
            return Strip.blank(width, self.rich_style)
        run, palette = self.runs[at], palette_of(self.app.current_theme)
        text = run_lines(run, width, palette, marked=run.path in self.marks)[line]
        if at == self._at:
            # Where nothing has the focus, as in a browser that was not clicked, keys will come to this list.
            elsewhere = self.screen.focused not in (self, None)
            text = Text(text.plain, style="underline" if elsewhere else "reverse", no_wrap=True, end="")
            text.pad_right(max(width - text.cell_len, 0))
        (strip,) = paint(text, width)[:1] or [Strip.blank(0)]
        return strip.crop_extend(0, width, None).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Go to the run under the mouse; a second click opens it."""
        at = (self.scroll_offset.y + event.y) // self._high
        if at < len(self.runs):
            self.touched = True
            again, self._at = at == self._at and event.chain > 1, at
            self._show_place()
            self.refresh()
            if again:
                self.post_message(self.Chosen())

    def action_move(self, by: int) -> None:
        """Go on by so many runs."""
        self.touched = True
        self._at = max(0, min(self._at + by, len(self.runs) - 1))
        self._show_place()
        self.refresh()

    def action_page(self, by: int) -> None:
        """Go on by a page, keeping one run in sight."""
        self.action_move(by * max(self.size.height // self._high - 1, 1))

    def action_go_to(self, at: int) -> None:
        """Go to the first run (0), or the last (-1)."""
        self.action_move(len(self.runs) if at < 0 else -len(self.runs))

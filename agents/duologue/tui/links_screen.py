"""The links of a turn, to be opened by a key."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.display import one_line
from duologue.tui.keymap import helped, hint, named
from duologue.tui.links import Link
from duologue.tui.palette import Palette

_MOST_SHOWN: Final = 400


class LinksScreen(ModalScreen[Link | None]):
    """The link that was chosen, or None. `deed` says what is done with it."""

    DEFAULT_CSS = """
    LinksScreen { align: center middle; }
    LinksScreen VerticalScroll {
        width: 90%; max-width: 84; height: auto; max-height: 90%;
        border: round $primary; padding: 0 1; background: $surface; scrollbar-size-vertical: 1;
    }
    LinksScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("escape,q,o", "dismiss", "close"),
            Binding("up,k", "move(-1)", "choose the one before", id="choose_previous", priority=True),
            Binding("down,j,tab", "move(1)", "choose the next", id="choose_next", priority=True),
            Binding("enter", "choose", "open it", id="choose", priority=True),
            helped(),
        ],
        scope="links",
    )

    def __init__(self, links: Sequence[Link], palette: Palette, deed: str) -> None:
        super().__init__()
        self._links = links
        self._palette = palette
        self._deed = deed
        self._chosen = 0

    def compose(self) -> ComposeResult:
        """A link a row, in a frame that tells the keys."""
        frame = VerticalScroll(*(Static(classes="link", markup=False) for _ in self._links))
        yield frame

    def on_mount(self) -> None:
        """Show them, with the keys."""
        frame = self.query_one(VerticalScroll)
        frame.border_title = "links"
        frame.border_subtitle = hint(
            self, f"{{choose}} {self._deed} · {{close}} closes", "{choose} take · {close}"
        )
        self._show()

    def _show(self) -> None:
        rows = list(self.query(".link").results(Static))
        for at, (row, link) in enumerate(zip(rows, self._links, strict=True)):
            row.update(self._shown(link, chosen=at == self._chosen))
        if rows:
            rows[self._chosen].scroll_visible(animate=False)

    def _shown(self, link: Link, *, chosen: bool) -> RenderableType:
        return Group(*self._lines(link, chosen=chosen), Text())

    def _lines(self, link: Link, *, chosen: bool) -> Iterator[Text]:
        palette = self._palette
        name = one_line(link.host, _MOST_SHOWN) if link.url is not None else "not opened"
        head = Text("▸ " if chosen else "  ")
        head.append(name, (palette.strong if link.url else palette.bad) + Style(reverse=chosen))
        yield head
        if link.words != link.address:
            yield Text(f"    “{one_line(link.words, _MOST_SHOWN)}”")
        yield Text(f"    {one_line(link.address, _MOST_SHOWN)}", palette.faint)
        for warning in link.warnings:
            yield Text(f"    ⚠ {one_line(warning, _MOST_SHOWN)}", palette.warn)

    def action_move(self, by: int) -> None:
        """Choose the next or the previous link."""
        if self._links:
            self._chosen = (self._chosen + by) % len(self._links)
            self._show()

    def action_choose(self) -> None:
        """Close with the link."""
        self.dismiss(self._links[self._chosen] if self._links else None)

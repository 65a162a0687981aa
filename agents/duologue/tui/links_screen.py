"""The links of a turn, to be opened by a key."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from duologue.display import one_line
from duologue.tui.choice import ChoiceScreen, choosing
from duologue.tui.links import Link
from duologue.tui.palette import Palette

_MOST_SHOWN: Final = 400


class LinksScreen(ChoiceScreen[Link]):
    """The links, of which one is chosen; `deed` says what is done with it."""

    BINDINGS: ClassVar[list[BindingType]] = choosing("links", "o", "open it")

    def __init__(self, links: Sequence[Link], palette: Palette, deed: str) -> None:
        super().__init__(links)
        self._palette = palette
        self._deed = deed

    def compose(self) -> ComposeResult:
        """A link a row, in a frame that tells the keys."""
        frame = VerticalScroll(*(Static(classes="link", markup=False) for _ in self.given))
        yield frame

    def on_mount(self) -> None:
        """Show them, with the keys."""
        self.tell("links", self._deed, "take")
        self.show()

    def show(self) -> None:
        """Show them anew, the chosen one in sight."""
        rows = list(self.query(".link").results(Static))
        for at, (row, link) in enumerate(zip(rows, self.given, strict=True)):
            row.update(self._shown(link, chosen=at == self.chosen))
        if rows:
            rows[self.chosen].scroll_visible(animate=False)

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

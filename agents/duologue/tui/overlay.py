"""A text above the screen, closed by any of the keys that one would try."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.tui.frame import text_frame
from duologue.tui.keymap import hint, named

Then = Callable[[], None]


class Overlay(ModalScreen[None]):
    """Shows a text that can be scrolled. `keys` close it besides escape and q, and so do those of `then`,
    which do something after."""

    DEFAULT_CSS = text_frame("Overlay")
    BINDINGS: ClassVar[list[BindingType]] = named(
        [Binding("escape,q,enter", "dismiss", "close")], scope="text"
    )

    def __init__(
        self,
        title: str,
        text: RenderableType,
        keys: str = "",
        then: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        super().__init__()
        self._then = then or {}
        for key in self._then:
            self._bindings.bind(key, f"then('{key}')")
        self._title, self._text = title, text
        if keys:
            self._bindings.bind(keys, "dismiss")

    def on_mount(self) -> None:
        """Say how it is closed."""
        self.query_one(VerticalScroll).border_subtitle = hint(self, "{close} closes", "{close}")

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        frame = VerticalScroll(Static(self._text, markup=False))
        frame.border_title = self._title
        yield frame

    def action_then(self, key: str) -> None:
        """Close, and do what the key stands for."""
        self.dismiss(None)
        self.app.call_later(self._then[key])

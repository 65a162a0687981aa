"""Where the person writes: one line."""

from textual import events
from textual.widgets import Input

from duologue.tui.typed import pasted, typed


class Line(Input):
    """A field of one line, without a frame of its own. What comes in is safe."""

    DEFAULT_CSS = "Line, Line:focus { border: none; height: 1; padding: 0; }"

    def on_mount(self) -> None:
        """Stand still."""
        self.cursor_blink = False

    def on_key(self, event: events.Key) -> None:
        """Take a character."""
        if (text := typed(event, self._before)) is not None:
            self.replace(text, *self.selection)

    def on_paste(self, event: events.Paste) -> None:
        """Have the first line come in."""
        event.text = pasted(event, self._before)

    @property
    def _before(self) -> str:
        return self.value[: min(self.selection)]

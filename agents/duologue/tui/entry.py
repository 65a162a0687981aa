"""Where the person writes: several lines."""

from textual import events
from textual.widgets import TextArea

from duologue.tui.typed import pasted, typed


class Entry(TextArea):
    """A field of several lines, whose keys for more than writing are those of the dialog around it.

    What comes in is safe: it is shown as it is sent.
    """

    DEFAULT_CSS = """
    Entry, Entry:focus {
        border: none; padding: 0; height: auto; min-height: 1; max-height: 8; background: $boost;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    def new_line(self) -> None:
        """Begin a line."""
        self.replace("\n", *self.selection)

    def on_key(self, event: events.Key) -> None:
        """Take a character, also one that was typed before the field had the focus."""
        if (text := typed(event, self._before)) is not None:
            self.replace(text, *self.selection)

    def on_paste(self, event: events.Paste) -> None:
        """Take a text."""
        event.stop()
        event.prevent_default()
        self.replace(pasted(event, self._before), *self.selection)

    @property
    def _before(self) -> str:
        row, column = min(self.selection)
        return self.document[row][:column]

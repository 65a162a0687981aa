"""Where the person writes: several lines."""

from textual import events
from textual.widgets import TextArea

from duologue.display import display_safe


class Entry(TextArea):
    """A field of several lines, whose keys for more than writing are those of the dialog around it.

    What is pasted is made safe as it comes in: it is shown as it is sent, and nothing in it acts.
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

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(display_safe(event.text.replace("\r\n", "\n").replace("\r", "\n")), *self.selection)

"""Where the person writes: several lines, sent with enter."""

from typing import Final

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from duologue.display import display_safe

NEW_LINE_KEYS: Final = ("ctrl+j", "shift+enter", "alt+enter")


class Entry(TextArea):
    """A field of several lines. Enter posts `Sent`, tab `Turned`; ctrl+j begins a line.

    What is pasted is made safe as it comes in: it is shown as it is sent, and nothing in it acts.
    """

    DEFAULT_CSS = """
    Entry, Entry:focus {
        border: none; padding: 0; height: auto; min-height: 1; max-height: 8; background: $boost;
        scrollbar-size-vertical: 1;
    }
    """

    class Sent(Message):
        """The person is done."""

    class Turned(Message):
        """The person wants another choice than the one shown."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        # Textual calls the base class's own handler after this one, unless it is told not to.
        if event.key == "enter":
            self.post_message(self.Sent())
        elif event.key == "tab":
            self.post_message(self.Turned())
        elif event.key in NEW_LINE_KEYS:
            self.replace("\n", *self.selection)
        else:
            return
        event.stop()
        event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(display_safe(event.text.replace("\r\n", "\n").replace("\r", "\n")), *self.selection)

"""The palette of every action."""

from textual.app import ComposeResult
from textual.command import CommandInput, CommandPalette

from duologue.tui.line import Line


class Wanted(CommandInput, Line):
    """Where its words are typed."""


class Commands(CommandPalette):
    """Textual's, with a field of ours, and in a few lines nothing but the field and what answers to it."""

    DEFAULT_CSS = """
    Commands.-low > Vertical { margin-top: 0; border: none; }
    Commands.-low #--input, Commands.-low CommandInput, Commands.-low CommandList { border: none; }
    Commands.-low SearchIcon { display: none; }
    Commands.-low CommandList { max-height: 80vh; }
    """

    def compose(self) -> ComposeResult:
        """Textual's parts."""
        for part in super().compose():
            own = isinstance(part, CommandInput)
            yield Wanted(placeholder=self._placeholder, select_on_focus=False) if own else part

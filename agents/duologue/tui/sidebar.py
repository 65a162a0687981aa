"""The panel at the right: criteria and budget."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static


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
        self._shown = Text()

    def compose(self) -> ComposeResult:
        """One static text."""
        yield self._static

    def show(self, met: str, criteria: Text, budget: Text) -> None:
        """Show these texts; nothing is drawn where they are the same as before."""
        title = f"criteria {met}"
        text = Text.assemble((title, "bold"), "\n", criteria, "\n\n", ("budget", "bold"), "\n", budget)
        if text != self._shown or text.spans != self._shown.spans:
            self._shown = text
            self._static.update(text)

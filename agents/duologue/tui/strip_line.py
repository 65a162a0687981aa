"""The one line that stands for the panel where the screen is narrow."""

from rich.text import Text
from textual.widgets import Static


class StripLine(Static):
    """Shows criteria and budget in one line, cut at the right."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    StripLine { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown = Text()

    def show(self, text: Text) -> None:
        """Show this text; nothing is drawn where it is the same as before."""
        if text != self._shown or text.spans != self._shown.spans:
            self._shown = text
            self.update(text)

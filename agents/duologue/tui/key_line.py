"""The keys at the foot of a screen: as many as there is room for, each whole."""

from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_BESIDE: Final = 3
"""Columns around a key and its word."""


class KeyLine(Footer):
    """Shows the keys in their order, the most useful first; those for which there is no room are left out."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys that the screen has now."""
        keys = list(super().compose())
        self._fit(keys)
        yield from keys

    def on_resize(self, _event: events.Resize) -> None:
        """Show those for which there is room now."""
        self._fit(self.children)

    def _fit(self, keys: Iterable[Widget]) -> None:
        room = self.app.size.width
        for key in keys:
            if isinstance(key, FooterKey):
                wide = cell_len(key.key_display) + cell_len(key.description) + _BESIDE
                key.display = wide <= room
                room -= wide if key.display else 0

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Show the keys anew, also where another window has the focus: a browser's tab may be seen there.
        Below a dialog they stay as they were."""
        self._bindings_ready = True
        if self.is_attached and screen is self.screen:
            self.call_after_refresh(self._renew)

    async def _renew(self) -> None:
        if self.is_attached and self.app.screen is self.screen:
            await self.recompose()

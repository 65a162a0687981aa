"""A list from which one is chosen by a key."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from duologue.tui.frame import text_frame
from duologue.tui.keymap import helped, hint, named

T = TypeVar("T")


def choosing(scope: str, key: str, deed: str) -> list[BindingType]:
    """The keys of such a list, which that `key` closes too; `deed` is what is done with the chosen one."""
    return named(
        [
            Binding(f"escape,q,{key}", "dismiss", "close"),
            Binding("up,k", "move(-1)", "choose the one before", id="choose_previous", priority=True),
            Binding("down,j,tab", "move(1)", "choose the next", id="choose_next", priority=True),
            Binding("enter", "choose", deed, id="choose", priority=True),
            helped(),
        ],
        scope=scope,
    )


class ChoiceScreen(ModalScreen[T | None], Generic[T]):
    """The one that was chosen of those that are given, or None."""

    DEFAULT_CSS = text_frame("ChoiceScreen")

    def __init__(self, given: Sequence[T]) -> None:
        super().__init__()
        self.given = given
        self.chosen = 0

    def tell(self, title: str, deed: str, short: str) -> None:
        """Say what is listed, and which keys do what with it, in few words where there is little room."""
        frame = self.query_one(VerticalScroll)
        frame.border_title = title
        frame.border_subtitle = hint(
            self, f"{{choose}} {deed} · {{close}} closes", f"{{choose}} {short} · {{close}}"
        )

    def show(self) -> None:
        """Show which one is chosen."""
        raise NotImplementedError

    def action_move(self, by: int) -> None:
        """Choose the next or the previous one."""
        if self.given:
            self.chosen = (self.chosen + by) % len(self.given)
            self.show()

    def action_choose(self) -> None:
        """Close with the chosen one."""
        self.dismiss(self.given[self.chosen] if self.given else None)

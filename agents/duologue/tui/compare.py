"""The screen of two runs side by side."""

from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from duologue.display import one_line
from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.comparison import By, Comparison
from duologue.tui.compare_view import SIGNS, WIDE, CompareView
from duologue.tui.dressed import DressedApp
from duologue.tui.help_table import help_table
from duologue.tui.key_line import KeyLine
from duologue.tui.keymap import named
from duologue.tui.overlay import Overlay

_MEANINGS: Final = {
    "by_criterion": "by turn, or by criterion",
    "next_difference": "to the next difference",
    "previous_difference": "to the difference before",
    "unfold": "show or fold the turns that both have in common, and those of one alone at the end",
    "theme": "other colours",
    "commands": "every action by its name",
    "help": "this help",
    "quit": "leave",
}


class CompareApp(DressedApp[None]):
    """Shows two runs, aligned by turn or by criterion, with what differs marked."""

    PARTS = (CompareView,)
    CSS = """
    #sides { height: auto; padding: 0 1; background: $panel; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("question_mark,h,f1", "help", "help", key_display="?"),
            Binding("q,escape", "quit", "quit", key_display="q"),
            Binding("c", "by('criterion')", "by criterion", id="by_criterion"),
            Binding("c", "by('turn')", "by turn", id="by_criterion"),
            Binding("n", "difference(1)", "next difference"),
            Binding("u", "unfold", "unfold"),
            Binding("p", "difference(-1)", "previous difference"),
            Binding("ctrl+c", "quit", "quit", show=False, priority=True),
        ]
    )

    def __init__(self, comparison: Comparison, by: By = "turn", habits: Habits = PLAIN_HABITS) -> None:
        super().__init__(habits)
        self.animation_level = "none"
        self._comparison = comparison
        self._by: By = by
        self._fold = True

    def compose(self) -> ComposeResult:
        """Both runs in a line each, what differs, the keys."""
        yield Static(id="sides", markup=False)
        yield CompareView((self._comparison.left.name, self._comparison.right.name))
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the runs by turn."""
        self.query_one(CompareView).focus()
        self._show()

    def on_resize(self) -> None:
        """Fit the head to the width."""
        self.call_after_refresh(self._tell)

    def _show(self) -> None:
        rows = self._comparison.rows(self._by, folded=self._fold, tail=not self._fold)
        self.query_one(CompareView).show(rows)
        self._tell()

    def _tell(self) -> None:
        width = max(self.size.width - 2, 1)
        sides = zip(SIGNS, (self._comparison.left, self._comparison.right), strict=True)
        left, right = (f"{sign} {side.name} · {side.facts}" for sign, side in sides)
        if width + 2 < WIDE:
            head = Text("\n").join([Text(one_line(left, width)), Text(one_line(right, width))])
        else:
            half = (width - 3) // 2
            head = Text(one_line(left, half), no_wrap=True)
            head.pad_right(half - head.cell_len)
            head.append(" │ ").append(one_line(right, half))
        head.stylize("bold")
        self.screen_stack[0].query_one("#sides", Static).update(head)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the other way of comparing."""
        if action == "by" and parameters == (self._by,):
            return False
        return super().check_action(action, parameters)

    def action_by(self, by: By) -> None:
        """By criterion, or by turn again."""
        self._by = by
        self._show()
        self.refresh_bindings()

    def action_difference(self, by: int) -> None:
        """Go to the next difference (1), or the one before (-1)."""
        if not self.query_one(CompareView).to_difference(by):
            said = "There is no further difference." if by > 0 else "There is no earlier difference."
            self.notify(said, timeout=2)

    def action_unfold(self) -> None:
        """Show what both have in common and what one alone goes on with, or fold it."""
        self._fold = not self._fold
        self._show()

    def action_help(self) -> None:
        """Show the keys."""
        keys = [(deed.name, deed.keys) for deed in self.offered()]
        text = help_table(keys, _MEANINGS, [("↑ ↓ PgUp PgDn", "scroll both")])
        self.push_screen(Overlay("keys", text, ",".join(self.keys_of("help"))))

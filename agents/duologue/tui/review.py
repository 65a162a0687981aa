"""Going over proposed criteria before anything is paid for: each can be changed, dropped, added to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.display import display_safe
from duologue.record.control import Approve, Deny
from duologue.record.parts import Criterion
from duologue.tui.keymap import helped, hint, named
from duologue.tui.room import is_low
from duologue.tui.write import Drafts, WriteScreen, Written

_KEYS: Final = (
    "{approve} approve · {deny} only what was given · {choose_previous} {choose_next} choose · "
    "{change} change · {drop} drop · {add_criterion} add · {close} later"
)
_FEW: Final = "{approve} approve · {close} later · {help} keys"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One criterion as the person would have it; `text` with its weight in front, where it has one."""

    text: str
    checked: bool = False
    dropped: bool = False


@dataclass(slots=True)
class Kept:
    """What was changed, and what was being written, as a review was put off; `proposals` is empty before."""

    proposals: list[Proposal] = field(default_factory=list)
    texts: Drafts = field(default_factory=dict)


_Change = Callable[[Proposal], Proposal | None]


class ReviewScreen(ModalScreen[Approve | Deny | None]):
    """The person's answer to the criteria, None where they answer later. The mouse answers nothing,
    and neither does a key in the first `guard_s` seconds; then it is `armed`."""

    DEFAULT_CSS = """
    ReviewScreen { align: center middle; }
    ReviewScreen Vertical {
        width: 95%; max-width: 100; height: auto; max-height: 100%;
        border: round $warning; padding: 0 1; background: $surface;
    }
    ReviewScreen VerticalScroll { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    ReviewScreen Static { height: auto; }
    ReviewScreen #keys { dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("up,k", "move(-1)", "choose the one before", id="choose_previous"),
            Binding("down,j", "move(1)", "choose the next", id="choose_next"),
            Binding("enter,e", "change", "change it; a weight stands in front, as weight=2:", id="change"),
            Binding("d,delete", "drop", "do without it, or take it back in", id="drop"),
            Binding("a", "add", "add a criterion", id="add_criterion"),
            Binding("y", "approve", "approve", id="approve"),
            Binding("n", "deny", "only what was given, not what was read out of the goal", id="deny"),
            Binding("escape,q", "later", "later; what was changed is kept", id="close"),
            helped(),
        ],
        scope="review",
    )

    def __init__(self, criteria: Sequence[Criterion], guard_s: float = 0.0, kept: Kept | None = None) -> None:
        super().__init__()
        self._kept = Kept() if kept is None else kept
        self._guard_s = guard_s
        self.armed = guard_s <= 0
        self._before = [_proposal(criterion) for criterion in criteria]
        self._now = list(self._kept.proposals or self._before)
        self._place = 0
        self._list = VerticalScroll(can_focus=False)
        self._keys = Static(id="keys", markup=False)

    def compose(self) -> ComposeResult:
        """The criteria, and the keys."""
        with Vertical() as frame:
            frame.border_title = "criteria: do they hold?"
            with self._list:
                yield from (Static(markup=False) for _ in self._now)
            yield self._keys

    def on_mount(self) -> None:
        """Show them."""
        self._show()
        if not self.armed:
            self.set_timer(self._guard_s, self._arm)

    def _arm(self) -> None:
        self.armed = True

    def _show(self, said: str = "") -> None:
        rows = list(self._list.query(Static))
        for place, (row, proposal) in enumerate(zip(rows, self._now, strict=False)):
            row.update(_line(proposal, chosen=place == self._place))
        if rows:
            rows[min(self._place, len(rows) - 1)].scroll_visible(animate=False)
        self._keys.update(said or hint(self, _FEW if is_low(self) else _KEYS))

    def action_move(self, by: int) -> None:
        """Choose another."""
        self._place = (self._place + by) % max(len(self._now), 1)
        self._show()

    def action_drop(self) -> None:
        """Do without the chosen one, or take it back in."""
        self._alter(lambda chosen: replace(chosen, dropped=not chosen.dropped))

    def action_change(self) -> None:
        """Write the chosen one anew."""
        self._alter(self._rewrite)

    def _alter(self, change: _Change) -> None:
        if not self._now:
            return
        chosen = self._now[self._place]
        if chosen.checked:
            self._show("A program decides this one: it stays as it is.")
            return
        altered = change(chosen)
        if altered is not None:
            self._now[self._place] = altered
        self._show()

    def _rewrite(self, chosen: Proposal) -> None:
        place = self._place

        def take(written: Written | None) -> None:
            if written is not None:
                same = written.text == display_safe(chosen.text).strip()
                self._now[place] = Proposal(chosen.text if same else written.text)
                self._show()

        text = display_safe(chosen.text)
        draft = f"change {place}"
        screen = WriteScreen(
            "change", deed="keep", text=text, needed=_NEEDED, drafts=self._kept.texts, draft=draft
        )
        self.app.push_screen(screen, take)

    def action_add(self) -> None:
        """Write a further one."""
        screen = WriteScreen("add a criterion", deed="add", needed=_NEEDED, drafts=self._kept.texts)
        self.app.push_screen(screen, self._add)

    async def _add(self, written: Written | None) -> None:
        if written is not None:
            self._now.append(Proposal(written.text))
            self._place = len(self._now) - 1
            await self._list.mount(Static(markup=False))
            self._show()

    def action_later(self) -> None:
        """Close without an answer; what was changed is there again when the review is."""
        self._kept.proposals = self._now
        self.dismiss(None)

    def action_approve(self) -> None:
        """Close with the criteria: as proposed where nothing was changed."""
        if not self.armed:
            return
        if self._now == self._before:
            self.dismiss(Approve())
        else:
            kept = [each.text for each in self._now if not each.dropped and not each.checked]
            self.dismiss(Approve(criteria=kept))

    def action_deny(self) -> None:
        """Close without what a model has read out of the goal."""
        if self.armed:
            self.dismiss(Deny())


_NEEDED: Final = "A criterion needs words; d drops one."


def _proposal(criterion: Criterion) -> Proposal:
    weight = "" if criterion.weight == 1 else f"weight={criterion.weight:g}: "
    return Proposal(weight + criterion.text, checked=criterion.kind == "checked")


def _line(proposal: Proposal, *, chosen: bool) -> Text:
    style = "strike dim" if proposal.dropped else "bold" if chosen else ""
    line = Text("▸ " if chosen else "  ").append(display_safe(proposal.text), style)
    if proposal.checked:
        line.append(" (check)", "dim")
    return line.append(" (dropped)", "dim") if proposal.dropped else line

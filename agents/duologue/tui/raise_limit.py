"""Setting a limit of the budget anew, beside what is spent of it."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from duologue.record.control import Raisable, RaiseLimit
from duologue.tui.keymap import helped, hint, named
from duologue.tui.meters import Meter
from duologue.tui.room import is_low

_KEYS: Final = "{choose_previous} {choose_next} choose · {choose} set · {close} cancel"
_MOST_CHARACTERS: Final = 12
_UNITS: Final = {"k": 1e3, "m": 1e6}
_WHOLE: Final = ("turns", "tokens")
_REFRESH_S: Final = 0.5
LIMITS: Final[tuple[Raisable, ...]] = ("turns", "tokens", "minutes", "cost")


class RaiseLimitScreen(ModalScreen[RaiseLimit | None]):
    """A limit with its new value, or None. `meters` tells how the budget stands now.

    The screen takes the characters itself: a field would miss those typed before it has the focus.
    """

    DEFAULT_CSS = """
    RaiseLimitScreen { align: center bottom; }
    RaiseLimitScreen Static {
        width: 100%; max-width: 60; height: auto;
        border: round $primary; border-title-align: left; padding: 0 1; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("down,tab,j", "move(1)", "choose the next", id="choose_next"),
            Binding("up,shift+tab", "move(-1)", "choose the one before", id="choose_previous"),
            Binding("enter", "set", "set it", id="choose"),
            Binding("backspace", "erase", "take back a character", id="erase"),
            Binding("escape,q", "dismiss", "cancel", id="close"),
            helped(),
        ],
        scope="raise",
    )

    def __init__(self, meters: Callable[[], Sequence[Meter]]) -> None:
        super().__init__()
        self._meters = meters
        self._place, self._typed, self._refusal = 0, "", ""
        self._box = Static(markup=False)
        self._box.border_title = "set a limit"

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._box

    def on_mount(self) -> None:
        """Keep what is spent up to date."""
        self._show()
        self.set_interval(_REFRESH_S, self._show)

    def _show(self) -> None:
        known = {meter.name: meter for meter in self._meters()}
        lines = Text()
        for place, name in enumerate(LIMITS):
            if place != self._place and is_low(self):
                continue
            lines.append(_row(name, known.get(name), chosen=place == self._place))
            if place == self._place:
                lines.append(f" → {self._typed}▌", "bold")
            lines.append("\n")
        lines.append(self._refusal or hint(self, _KEYS), "" if self._refusal else "dim")
        self._box.update(lines)

    def on_key(self, event: events.Key) -> None:
        """Take a character of a number."""
        if event.character is not None and event.character.lower() in "0123456789.km":
            event.stop()
            self._type((self._typed + event.character)[:_MOST_CHARACTERS])

    def _type(self, typed: str) -> None:
        self._typed, self._refusal = typed, ""
        self._show()

    def action_erase(self) -> None:
        """Take the last character back."""
        self._type(self._typed[:-1])

    def action_move(self, by: int) -> None:
        """Choose another limit."""
        self._place = (self._place + by) % len(LIMITS)
        self._type("")

    def action_set(self) -> None:
        """Close with the limit, or say what is wrong with it."""
        name = LIMITS[self._place]
        meter = next((each for each in self._meters() if each.name == name), None)
        value = number(self._typed)
        self._refusal = _refusal(name, value, meter)
        if value is None or self._refusal:
            self._show()
        else:
            self.dismiss(RaiseLimit(limit=name, value=value))


def number(typed: str) -> float | None:
    """The number that was typed, with k and m for thousands and millions; None where it is none."""
    factor = _UNITS.get(typed[-1:].lower(), 1.0)
    try:
        return float(typed[:-1] if typed[-1:].lower() in _UNITS else typed) * factor
    except ValueError:
        return None


def _row(name: str, meter: Meter | None, *, chosen: bool) -> str:
    spent = f"{meter.used} spent" if meter else ""
    limit = f" of {meter.show(meter.limit)}" if meter and meter.limit is not None else ", no limit"
    return f"{'▸' if chosen else ' '} {name:<7} {spent}{limit if meter else 'no limit'}"


def _refusal(name: Raisable, value: float | None, meter: Meter | None) -> str:
    if value is None:
        return f"Type a number of {'dollars' if name == 'cost' else name}, as in 60, 1.5 or 200k."
    if name in _WHOLE and value != int(value):
        return f"A number of {name} is whole."
    if value <= 0 or (meter is not None and value <= meter.spent):
        return f"It has to be more than what is spent: {meter.show(meter.spent) if meter else 0}."
    return ""

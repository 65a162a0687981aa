"""The criteria in words: in full for the side, in one line for narrow screens."""

from rich.text import Text

from duologue.record.view import RunView
from duologue.tui.palette import SIGNS, Palette
from duologue.tui.strips import words


def criteria_list(view: RunView, palette: Palette, *, reasons: bool = False) -> Text:
    """A criterion a line, its state as a sign and a colour; with `reasons`, the last word on each."""
    if not view.criteria:
        return Text("none set yet", style=palette.faint)
    lines = Text()
    for known in view.criteria.values():
        lines.append(f"{SIGNS[known.state]} ", palette.state(known.state))
        lines.append_text(words(known.criterion.text))
        if known.criterion.kind == "checked":
            lines.append(" (check)", palette.faint)
        if reasons:
            lines.append_text(words(f"\n  {known.state}: {known.reason}".rstrip(": "), palette.faint))
        lines.append("\n")
    lines.rstrip()
    return lines


def met(view: RunView) -> str:
    """How many are met, as `2/3`."""
    return f"{sum(known.state == 'met' for known in view.criteria.values())}/{len(view.criteria)}"


def criteria_signs(view: RunView, palette: Palette) -> Text:
    """`criteria 2/3 ✓✓✗`."""
    line = Text(f"criteria {met(view)} ")
    for known in view.criteria.values():
        line.append(SIGNS[known.state], palette.state(known.state))
    return line

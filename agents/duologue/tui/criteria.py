"""The criteria in words: in full for the side, in one line for narrow screens."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from duologue.record.items import CriterionView
from duologue.record.view import RunView
from duologue.tui.palette import SIGNS, Palette
from duologue.tui.strips import signed, words


def criteria_list(view: RunView, palette: Palette, *, reasons: bool = False) -> RenderableType:
    """A criterion a line, its state as a sign and a colour; with `reasons`, the last word on each."""
    if not view.criteria:
        return Text("none set yet", style=palette.faint)
    return Group(*(_criterion(known, palette, reasons) for known in view.criteria.values()))


def _criterion(known: CriterionView, palette: Palette, reasons: bool) -> Table:
    text = words(known.criterion.text)
    if known.criterion.kind == "checked":
        text.append(" (check)", palette.faint)
    if reasons:
        reason = f": {known.reason}" if known.reason else ""
        text.append_text(words(f"\n{known.state}{reason}", palette.faint))
        for evidence in known.evidence:
            text.append_text(words(f"\n“{evidence.quote.strip()}” {evidence.where}", "italic"))
    return signed(SIGNS[known.state], palette.state(known.state), text)


def met(view: RunView) -> str:
    """How many are met, as `2/3`."""
    return f"{sum(known.state == 'met' for known in view.criteria.values())}/{len(view.criteria)}"


def criteria_signs(view: RunView, palette: Palette) -> Text:
    """`criteria 2/3 ✓✓✗`."""
    line = Text(f"criteria {met(view)} ")
    for known in view.criteria.values():
        line.append(SIGNS[known.state], palette.state(known.state))
    return line

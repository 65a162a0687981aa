"""How the run ended: outcome, reason, result, what is unmet, what it cost, and the command that goes on."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from duologue.record.bill import Bill
from duologue.record.events import RunEnded, RunParked
from duologue.record.parts import Spent
from duologue.record.view import RunView
from duologue.tui.amounts import clock, compact
from duologue.tui.look import Look
from duologue.tui.palette import SIGNS
from duologue.tui.prose import delivered
from duologue.tui.strips import paint, words


def ending_block(ending: RunEnded | RunParked, view: RunView, look: Look) -> list[Strip]:
    """The ending's lines, with the best result of the whole run where the ending names none."""
    palette = look.palette
    style = _style(view.outcome, look)
    body: list[RenderableType] = [words(ending.reason, palette.strong)]
    result = view.text_of(ending.result) or view.result
    if result:
        label = "result" if view.outcome == "done" else "best result so far"
        body += [Text(f"\n{label}:", style=palette.faint), delivered(result, palette.code)]
    if ending.unmet:
        body.append(Text("\nunmet:", style=palette.faint))
        body += [words(f"{SIGNS['unmet']} {_named(name, view)}", palette.bad) for name in ending.unmet]
    body += [Text(f"\n{_cost(ending.spent)}", style=palette.faint)]
    if ending.next:
        body.append(Text("next: ", style=palette.faint).append_text(words(ending.next, palette.strong)))
    panel = Panel(Group(*body), title=view.outcome, title_align="left", border_style=style, padding=(0, 1))
    return paint(panel, look.width)


def _named(name: str, view: RunView) -> str:
    known = view.criteria.get(name)
    return known.criterion.text if known else name


def _cost(spent: Spent) -> str:
    words = Bill.of(spent).words
    amounts = f"{spent.turns} turns, {spent.calls} calls, {compact(spent.tokens)} tokens"
    return f"cost: {amounts}, {words}{', ' if words else ''}{clock(spent.seconds)}"


def _style(outcome: str, look: Look) -> Style:
    match outcome:
        case "done":
            return look.palette.good
        case "failed" | "impossible":
            return look.palette.bad
        case _:
            return look.palette.warn

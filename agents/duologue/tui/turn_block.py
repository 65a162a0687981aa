"""One turn: who spoke, what was said, what was delivered."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from duologue.record.draft import Draft
from duologue.record.view import TurnItem
from duologue.tui.amounts import compact
from duologue.tui.look import Look
from duologue.tui.prose import delivered, prose
from duologue.tui.sections import Section, draft_sections, sections
from duologue.tui.strips import BAR, barred, paint, words

CURSOR = "▌"


def turn_block(item: TurnItem, draft: Draft | None, look: Look) -> list[Strip]:
    """The turn's lines; `draft` is what has arrived of it where it is in progress."""
    style = look.palette.role(item.role)
    parts = draft_sections(draft.text) if draft else sections(item.text, item.result)
    reasoning = draft.reasoning if draft else item.reasoning
    body: list[RenderableType] = [_header(item, look, style)]
    body += _reasoning(reasoning, look)
    body += [_section(part, look) for part in parts]
    if item.ended is None:
        body.append(Text(CURSOR, style=style))
    return barred(paint(Group(*body), look.width - len(BAR)), style)


def _header(item: TurnItem, look: Look, style: Style) -> Text:
    facts = [f"turn {item.turn}"]
    if item.model:
        facts.append(item.model)
    if item.bill.tokens:
        facts += filter(None, (f"{compact(item.bill.tokens)} tokens", item.bill.known))
    if item.ended is not None:
        facts.append(f"{item.ended - item.started:.1f} s")
    header = Text.assemble((item.role, style + look.palette.strong), words(" · " + " · ".join(facts), "dim"))
    for flag in item.completions[-1].flags if item.completions else ():
        header.append_text(words(f" · {flag}", look.palette.warn))
    if item.claim is not None:
        header.append_text(words(f" · says it is {item.claim}", look.palette.warn))
    return header


def _reasoning(reasoning: str, look: Look) -> list[RenderableType]:
    if not reasoning:
        return []
    summary = words(f"thought for {compact(len(reasoning))} characters", "dim italic")
    if not look.reasoning:
        return [summary.append(" (r)", "dim")]
    return [summary, words(f"{reasoning.strip()}\n", "dim italic")]


def _section(section: Section, look: Look) -> RenderableType:
    if not section.result:
        return prose(section.text, look.palette.code)
    body = delivered(section.text, look.palette.code)
    return Panel(body, title="result", title_align="left", border_style=look.palette.good, padding=(0, 1))

"""One verdict: the decision, each criterion with its evidence, and whether it was overruled."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from textual.strip import Strip

from duologue.record.ballots import ballot_lines
from duologue.record.contradictions import contradiction_lines
from duologue.record.events import CheckFinished
from duologue.record.items import CriterionView, VerdictItem
from duologue.record.parts import CriterionState, CriterionVerdict, Evidence
from duologue.tui.amounts import compact
from duologue.tui.look import Look
from duologue.tui.palette import SIGNS
from duologue.tui.strips import BAR, barred, paint, signed, words


def verdict_block(item: VerdictItem, criteria: Mapping[str, CriterionView], look: Look) -> list[Strip]:
    """The verdict's lines; `criteria` give the words to the identifiers it names."""
    body: list[RenderableType] = [_header(item, look)]
    if item.overruled:
        body += _overruled(item.overruled, look)
    body += [words(line, look.palette.faint) for line in ballot_lines(item.verdict)]
    body += [words(line, look.palette.warn) for line in contradiction_lines(item.verdict)]
    if item.verdict.summary:
        body.append(words(item.verdict.summary))
    judged = {word.id for word in item.verdict.criteria}
    # The verdict repeats what a check found; only checks that it leaves out have a line of their own.
    body += [_check(check, criteria, look) for check in item.checks if check.criterion not in judged]
    for word in item.verdict.criteria:
        body += _criterion(word, criteria, look)
    return barred(paint(Group(*body), look.width - len(BAR)), look.palette.role("judge"))


def _header(item: VerdictItem, look: Look) -> Text:
    palette = look.palette
    tokens = f" · {compact(item.bill.tokens)} tokens" if item.bill.tokens else ""
    tokens += f" · {item.bill.known}" if item.bill.known else ""
    decision = item.verdict.decision if item.verdict.parsed else "no readable verdict"
    header = Text.assemble(("judge", palette.role("judge") + palette.strong))
    header.append(f" · after turn {item.turn}{tokens} · ", palette.faint)
    style = palette.good if decision == "done" and not item.overruled else palette.strong
    return header.append_text(words(decision, style + palette.strong))


def _overruled(reasons: list[str], look: Look) -> list[RenderableType]:
    style = look.palette.warn
    head = Text("⚠ OVERRULED: the run goes on, because", style=style + look.palette.strong)
    return [head, *(signed("  ·", style, words(reason, style)) for reason in reasons)]


def _check(check: CheckFinished, criteria: Mapping[str, CriterionView], look: Look) -> RenderableType:
    return _line(check.criterion, "met" if check.passed else "unmet", check.reason, criteria, look)


def _criterion(
    word: CriterionVerdict, criteria: Mapping[str, CriterionView], look: Look
) -> list[RenderableType]:
    line = _line(word.id, word.state, word.reason, criteria, look)
    return [line, *(_evidence(evidence, look) for evidence in word.evidence)]


def _line(
    name: str, state: CriterionState, reason: str, criteria: Mapping[str, CriterionView], look: Look
) -> RenderableType:
    known = criteria.get(name)
    text = words(known.criterion.text if known else name)
    if known and known.criterion.kind == "checked":
        text.append(" (check)", look.palette.faint)
    if reason:
        text.append_text(words(f" — {reason}", look.palette.faint))
    return signed(SIGNS[state], look.palette.state(state), text)


def _evidence(evidence: Evidence, look: Look) -> RenderableType:
    stands = "stands" if evidence.stands else "does not stand"
    stands += f": {evidence.why}" if evidence.why else ""
    line = words(f"“{evidence.quote.strip()}”", "italic")
    line.append_text(words(f" {evidence.where} · ", look.palette.faint))
    line.append_text(words(stands, look.palette.good if evidence.stands else look.palette.bad))
    return Padding(line, (0, 0, 0, 2))

"""What the program itself tells the roles.

To the agents these are short texts between `<note>` and `</note>`; the pairs' prompts say what a note is
and that it outranks the other agent's words. The judge gets turns as quoted data, and facts.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

from duologue.conversation.conclusion import NO_RESULT
from duologue.conversation.evidence import fold
from duologue.conversation.exhibit import exhibit, shown
from duologue.conversation.guards import UNFOUNDED_CLAIM
from duologue.conversation.persuasion import TALKS_TO_JUDGE
from duologue.conversation.plan import render_plan
from duologue.conversation.standing import Standing
from duologue.conversation.turn import ToolUse, Turn
from duologue.record.contradictions import contradiction_lines
from duologue.record.events import GuardRaised, VerdictGiven
from duologue.record.parts import CriterionVerdict, PlanTask

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SHOWN: Final = 4_000
"""Characters of a tool's result that the judge is shown."""
OPENING = "<note>Begin: give the assistant its first instruction.</note>"


def note(text: str) -> str:
    """The text as a note."""
    return f"<note>\n{text.strip()}\n</note>"


def silence(role: str) -> str:
    """In place of a turn in which nothing was said."""
    return f"(The {role} said nothing.)"


def after_verdict(verdict: VerdictGiven, overruled: Sequence[str]) -> str:
    """What the user agent learns of a verdict that did not end the run; it knows the criteria by their ids.

    A note is sent again with every later prompt, so it says nothing twice.
    """
    lines = [_opening_line(verdict, overruled)]
    lines += [_open_line(word) for word in verdict.criteria if word.state != "met"]
    lines += [f"- {line}" for line in contradiction_lines(verdict)]
    if NO_RESULT in overruled:
        lines.append(NO_RESULT)
    return note("\n".join(lines))


def _opening_line(verdict: VerdictGiven, overruled: Sequence[str]) -> str:
    if verdict.decision == "impossible":
        return (
            f"The judge thinks that the goal cannot be reached: {verdict.summary} If there is a way, take it."
        )
    if overruled:
        return "The judge would have said done, but its evidence does not hold. What is open:"
    return f"The goal is not reached yet. {verdict.summary} What is open:".replace("  ", " ")


def _open_line(word: CriterionVerdict) -> str:
    return f"- {word.id} {word.state}: {word.reason}".rstrip(": ")


def about_alarm(alarm: GuardRaised) -> str:
    """What an agent is told of a guard that its turn raised."""
    advice = _ADVICE.get(alarm.guard, "Do something else this time.")
    urgency = " If it happens again, the run ends." if alarm.rung == "replan" else ""
    return note(f"{alarm.reason} {advice}{urgency}")


def replan() -> str:
    """What the user agent is told when a nudge did not help."""
    return note(
        "The talk makes no progress. Drop the present approach. Think about which criteria are open and why, "
        "and give one instruction that goes about the first of them in another way."
    )


def outcome_unknown(name: str) -> str:
    """After a run was cut off while a tool ran."""
    return note(
        f"The run was cut off while the tool {name!r} ran. Its outcome is unknown; it was not run again."
    )


def from_person(text: str) -> str:
    """A message from the person whose goal it is."""
    return note(f"The person says: {text}")


def plan(tasks: Sequence[PlanTask]) -> str:
    """The user agent's own plan, as it stands."""
    return note(f"Your plan now:\n{render_plan(tasks)}")


def quoted_plan(tasks: Sequence[PlanTask], mark: str) -> str:
    """The plan as data for the judge."""
    return exhibit("turn", mark, render_plan(tasks), ' plan-of="user"')


def quoted_turn(turn: Turn, mark: str, apart: Callable[[str], str] = str) -> str:
    """A turn and what its tools gave as data for the judge; `apart` is what is shown of a text."""
    origin = f' number="{turn.number}" role="{turn.role}"'
    said = exhibit("turn", mark, apart(turn.text), origin)
    uses = [use for use in turn.uses if use.ok and turn.role == "assistant"]
    return "\n\n".join([said, *(_quoted_use(turn.number, use, mark, apart) for use in uses)])


def _quoted_use(number: int, use: ToolUse, mark: str, apart: Callable[[str], str]) -> str:
    name = re.sub(r"[^\w.-]", "_", use.name)
    text = use.result if len(use.result) <= _SHOWN else use.result[:_SHOWN] + " […]"
    return exhibit("tool", mark, apart(text), f' where="turn {number} tool" name="{name}"')


def to_judge(lines: Sequence[str], mark: str) -> str:
    """The program's own words to the judge; what they cite of others holds no delimiter."""
    text = shown("\n".join(lines))
    return f"<facts-{mark}>\n{text}\n</facts-{mark}>"


def facts(standing: Standing, reports: Sequence[str], alarms: Sequence[GuardRaised] = ()) -> str:
    """What the program has found, told to the judge after the quoted turns."""
    result = standing.result
    where = NO_RESULT if result is None else f"The current result is that of turn {result.number}."
    warnings = [alarm.reason for alarm in alarms if alarm.guard == TALKS_TO_JUDGE]
    found = to_judge([where, *map(fold, [*_cited(result), *reports, *warnings])], standing.mark)
    return f"The mark is {standing.mark}.\n{found}\nGive your verdict as one JSON object."


def unresolved(turn: Turn) -> str:
    """What the user agent is told of citations in a result that lead nowhere; empty where all hold."""
    wrong = [f"- {each.text}: {each.why}" for each in turn.citations if each.why]
    lead = "Citations in the delivered result that do not hold; a program has looked them up:"
    return note("\n".join([lead, *wrong])) if wrong else ""


def _cited(result: Turn | None) -> list[str]:
    if result is None or not result.citations:
        return []
    wrong = [f"{each.text}: {each.why}." for each in result.citations if each.why]
    held = len(result.citations) - len(wrong)
    return [f"Citations in it that a program found to hold: {held} of {len(result.citations)}.", *wrong]


def further_vote(number: int, of: int) -> str:
    """Asks for another vote; each begins elsewhere, since a model tends to find what it looks at first."""
    last = " Begin with the last criterion." if number % 2 == 0 else ""
    return f"This is vote {number} of {of}. Judge afresh.{last}"


def appeal(
    standing: Standing,
    exchange: Sequence[Turn],
    facts: str,
    apart: Callable[[str], str],
) -> str:
    """What the second opinion is shown: the last exchange, and the result where that does not hold it, both
    `apart` from what was said to the judge.

    It is not told that another judge has found the goal reached.
    """
    quoted = [quoted_turn(turn, standing.mark, apart) for turn in exchange]
    shown = [] if standing.result in exchange else standing.result_lines(standing.mark, apart)
    return "\n\n".join([*quoted, "\n".join([*shown, facts])])


def remembered_verdict(verdict: VerdictGiven) -> str:
    """The judge's own answer as it stays in its talk: without its working, in the form it was asked for."""
    words = [
        {
            "id": word.id,
            "state": word.state,
            "reason": word.reason,
            "evidence": [{"where": each.where, "quote": each.quote} for each in word.evidence],
        }
        for word in verdict.criteria
    ]
    answer: dict[str, object] = {"criteria": words}
    if verdict.contradictions:
        kept = {"kind", "claim", "where", "quote", "reason"}
        answer["contradictions"] = [each.model_dump(include=kept) for each in verdict.contradictions]
    answer |= {"decision": verdict.decision, "summary": verdict.summary}
    return _COMPACT.encode(answer)


def overruled(reasons: Sequence[str], mark: str) -> str:
    """What the judge is told of a verdict that did not count."""
    return to_judge(["Your verdict was overruled by a program:", *map(fold, reasons)], mark)


_ADVICE: Final = {
    "empty turn": "Say something that brings the goal closer.",
    "role flip": "Keep to your own role: the user agent instructs, the assistant does the work.",
    "repetition": "Do not repeat yourself: say what has changed, or go about it in another way.",
    "echo": "Do the work that the instruction asks for, and deliver it between <result> and </result>.",
    "mutual courtesies": "Leave courtesies out and go on with what is open.",
    "identical tool calls": "Use what the calls have shown, call something else, or say what is missing.",
    "no instruction": "Give one instruction that brings the first open criterion closer.",
    "past the end": "Name what is still open and go on with that; where nothing is, close the talk.",
    "premature end": "Have the work done, or do it, and see it delivered between <result> and </result>.",
    "promise without work": "Do the work in this turn and deliver it between <result> and </result>.",
    TALKS_TO_JUDGE: "Words for the judge prove nothing and are told to it as an attempt: leave them out.",
    UNFOUNDED_CLAIM: "Give an instruction that brings the open criteria closer before you claim it again.",
}

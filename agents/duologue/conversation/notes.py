"""What the program itself tells the agents: short texts between `<note>` and `</note>`.

The pairs' prompts say what a note is and that it outranks the other agent's words.
"""

from collections.abc import Sequence
from typing import Final

from duologue.conversation.guards import UNFOUNDED_CLAIM, Alarm, Rung
from duologue.record.events import Criterion, CriterionVerdict, VerdictGiven

OPENING = "<note>Begin: give the assistant its first instruction.</note>"


def note(text: str) -> str:
    """The text as a note."""
    return f"<note>\n{text.strip()}\n</note>"


def silence(role: str) -> str:
    """In place of a turn in which nothing was said."""
    return f"(The {role} said nothing.)"


def after_verdict(verdict: VerdictGiven, overruled: Sequence[str], criteria: Sequence[Criterion]) -> str:
    """What the user agent learns of a verdict that did not end the run."""
    texts = {criterion.id: criterion.text for criterion in criteria}
    open_ones = [word for word in verdict.criteria if word.state != "met"]
    lines = [_opening_line(verdict, overruled), *(_open_line(word, texts) for word in open_ones)]
    if overruled:
        lines.append("Why the verdict did not count: " + " ".join(overruled))
    lines.append("Give the assistant one instruction that brings what is open closer.")
    return note("\n".join(lines))


def _opening_line(verdict: VerdictGiven, overruled: Sequence[str]) -> str:
    if verdict.decision == "impossible":
        return (
            f"The judge thinks that the goal cannot be reached: {verdict.summary} If there is a way, take it."
        )
    if overruled:
        return "The judge would have said done, but its evidence does not hold. What is open:"
    return f"The goal is not reached yet. {verdict.summary} What is open:".replace("  ", " ")


def _open_line(word: CriterionVerdict, texts: dict[str, str]) -> str:
    reason = f" {word.reason}" if word.reason else ""
    return f"- {word.id} ({texts.get(word.id, '')}): {word.state}.{reason}"


def about_alarm(alarm: Alarm, rung: Rung) -> str:
    """What an agent is told of a guard that its turn raised."""
    advice = _ADVICE.get(alarm.guard, "Do something else this time.")
    urgency = " If it happens again, the run ends." if rung == "replan" else ""
    return note(f"{alarm.reason} {advice}{urgency}")


def replan() -> str:
    """What the user agent is told when a nudge did not help."""
    return note(
        "The talk makes no progress. Drop the present approach. Think about which criteria are open and why, "
        "and give one instruction that goes about the first of them in another way."
    )


_ADVICE: Final = {
    "empty turn": "Say something that brings the goal closer.",
    "role flip": "Keep to your own role: the user agent instructs, the assistant does the work.",
    "repetition": "Do not repeat yourself: say what has changed, or go about it in another way.",
    "echo": "Do the work that the instruction asks for, and deliver it between <result> and </result>.",
    "mutual courtesies": "Leave courtesies out and go on with what is open.",
    "promise without work": "Do the work in this turn and deliver it between <result> and </result>.",
    UNFOUNDED_CLAIM: "Give an instruction that brings the open criteria closer before you claim it again.",
}

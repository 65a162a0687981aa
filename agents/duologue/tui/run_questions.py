"""What is asked about a saved run before something is done with it."""

from typing import Final

from duologue.display import one_line
from duologue.record.runs import RunSummary
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.questions import LineScreen

_MOST_DIGITS: Final = 7


def fork_question(run: RunSummary) -> LineScreen:
    """After which turn; the last of them is proposed."""
    to = "" if run.turns is None else f" to {run.turns}"

    def check(answer: str) -> str | None:
        good = answer.isascii() and answer.isdigit() and len(answer) <= _MOST_DIGITS
        if good and (run.turns is None or int(answer) <= run.turns):
            return None
        return f"It is the number of a turn, from 0{to}."

    question = f"Fork after which turn (0{to})?\n“{one_line(run.goal, 50)}”"
    return LineScreen(question, "" if run.turns is None else str(run.turns), check)


def delete_question(run: RunSummary) -> ConfirmScreen:
    """Whether it is meant."""
    told = f"{run.run} · {run.state}\n{one_line(run.goal, 60)}"
    return ConfirmScreen("delete this run for good?", told, yes="delete", no="keep")

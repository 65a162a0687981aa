"""The user agent's plan: a short list of tasks that it keeps with a tool of its own.

BabyAGI's idea without its endless queue: the list is bounded, nothing is added by itself, and what is
finished or dropped stays on record. Only the user agent has the tool; the assistant never sees the list, and
the judge is told of it as of anything else that the user agent says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duologue.conversation.evidence import fold
from duologue.record.parts import PlanTask

PLAN: Final = "plan"
MOST_OPEN: Final = 12
MOST_TASKS: Final = 40
MOST_CHARACTERS: Final = 200
_SIGNS: Final[Mapping[str, str]] = {"open": " ", "done": "x", "dropped": "-"}

PLAN_TOOL: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": PLAN,
        "description": "Keep your own list of tasks on the way to the goal. The assistant does not see it. "
        "create: task is the text of a new task, put at the end. finish, drop: task is its id, such as t2. "
        "reorder: task is the ids of open tasks in their new order, such as t3 t1. Changes are made in turn.",
        "parameters": {
            "type": "object",
            "properties": {
                "changes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "do": {"type": "string", "enum": ["create", "finish", "drop", "reorder"]},
                            "task": {"type": "string"},
                        },
                        "required": ["do", "task"],
                        "additionalProperties": False,
                    },
                }
            },
            "required": ["changes"],
            "additionalProperties": False,
        },
    },
}


@dataclass(slots=True)
class Plan:
    """The tasks as they stand, and as they were told."""

    tasks: list[PlanTask] = field(default_factory=list)
    _turn: int = 0
    _before: list[PlanTask] = field(default_factory=list)
    _told_judge: list[PlanTask] = field(default_factory=list)

    def begin_turn(self, turn: int) -> None:
        """A turn that is taken anew begins with the tasks that it began with."""
        if turn == self._turn:
            self.tasks = self._before
        self._turn, self._before = turn, self.tasks

    @property
    def has_changed(self) -> bool:
        """Whether the turn has changed it."""
        return self.tasks != self._before

    def is_news_to_judge(self) -> bool:
        """Whether it is another than the judge was told of; from now on it is the one."""
        news, self._told_judge = self.tasks != self._told_judge, self.tasks
        return news


class _Change(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    do: Literal["create", "finish", "drop", "reorder"]
    task: str


class _Changes(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    changes: list[_Change] = Field(max_length=MOST_TASKS)


def change_plan(tasks: Sequence[PlanTask], arguments: str) -> tuple[list[PlanTask], list[str]]:
    """The plan after a call of the tool with these arguments (JSON), and what of it could not be done; a
    change that cannot be done leaves the others alone."""
    try:
        wanted = _Changes.model_validate_json(arguments or "{}").changes
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return list(tasks), [f"The arguments are wrong at {where or 'their beginning'}: {first['msg']}."]
    plan, faults = list(tasks), []
    for change in wanted:
        plan, fault = _changed(plan, change)
        faults += [fault] if fault else []
    return plan, faults


def render_plan(tasks: Sequence[PlanTask]) -> str:
    """The tasks, one a line, with their ids and a mark: `[ ]` open, `[x]` done, `[-]` dropped."""
    return "\n".join(f"[{_SIGNS[task.state]}] {task.id} {task.text}" for task in tasks) or "(no tasks)"


def _changed(plan: list[PlanTask], change: _Change) -> tuple[list[PlanTask], str | None]:
    match change.do:
        case "create":
            return _create(plan, fold(change.task))
        case "finish":
            return _close(plan, change.task.strip(), "done")
        case "drop":
            return _close(plan, change.task.strip(), "dropped")
        case "reorder":
            return _reorder(plan, change.task.replace(",", " ").split())


def _create(plan: list[PlanTask], text: str) -> tuple[list[PlanTask], str | None]:
    still_open = [task for task in plan if task.state == "open"]
    if not text:
        return plan, "A task needs a text."
    if any(task.text.casefold() == text.casefold() for task in still_open):
        return plan, f"The plan has this task already: {json.dumps(text[:80], ensure_ascii=False)}."
    if len(still_open) >= MOST_OPEN or len(plan) >= MOST_TASKS:
        return plan, f"The plan is full ({len(still_open)} open of {len(plan)}): finish or drop a task first."
    shown = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    return [*plan, PlanTask(id=f"t{len(plan) + 1}", text=shown)], None


def _close(
    plan: list[PlanTask], id_: str, state: Literal["done", "dropped"]
) -> tuple[list[PlanTask], str | None]:
    if not any(task.id == id_ and task.state == "open" for task in plan):
        return plan, f"There is no open task {json.dumps(id_[:80], ensure_ascii=False)}."
    return [task.model_copy(update={"state": state}) if task.id == id_ else task for task in plan], None


def _reorder(plan: list[PlanTask], ids: list[str]) -> tuple[list[PlanTask], str | None]:
    """The open tasks that are named come first, in that order; the other open ones keep theirs."""
    still_open = {task.id: task for task in plan if task.state == "open"}
    named = list(dict.fromkeys(ids))
    unknown = [id_ for id_ in named if id_ not in still_open]
    if unknown or not named:
        return plan, f"Not open tasks: {', '.join(unknown)[:80] or 'none was named'}."
    ordered = [*(still_open[id_] for id_ in named), *(t for i, t in still_open.items() if i not in named)]
    return [*(task for task in plan if task.state != "open"), *ordered], None

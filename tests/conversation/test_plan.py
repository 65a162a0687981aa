"""The user agent's plan: changed by its own tool, bounded, known to the judge, hidden from the assistant."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_run import ASK, DONE, NOT_DONE, WORK, play, reply

from duologue.conversation.plan import MOST_CHARACTERS, MOST_OPEN, MOST_TASKS, change_plan, render_plan
from duologue.record import events as ev
from duologue.record.parts import PlanTask


def call(*changes: tuple[str, str]) -> str:
    """The arguments of a call of the tool."""
    return json.dumps({"changes": [{"do": do, "task": task} for do, task in changes]})


def planning(arguments: str, text: str = "") -> str:
    """A reply of the user agent that calls the tool, and says this besides."""
    return (
        f'[[reply]]\nmodel = "user"\ntext = {json.dumps(text)}\n'
        f'tool_calls = [{{name = "plan", id = "p", arguments = {json.dumps(arguments)}}}]\n'
    )


def test_a_plan_is_created_reordered_finished_and_dropped() -> None:
    """Each kind of change does what it says; what is finished or dropped stays, before the open tasks."""
    tasks, faults = change_plan(
        [], call(("create", " Read\nit. "), ("create", "Write."), ("create", "Check."))
    )
    assert faults == []
    assert render_plan(tasks) == "[ ] t1 Read it.\n[ ] t2 Write.\n[ ] t3 Check."
    tasks, faults = change_plan(tasks, call(("reorder", "t3, t2"), ("finish", "t1"), ("drop", "t3")))
    assert faults == []
    assert render_plan(tasks) == "[-] t3 Check.\n[ ] t2 Write.\n[x] t1 Read it."
    tasks, faults = change_plan(tasks, call(("create", "Once more."), ("reorder", "t4")))
    assert faults == []
    assert render_plan(tasks) == "[-] t3 Check.\n[x] t1 Read it.\n[ ] t4 Once more.\n[ ] t2 Write."


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("finish", "t9"), 'There is no open task "t9".'),
        (("finish", "t1"), 'There is no open task "t1".'),
        (("drop", ""), 'There is no open task "".'),
        (("create", " "), "A task needs a text."),
        (("create", "WRITE."), 'The plan has this task already: "WRITE.".'),
        (("reorder", "t2 t1"), "Not open tasks: t1."),
        (("reorder", ""), "Not open tasks: none was named."),
    ],
)
def test_a_change_that_cannot_be_made_leaves_the_others_alone(change: tuple[str, str], fault: str) -> None:
    """It is told in a sentence, and what stands beside it is done."""
    plan = [PlanTask(id="t1", text="Read.", state="done"), PlanTask(id="t2", text="Write.")]
    tasks, faults = change_plan(plan, call(change, ("create", "Check.")))
    assert faults == [fault]
    assert [task.text for task in tasks] == ["Read.", "Write.", "Check."]


@pytest.mark.parametrize(
    "arguments",
    ["", "[]", "no JSON", '{"changes": 3}', '{"changes": [{"do": "burn"}]}', "{", '{"changes": [1]}'],
)
def test_arguments_that_are_none(arguments: str) -> None:
    """Whatever a model sends, the plan stays and the fault is told."""
    plan = [PlanTask(id="t1", text="Read.")]
    tasks, faults = change_plan(plan, arguments)
    assert tasks == plan
    assert len(faults) == 1
    assert faults[0].startswith("The arguments are wrong at")


def test_the_plan_is_bounded() -> None:
    """So many tasks may be open, so many there may be in all, and so long each may be."""
    tasks, faults = change_plan([], call(*((("create"), f"Task {n}.") for n in range(MOST_OPEN + 1))))
    assert len(tasks) == MOST_OPEN
    assert "full" in faults[0]
    for number in range(MOST_TASKS):
        tasks, _ = change_plan(tasks, call(("finish", f"t{number + 1}"), ("create", f"More {number}.")))
    assert len(tasks) == MOST_TASKS
    (task,), _ = change_plan([], call(("create", "x" * 1000)))
    assert len(task.text) == MOST_CHARACTERS


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["create", "finish", "drop", "reorder"]),
        st.text(max_size=6) | st.integers(0, 9).map(lambda n: f"t{n}") | st.just("t2 t1"),
    ),
    max_size=30,
)


@given(CHANGES)
@settings(max_examples=200, deadline=None)
def test_no_task_is_lost(changes: list[tuple[str, str]]) -> None:
    """Through any changes each task keeps its id and text, no id is given twice, and the bounds hold."""
    tasks: list[PlanTask] = []
    for change in changes:
        before = {task.id: task.text for task in tasks}
        tasks, _ = change_plan(tasks, call(change))
        after = {task.id: task.text for task in tasks}
        assert before.items() <= after.items()
        assert len(after) == len(tasks)
    assert sum(task.state == "open" for task in tasks) <= MOST_OPEN


def offered(asked: dict[str, Any]) -> list[str]:
    """The names of the tools that a request offers."""
    return [tool["function"]["name"] for tool in asked.get("tools", [])]


async def test_the_plan_in_a_run(tmp_path: Path) -> None:
    """The user agent alone has the tool. A call without a message is answered with the plan and asked again;
    one with a message costs no further call. The judge sees the plan as data, the assistant never."""
    first = planning(call(("create", "Compare the offers."), ("create", "Deliver the name.")))
    second = planning(call(("finish", "t1")), "Now name the cheapest supplier of all.")
    run = await play(
        tmp_path,
        first + reply("user", ASK) + reply("assistant", WORK),
        second + reply("assistant", WORK.replace("prices", "sums")),
        reply("judge", NOT_DONE) + reply("judge", DONE),
    )
    assert run.ending.outcome == "done"
    assert len(run.asked("user")) == 3
    assert {name for asked in run.asked("user") for name in offered(asked)} == {"plan"}
    assert not any(offered(asked) for asked in run.asked("assistant") + run.asked("judge"))
    result = run.asked("user")[1]["messages"][-1]
    assert (result["role"], result["content"]) == (
        "tool",
        "[ ] t1 Compare the offers.\n[ ] t2 Deliver the name.",
    )
    assert [[task.state for task in each.tasks] for each in run.of(ev.PlanChanged)] == [
        ["open", "open"],
        ["done", "open"],
    ]
    assert [each.ok for each in run.of(ev.ToolFinished)] == [True, True]
    assert "Your plan now:\n[ ] t1 Compare" in run.asked("user")[2]["messages"][-1]["content"]
    heard = [asked["messages"][-1]["content"] for asked in run.asked("judge")]
    assert 'plan-of="user">\n[ ] t1' in heard[0]
    assert 'plan-of="user">\n[x] t1' in heard[1]
    assert "Compare the offers" not in json.dumps(run.asked("assistant"))


async def test_an_unchanged_plan_is_not_told_again(tmp_path: Path) -> None:
    """A plan costs tokens where it has changed, and nowhere else."""
    first = planning(call(("create", "Compare the offers.")), ASK)
    run = await play(
        tmp_path,
        first + reply("assistant", WORK),
        reply("user", "Once more, with the sum.") + reply("assistant", WORK.replace("prices", "sums")),
        reply("judge", NOT_DONE) + reply("judge", DONE),
    )
    assert "plan-of" not in run.asked("judge")[1]["messages"][-1]["content"]
    assert run.asked("judge")[1]["messages"][1]["content"].count("plan-of") == 1


async def test_the_plan_outlasts_a_compaction(tmp_path: Path) -> None:
    """An agent whose talk is cut down is told its plan again: the message that told it is left out."""
    first = planning(call(("create", "Compare the offers.")), ASK) + reply("assistant", WORK)
    asking = (
        reply("user", f"Look at offer {n} of them.") + reply("assistant", f"{n} " * 300) for n in range(4)
    )
    full = "This model's maximum context length is 2400 tokens. Please reduce the length of the messages."
    refused = reply("user", status=400, error=full)
    last = reply("user", "They were looked at.") + reply("user", "Deliver it.") + reply("assistant", WORK)
    judged = reply("judge", NOT_DONE, repeat=5) + reply("judge", DONE)
    run = await play(tmp_path, first, *asking, refused, last, judged)
    assert any(got.role == "user" for got in run.of(ev.ContextCompacted))
    told = "Your plan now:\n[ ] t1 Compare the offers."
    before, after = (json.dumps(run.asked("user")[place]["messages"]) for place in (-3, -1))
    assert [text.count(json.dumps(told)[1:-1]) for text in (before, after)] == [1, 1]
    assert told in run.asked("user")[-1]["messages"][-1]["content"]


async def test_the_assistant_has_no_plan(tmp_path: Path) -> None:
    """The tool is refused where it was not offered."""
    posing = planning(call()).replace('"user"', '"assistant"')
    run = await play(tmp_path, reply("user", ASK), posing + reply("assistant", WORK), reply("judge", DONE))
    assert run.ending.outcome == "done"
    assert run.of(ev.PlanChanged) == []
    assert "There is no tool 'plan'" in run.of(ev.ToolFinished)[0].text


@pytest.mark.parametrize("wanted", [("shell",), ("plan", "shell")])
async def test_a_message_beside_a_refused_tool_is_no_last(wanted: tuple[str, ...], tmp_path: Path) -> None:
    """Who asks for a tool that is not there learns so, and says what it has to say then."""
    calls = ", ".join(f'{{name = "{name}", id = "{name}", arguments = "{{}}"}}' for name in wanted)
    hasty = f'[[reply]]\nmodel = "user"\ntext = "I will look."\ntool_calls = [{calls}]\n'
    run = await play(tmp_path, hasty + reply("user", ASK) + reply("assistant", WORK), reply("judge", DONE))
    assert run.ending.outcome == "done"
    assert run.asked("assistant")[0]["messages"][-1]["content"] == ASK
    assert "There is no tool 'shell'" in run.asked("user")[1]["messages"][-1]["content"]


async def test_an_agent_that_only_plans_is_an_empty_turn(tmp_path: Path) -> None:
    """After as many further calls as any tool gets, the turn ends empty, and a guard sees it."""
    only = "".join(planning(call(("create", f"Think {n}."))) for n in range(3))
    run = await play(tmp_path, only, reply("judge", NOT_DONE), limits={"turns": 1})
    assert run.ending.outcome == "limit"
    assert [alarm.guard for alarm in run.of(ev.GuardRaised)] == ["empty turn"]

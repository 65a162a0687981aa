"""What proves work: the assistant's own, as it stands now; and what a tool or a file shows."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_run import ASK, CLAIM, DONE, NOT_DONE, WORK, play, reply, verdict

from duologue.conversation.evidence import Places
from duologue.conversation.notes import quoted_turn
from duologue.conversation.sources import Source
from duologue.conversation.turn import ToolUse, Turn, read_turn
from duologue.conversation.workfiles import MOST_BYTES, Workfiles
from duologue.record import events as ev
from duologue.record.parts import Evidence, ToolCallRecord

GOAL = "Name the cheapest supplier and explain the choice between Arno and Corva."


def talk() -> Places:
    """Three results, the second with less in it than the first, the third with something new."""
    made = Places.of([Source("note.txt", "Corva is cheapest.\nArno is near.")])
    made.order([GOAL, "The price is named in euros."])
    made.add_turn(1, "user", "Compare the prices of both suppliers first.", None)
    made.add_turn(
        2, "assistant", "I compare the prices of both suppliers first. Arno asks 14, Corva 12.", None
    )
    made.add_turn(3, "user", "Deliver a sentence.", None)
    first = "Corva is the cheapest, at 12 euros, and delivers in May."
    made.add_turn(4, "assistant", f"By turn 2 it is Corva.\n<result>\n{first}\n</result>", first)
    made.add_turn(5, "user", "You wrote that Arno asks 14. Leave the month out.", None)
    second = "Corva is the cheapest, at 12 euros."
    made.add_turn(6, "assistant", f"As said, Arno asks 14.\n<result>\n{second}\n</result>", second)
    return made


@pytest.mark.parametrize(
    ("where", "quote"),
    [
        ("result", "at 12 euros"),
        ("turn 6", "at 12 euros"),
        ("turn 4", "at 12 euros"),
        ("turn 4", "By turn 2 it is Corva"),
        ("turn 2", "Arno asks 14, Corva 12."),
        ("turn 6", "Arno asks 14"),
        ("Turn 6, result", "at 12 euros"),
        ("turn 6 (assistant)", "at 12 euros"),
        ("turn 6", "14. <result> Corva is the cheapest"),
    ],
)
def test_current_work_counts(where: str, quote: str) -> None:
    """The result counts wherever it is quoted from, and so does the working of any turn."""
    evidence, works = talk().examine(where, quote)
    assert (works, evidence.stands, evidence.doubt) == (True, True, "")


@pytest.mark.parametrize(
    ("where", "quote", "why"),
    [
        ("turn 4", "delivers in May", "the result of turn 4 was replaced in turn 6 and no longer says this"),
        ("turn 4", "at 12 euros, and", "was replaced in turn 6"),
        ("turn 2", "compare the prices of both suppliers first", "only repeats the goal or an instruction"),
        ("turn 2", "compare the prices", "only repeats"),
    ],
)
def test_old_and_borrowed_words_prove_nothing(where: str, quote: str, why: str) -> None:
    """What stood in a result that was replaced, or was said by the goal or the user agent before, stands, but
    proves nothing by itself; the reason is said."""
    evidence, works = talk().examine(where, quote)
    assert (works, evidence.stands) == (False, True)
    assert why in evidence.why
    assert evidence.doubt.startswith("proves nothing by itself: ")


def test_words_of_the_goal_count_within_the_result() -> None:
    """A result that has to have the goal's words in it has them rightly; the working only echoes them."""
    places = talk()
    said = "You want the choice between Arno and Corva explained."
    places.add_turn(7, "user", "Explain.", None)
    places.add_turn(8, "assistant", said, None)
    assert not places.examine("turn 8", "the choice between Arno and Corva")[1]
    title = "The choice between Arno and Corva"
    places.add_turn(10, "assistant", f"<result>\n{title}\n</result>", title)
    assert places.examine("turn 10", "choice between Arno and Corva")[1]
    assert places.examine("result", title)[1]


def test_what_a_later_instruction_repeats_stays_the_assistants() -> None:
    """An instruction that quotes the assistant's words does not take them away from it."""
    places = talk()
    places.add_turn(7, "user", "By turn 2 it is Corva, you wrote. Say why.", None)
    places.add_turn(8, "assistant", "By turn 2 it is Corva because 12 is less than 14.", None)
    assert places.examine("turn 8", "By turn 2 it is Corva")[1]


def tooled() -> Places:
    """A talk in which tools have run."""
    places = talk()
    places.add_turn(7, "user", "Test it.", None)
    places.add_tool(7, "plan", "[ ] t1 all is well", "{}", True)
    places.add_turn(8, "assistant", "Tested.", None)
    places.add_tool(8, "run_tests", "4 passed in 0.1 s", '{"path": "tests"}', True)
    places.add_tool(
        8, "say", "the sum is \u201cright\u201d", json.dumps({"text": 'the sum is "right"'}), True
    )
    places.add_tool(8, "run_tests", "1 failed", "{}", False)
    return places


@pytest.mark.parametrize(
    "where", ["tool run_tests", "turn 8 tool", "turn 8 tool run_tests", 'tool "run_tests"']
)
def test_a_tools_result_proves_work(where: str) -> None:
    """What an assistant's tool gave back counts, by the tool's name or its turn."""
    assert tooled().examine(where, "4 passed in 0.1 s")[1]


@pytest.mark.parametrize(
    ("where", "quote", "stands", "why"),
    [
        ("tool run_tests", "1 failed", True, "did not do what it was called for"),
        ("tool say", "sum is 'right'", False, "does not stand"),
        ("tool say", 'the sum is "right"', True, "the call's own arguments"),
        ("tool plan", "all is well", True, "the user agent's"),
        ("turn 7 tool", "all is well", True, "the user agent's"),
        ("tool run_tests", "5 passed", False, "does not stand"),
        ("tool other", "4 passed", False, "no such place"),
        ("turn 6 tool", "4 passed", False, "no such place"),
    ],
)
def test_a_tools_result_that_proves_nothing(where: str, quote: str, stands: bool, why: str) -> None:
    """A failed call, the user agent's tool, and a tool that says what it was told prove no work."""
    evidence, works = tooled().examine(where, quote)
    assert (works, evidence.stands) == (False, stands)
    assert why in evidence.why


def test_an_echo_does_not_hide_the_work_before_it() -> None:
    """Words that a tool found by itself prove work, also where a later call was told to say them."""
    places = tooled()
    places.add_tool(8, "run_tests", "told: 4 passed in 0.1 s", '{"say": "4 passed in 0.1 s"}', True)
    evidence, works = places.examine("tool run_tests", "4 passed in 0.1 s")
    assert (works, evidence.why) == (True, "")


def test_a_file_proves_work(tmp_path: Path) -> None:
    """A file under the root can be quoted, and its digest is kept."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("def add(a, b):\n    return a + b\n")
    evidence, works = Places.of([], tmp_path).examine("file src/a.py", "return a + b")
    assert works
    assert len(evidence.digest) == 32
    assert "no workspace" in Places.of([]).examine("file src/a.py", "return a + b")[0].why


def test_a_file_that_has_changed_proves_nothing(tmp_path: Path) -> None:
    """What was judged is what was seen: a file that is another one since proves nothing, also in a resumed
    run, until the run has seen it anew."""
    file = tmp_path / "a.txt"
    file.write_text("four passed")
    places = Places.of([], tmp_path)
    first, _ = places.examine("file a.txt", "four passed")
    file.write_text("four passed, really")
    resumed = Places.of([], tmp_path)
    resumed.remember([Evidence.model_validate_json(first.model_dump_json())])
    for each in (places, resumed):
        evidence, works = each.examine("file a.txt", "four passed")
        assert (works, evidence.why) == (False, "the file a.txt has changed since")
    file.write_text("four passed")
    assert resumed.examine("file a.txt", "four passed")[1]
    file.unlink()
    assert "cannot be read" in places.examine("file a.txt", "four passed")[0].why


def test_a_file_that_was_quoted_before_it_was_there_proves_work(tmp_path: Path) -> None:
    """An earlier verdict that named a file in vain does not hold against it once it is there."""
    places = Places.of([], tmp_path)
    vain, works = places.examine("file note.txt", "Corva is cheap")
    assert not works
    places.remember([vain])
    (tmp_path / "note.txt").write_text("Corva is cheap.")
    seen, works = places.examine("file note.txt", "Corva is cheap")
    assert works
    without = Places.of([])
    without.remember([seen])
    assert "no workspace" in without.examine("file note.txt", "Corva is cheap")[0].why


def test_nothing_outside_the_workspace_is_read(tmp_path: Path) -> None:
    """No path, link, pipe, folder or foreign encoding leads out of the workspace or makes the run wait."""
    root = tmp_path / "work"
    (root / "in").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("a secret text")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "up").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    (root / "bytes").write_bytes(b"\xff\xfe")
    (root / "large").write_bytes(b"x" * (MOST_BYTES + 1))
    files = Workfiles(root)
    names = [
        "../secret.txt",
        "in/../../secret.txt",
        str(tmp_path / "secret.txt"),
        "link.txt",
        "up/secret.txt",
    ]
    for name in [*names, "pipe", "in", "bytes", "large", "none.txt", "", ".", "a\0b"]:
        assert isinstance(files.look(name), str), name


async def test_an_old_result_does_not_end_a_run(tmp_path: Path) -> None:
    """A judge that quotes what the result no longer says is overruled, and told why; the run goes on."""
    lost = "<result>\nArno is the nearest supplier.\n</result>"
    run = await play(
        tmp_path,
        *(reply("user", ASK), reply("assistant", WORK), reply("judge", NOT_DONE)),
        *(reply("user", "Which is nearest?"), reply("assistant", lost)),
        reply("judge", verdict("done", "Corva is the cheapest", where="turn 2")),
        *(reply("user", "Name the cheapest again."), reply("assistant", WORK), reply("judge", DONE)),
    )
    assert run.ending.outcome == "done"
    (overruled,) = run.of(ev.VerdictOverruled)
    assert "the result of turn 2 was replaced in turn 4 and no longer says this" in overruled.reasons[0]
    assert "was replaced" in run.asked("user")[2]["messages"][-1]["content"]


def test_each_call_has_its_own_result() -> None:
    """However the results of several calls are ordered, each stands with the call that it answers; a call
    that has none is left out."""
    calls = [ToolCallRecord(id=id_, name=f"tool-{id_}", arguments="{}") for id_ in "abc"]
    told = [
        ev.ToolFinished(turn=4, role="assistant", call=id_, name="", ok=True, text=f"of {id_}")
        for id_ in "cb"
    ]
    said = ev.CompletionReceived(
        turn=4, role="assistant", purpose="turn", attempt="a1", model="m", text="Tested.", tool_calls=calls
    )
    turn = read_turn(ev.TurnCompleted(turn=4, role="assistant", completions=[3]), [said], told)
    assert [(use.name, use.result) for use in turn.uses] == [("tool-b", "of b"), ("tool-c", "of c")]


def test_the_judge_is_shown_what_tools_gave() -> None:
    """A tool's result stands beside its turn with the name of its place; what was refused is left out."""
    uses = (ToolUse("run_tests", "{}", "4 passed", True), ToolUse("shell", "{}", "There is no tool.", False))
    turn = Turn(4, "assistant", "Tested.", uses=uses)
    shown = quoted_turn(turn, "7f3a").split("\n\n")
    assert shown[1:] == ['<tool-7f3a where="turn 4 tool" name="run_tests">\n4 passed\n</tool-7f3a>']
    assert len(quoted_turn(replace(turn, role="user"), "7f3a").split("\n\n")) == 1
    long = replace(turn, uses=(replace(uses[0], result="passed " * 10_000),))
    assert quoted_turn(long, "7f3a").endswith(" […]\n</tool-7f3a>")
    assert len(quoted_turn(long, "7f3a")) < 50_000


async def test_a_refused_tool_proves_nothing(tmp_path: Path) -> None:
    """That a tool was called for which there is none is on record, and no work."""
    run = await play(
        tmp_path,
        reply("user", ASK),
        '[[reply]]\nmodel = "assistant"\ntool_calls = [{name = "search", id = "t1"}]\n',
        *(reply("assistant", WORK), reply("judge", verdict("done", "There is no tool", where="turn 2 tool"))),
        *(reply("user", CLAIM), reply("judge", DONE)),
    )
    (overruled,) = run.of(ev.VerdictOverruled)
    assert "did not do what it was called for" in overruled.reasons[0]

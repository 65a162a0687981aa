"""Importing chat messages and trajectories: whole runs come out, and what is wrong is named by its line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.errors import SourceError
from duologue.record import events as ev
from duologue.record import import_chat, import_json
from duologue.record.chat_export import chat_messages
from duologue.record.import_file import detect, import_files, read_conversations
from duologue.record.import_json import BadJson, parse_json
from duologue.record.import_message import BadMessage, read_messages
from duologue.record.import_run import import_ids, write_run
from duologue.record.imported import Conversation
from duologue.record.items import TurnItem
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from duologue.record.runs import list_runs
from duologue.record.story import tell
from duologue.record.view import RunView

TRANSCRIPTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "transcripts" / "airline.jsonl.gz"
SYSTEM = {"role": "system", "content": "Be brief. {{goal}}"}
USER = {"role": "user", "content": "What is 1 + 2?"}
CALL = {"id": "t1", "type": "function", "function": {"name": "add", "arguments": '{"a":1,"b":2}'}}
TALK: list[dict[str, Any]] = [
    SYSTEM,
    USER,
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "t1", "content": "3"},
    {"role": "assistant", "content": "It is 3."},
]


def imported(path: Path, tmp_path: Path) -> list[list[ev.Record]]:
    """The records of each run that the file becomes, read strictly."""
    return [read_strict(folder / LOG_NAME) for folder in import_files([path], tmp_path / "runs")]


def save(folder: Path, text: str, name: str = "talk.jsonl") -> Path:
    """A file with that text."""
    (folder / name).write_text(text, "utf-8")
    return folder / name


LIST, OBJECT = json.dumps(TALK), json.dumps({"messages": TALK})
SHAPES = {
    "a list": LIST,
    "an object": OBJECT,
    "a list over many lines": json.dumps(TALK, indent=2),
    "an object over many lines": json.dumps({"messages": TALK}, indent=2),
    "lines with blanks": f"\n{OBJECT}\n\n",
    "a list of objects": f"[{OBJECT}]",
    "a byte order mark": f"\ufeff{LIST}",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str, tmp_path: Path) -> None:
    """Every shape in which messages come makes the same run, and exports to the same messages."""
    (records,) = imported(save(tmp_path, SHAPES[shape]), tmp_path)
    assert [record.event.type for record in records] == [
        "run.started",
        *("turn.started", "completion.received", "turn.completed"),
        *("turn.started", "completion.received", "tool.finished", "completion.received", "turn.completed"),
        "run.ended",
    ]
    assert chat_messages(tell(records), "") == TALK


def test_a_run_says_where_it_is_from(tmp_path: Path) -> None:
    """The header names file, line and id, the goal is the first user message, the end says the reward."""
    good, bad = ({"id": f"case-{n}", "reward": n, "messages": TALK} for n in (1, 0))
    path = save(tmp_path, f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    first, second = imported(path, tmp_path)
    started, ended = first[0].event, first[-1].event
    assert isinstance(started, ev.RunStarted)
    assert isinstance(ended, ev.RunEnded)
    assert (started.goal, started.pair.name) == ("What is 1 + 2?", "imported")
    assert started.pair.title == "Imported from talk.jsonl, line 1, case-1"
    assert started.pair.prompts["assistant"] == SYSTEM["content"]
    assert (ended.outcome, ended.reason) == ("done", f"{started.pair.title}; its reward is 1.")
    assert getattr(second[-1].event, "outcome", "") == "stopped"


def test_packed_files(tmp_path: Path) -> None:
    """A gzip file is unpacked by what is in it, whatever its name."""
    path = tmp_path / "talk"
    path.write_bytes(gzip.compress(OBJECT.encode()))
    assert len(imported(path, tmp_path)) == 1


def test_a_replay_types_it(tmp_path: Path) -> None:
    """Every text has a pace that covers all of it, in time that passes, and time only goes on."""
    (records,) = imported(
        save(tmp_path, json.dumps([USER, {"role": "assistant", "content": "word " * 200}])), tmp_path
    )
    completions = [record.event for record in records if isinstance(record.event, ev.CompletionReceived)]
    for completion in completions:
        assert sum(size for _, size in completion.pace) == len(completion.text)
    assert 0 < sum(ms for ms, _ in completions[1].pace) <= 6000
    monos = [record.mono for record in records]
    assert monos == sorted(monos)
    assert monos[-1] > 6


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "role": st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
                "content": st.none()
                | st.text()
                | st.lists(st.text() | st.none() | st.dictionaries(st.text(), st.text())),
            },
            optional={
                "tool_calls": st.none()
                | st.lists(st.none() | st.just(CALL) | st.dictionaries(st.text(), st.text())),
                "extra": st.none()
                | st.dictionaries(st.just("timestamp"), st.floats() | st.text() | st.integers()),
                "usage": st.dictionaries(st.just("prompt_tokens"), st.none() | st.integers() | st.text()),
                "name": st.none() | st.integers() | st.text(),
            },
        )
    )
)
def test_whatever_the_messages_hold_a_sound_log_comes_out(
    tmp_path_factory: pytest.TempPathFactory, messages: list[dict[str, Any]]
) -> None:
    """Messages of any content either are refused in a sentence, or make a log that reads back strictly."""
    try:
        said = read_messages(messages)
    except BadMessage:
        assert not any(message["role"] in ("user", "assistant") for message in messages)
        return
    folder = tmp_path_factory.mktemp("runs") / "run"
    write_run(Conversation("x", "chat", said, began_s=1e9), folder, "it")
    records = read_strict(folder / LOG_NAME)
    assert sum(isinstance(record.event, ev.CompletionReceived) for record in records) == sum(
        message["role"] in ("user", "assistant") for message in messages
    )


WRONG = {
    "": "is empty",
    "{": "is not JSON",
    f"{OBJECT}\n{{]": "line 2 is not JSON",
    f"{OBJECT}\n[1]": "line 2: message 1 is not a JSON object",
    '{"messages": 5}': "its messages are not a list",
    '{"talk": []}': "it has no messages",
    "[]": "nobody says anything",
    '[{"role": "bard", "content": "x"}]': "message 1 has no role that is known here: 'bard'",
    f'{OBJECT}\n{{"messages": {"[" * 100_000}': "line 2 is not JSON: it is nested too deeply",
    f'{OBJECT}\n{{"messages": {"9" * 5000}}}': "line 2 is not JSON: it holds a number with too many digits",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: WRONG[text])
def test_what_is_wrong_is_said_and_nothing_is_written(text: str, tmp_path: Path) -> None:
    """A file that cannot be imported whole is refused with its line, and leaves no run behind."""
    path = save(tmp_path, text)
    with pytest.raises(SourceError, match=r"talk\.jsonl") as raised:
        import_files([path], tmp_path / "runs")
    assert WRONG[text] in raised.value.message
    assert not (tmp_path / "runs").exists()


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file in another encoding, and a cut gzip file, are refused in a sentence."""
    (tmp_path / "latin.json").write_bytes('["ä"]'.encode("latin-1"))
    with pytest.raises(SourceError, match="it is not UTF-8"):
        read_conversations(tmp_path / "latin.json", "chat")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(OBJECT.encode() * 50)[:-20])
    with pytest.raises(SourceError, match="damaged"):
        read_conversations(tmp_path / "cut.gz", "chat")
    with pytest.raises(SourceError, match="No such file"):
        detect(tmp_path / "none")


def test_a_file_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to more than may be read is refused before it fills the memory."""
    monkeypatch.setattr(import_json, "MOST_BYTES", 1_000_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b" " * 20_000_000))
    with pytest.raises(SourceError, match="too large"):
        read_conversations(tmp_path / "bomb.gz", "chat")
    monkeypatch.setattr(import_chat, "MOST_CONVERSATIONS", 1)
    with pytest.raises(SourceError, match="more than 1 conversations"):
        read_conversations(save(tmp_path, f"{OBJECT}\n{OBJECT}\n"), "chat")


def test_ids_are_new_and_sort_in_order(tmp_path: Path) -> None:
    """The runs of one file sort in its order, and none has the name of another that is there."""
    path = save(tmp_path, f"{OBJECT}\n" * 40)
    written = [folder for _ in range(3) for folder in import_files([path], tmp_path / "runs")]
    assert [run.path for run in list_runs(tmp_path / "runs")] == written
    ids = import_ids(9999, tmp_path / "runs")
    assert ids == sorted(set(ids))


def test_a_remark_of_the_system_in_mid_talk(tmp_path: Path) -> None:
    """A system message after the beginning stays where it was said."""
    (records,) = imported(save(tmp_path, json.dumps([USER, SYSTEM, USER])), tmp_path)
    said = [record.event for record in records if isinstance(record.event, ev.ControlReceived)]
    assert [(one.by, one.text) for one in said] == [("system", SYSTEM["content"])]


TRAJECTORY = {
    "trajectory_format": "mini-swe-agent-1.1",
    "info": {"exit_status": "LimitsExceeded", "submission": "", "config": {"model": {"model_name": "m-1"}}},
    "messages": [
        {"role": "system", "content": "You can use bash."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Fix the bug."}],
            "extra": {"timestamp": 1_700_000_000.5},
        },
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [{"id": "c1", "function": {"name": "bash", "arguments": '{"command":"ls"}'}}],
            "extra": {
                "timestamp": 1_700_000_010,
                "response": {"usage": {"prompt_tokens": 9, "completion_tokens": 3}},
            },
        },
        {"role": "tool", "tool_call_id": "c1", "content": "a.py", "extra": {"timestamp": 1_700_000_011}},
        {
            "object": "response",
            "output": [
                {"type": "message", "content": [{"type": "output_text", "text": "I mend."}]},
                {"type": "function_call", "call_id": "c2", "name": "bash", "arguments": '{"command":"sed"}'},
            ],
            "extra": {"timestamp": 1_700_000_020},
        },
        {"type": "function_call_output", "call_id": "c2", "output": "done"},
        {"role": "exit", "content": "LimitsExceeded"},
    ],
}


def test_a_trajectory_of_mini_swe_agent(tmp_path: Path) -> None:
    """A trajectory keeps its times, calls, results, model, tokens and how it ended, in both interfaces."""
    path = save(tmp_path, json.dumps(TRAJECTORY, indent=1), "fix.traj.json")
    assert detect(path) == "swe"
    (records,) = imported(path, tmp_path)
    story = tell(records)
    assert (story.goal, story.outcome, story.models, story.tokens) == ("Fix the bug.", "limit", ["m-1"], 12)
    assert records[0].at == "2023-11-14T22:13:20.500Z"
    assert story.seconds == pytest.approx(19.9, abs=1)
    tools = [tool for part in story.parts if part.kind == "turn" for said in part.said for tool in said.tools]
    assert [(tool.name, tool.result) for tool in tools] == [("bash", "a.py"), ("bash", "done")]


def test_no_words_between_tool_calls_are_lost_to_a_view(tmp_path: Path) -> None:
    """What is said along with a call stands in a turn of its own once the assistant speaks again."""
    path = save(tmp_path, json.dumps(TRAJECTORY), "fix.traj.json")
    (records,) = imported(path, tmp_path)
    view = RunView()
    for record in records:
        view.apply(record)
    assert [item.text for item in view.items if isinstance(item, TurnItem)] == [
        "Fix the bug.",
        "I look.",
        "I mend.",
    ]


def test_a_broken_trajectory(tmp_path: Path) -> None:
    """What only claims to be a trajectory is refused in a sentence."""
    with pytest.raises(SourceError, match="no mini-swe-agent trajectory: it has no list of messages"):
        read_conversations(save(tmp_path, '{"info": {"exit_status": "x"}}'), "swe")


def test_numbers_that_json_does_not_know() -> None:
    """NaN and infinities, which some programs write, count as null."""
    assert parse_json(b"[NaN, Infinity, 1]") == [None, None, 1]
    with pytest.raises(BadJson):
        parse_json(b"\xff")


@pytest.mark.skipif(not TRANSCRIPTS.is_file(), reason="needs the recorded two-agent conversations")
def test_a_hundred_real_conversations(tmp_path: Path) -> None:
    """All of a hundred real conversations come in whole, and come out again with every word."""
    with gzip.open(TRANSCRIPTS) as file:
        given_ = [json.loads(line)["messages"] for line in file]
    found = [chat_messages(tell(records), "") for records in imported(TRANSCRIPTS, tmp_path)]
    assert len(found) == len(given_) == 100
    for before, after in zip(given_, found, strict=True):
        while before[-1]["role"] == "user":
            before.pop()
        assert [(m["role"], (m["content"] or "").strip()) for m in before] == [
            (m["role"], (m["content"] or "").strip()) for m in after
        ]

"""Chat export: lines that a fine-tuning endpoint accepts, and that hold what was said."""

import json
from typing import Any

from export_samples import completion, run_of, story
from hypothesis import given
from hypothesis import strategies as st
from record_samples import HEADER

from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.chat_export import NO_RESULT, chat_messages, render_chat

ROLES = st.sampled_from(["user", "assistant"])
TEXTS = st.sampled_from(["", " ", "Hello.", "<goal-reached/>", "\ud800 half", "two\n<goal-reached />"])
CALLS = st.lists(st.sampled_from(["t1", "t2", ""]), max_size=2)


def turn(number: int, role: RoleName, text: str, calls: list[str], answered: bool) -> list[ev.Event]:
    """A whole turn; the assistant's calls are answered or not."""
    used = calls if role == "assistant" else []
    made = [{"id": id_, "name": "f", "arguments": "{}"} for id_ in used]
    results = [ev.ToolFinished(turn=number, role=role, call=id_, name="f", ok=True, text="4") for id_ in used]
    return [
        ev.TurnStarted(turn=number, role=role),
        completion(number, role, text, tool_calls=made),
        *(results if answered else []),
        ev.TurnCompleted(turn=number, role=role, completions=[1]),
    ]


def assert_valid(messages: list[dict[str, Any]]) -> None:
    """The rules of fine-tuning: who may follow whom, no message without content, each call answered once."""
    told = messages[1:] if messages[:1] and messages[0]["role"] == "system" else messages
    assert told[0]["role"] == "user"
    assert told[-1]["role"] in ("assistant", "tool")
    open_calls: list[str] = []
    seen: set[str] = set()
    before = ""
    for message in told:
        role = message["role"]
        if role == "tool":
            assert message["tool_call_id"] == open_calls.pop(0)
        else:
            assert not open_calls
            assert message["content"] or message.get("tool_calls")
            assert role != before or before == "assistant"
        for call in message.get("tool_calls", ()):
            assert call["id"] not in seen
            seen.add(call["id"])
            open_calls.append(call["id"])
        before = role
    assert not open_calls


@given(st.lists(st.tuples(ROLES, TEXTS, CALLS, st.booleans()), max_size=8))
def test_every_line_is_fit_for_fine_tuning(turns: list[tuple[RoleName, str, list[str], bool]]) -> None:
    """Whatever the turns were, the line alternates, ends with the assistant, and answers each call once."""
    events: list[ev.Event] = [HEADER]
    for number, (role, text, calls, answered) in enumerate(turns, 1):
        events += turn(number, role, text, calls, answered)
    line = render_chat(story(events), "none")
    if line is None:
        assert not any(role == "assistant" and (text.strip() or calls) for role, text, calls, _ in turns)
        return
    assert "\n" not in line
    line.encode("utf-8")
    assert_valid(json.loads(line)["messages"])


def test_the_prompt_is_the_one_that_was_sent() -> None:
    """Goal and sources stand in the system message where the recorded template has them, once."""
    prompts: dict[RoleName, str] = {"assistant": "Goal: {{goal}}\nFrom: {{sources}} {{other}}"}
    header = HEADER.model_copy(
        update={"goal": "{{sources}}!", "pair": HEADER.pair.model_copy(update={"prompts": prompts})}
    )
    told = story([header, *turn(1, "user", "Hi.", [], True), *turn(2, "assistant", "Ho.", [], True)])
    assert chat_messages(told, "note.txt") == [
        {"role": "system", "content": "Goal: {{sources}}!\nFrom: note.txt {{other}}"},
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Ho."},
    ]


def test_a_call_without_a_result_and_a_used_id() -> None:
    """A call whose result is not in the log is answered by saying so, and an id used before is made new."""
    told = story(
        [HEADER, *turn(1, "assistant", "", ["t1"], True), *turn(2, "assistant", "Well.", ["t1"], False)]
    )
    messages = chat_messages(told, "")
    assert [one["tool_call_id"] for one in messages if one["role"] == "tool"] == ["t1", "t1-2"]
    assert messages[-1]["content"] == NO_RESULT


def test_a_turn_in_progress_is_left_out() -> None:
    """A turn that never completed teaches nothing."""
    told = story([HEADER, *turn(1, "user", "Hi.", [], True), *turn(2, "assistant", "Ho.", [], True)[:-1]])
    assert render_chat(told, "") is None


def test_text_is_kept_to_the_letter() -> None:
    """Control characters and markup are in the line as they were said, escaped as JSON allows."""
    words = "a\x1b[2J‮ <b> \u2028"
    line = render_chat(story(run_of(words)), "")
    assert line is not None
    assert json.loads(line)["messages"][1]["content"] == words.strip()
    assert "\x1b" not in line
    assert "‮" not in line

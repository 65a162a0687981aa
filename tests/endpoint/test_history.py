"""Whatever a talk holds, what is sent of it has the form that every server takes."""

from dataclasses import replace
from typing import Any, get_args

from hypothesis import example, given
from hypothesis import strategies as st

from duologue.endpoint.completion import Request
from duologue.endpoint.history import canonical
from duologue.messages import Message, ToolCall, WireRole
from tests.endpoint.conftest import Bench
from tests.endpoint.wire import chunked, said

SYSTEM, USER = Message("system", "Be brief."), Message("user", "Look.")
SAID = Message("assistant", "Yes.")


def _call(*ids: str, content: str = "") -> Message:
    return Message("assistant", content, [ToolCall(id_, "look", "{}") for id_ in ids])


def _result(id_: str, content: str = "seen") -> Message:
    return Message("tool", content, tool_call_id=id_)


TEXTS = st.sampled_from(["", "a", "b"])
IDS = st.sampled_from(["1", "2", "3"])


@st.composite
def _message(draw: st.DrawFn) -> Message:
    role = draw(st.sampled_from([role for nested in get_args(WireRole) for role in get_args(nested)]))
    calls = (
        [ToolCall(id_, "f", "{}") for id_ in draw(st.lists(IDS, max_size=3))] if role == "assistant" else []
    )
    return Message(role, draw(TEXTS), calls, draw(IDS) if role == "tool" else None)


_MAY_FOLLOW = {
    "start": {"user"},
    "user": {"assistant"},
    "assistant": {"user"},
    "tool": {"user", "assistant"},
}


def _faults(messages: list[Message]) -> list[str]:
    """What is wrong with the form; written apart from the code that makes it."""
    faults = []
    if messages and messages[0].role == "system":
        faults += ["empty system"] * (not messages.pop(0).content)
    before = "start"
    while messages:
        message = messages.pop(0)
        faults += [f"{message.role} after {before}"] * (message.role not in _MAY_FOLLOW.get(before, ()))
        faults += [f"empty {message.role}"] * (not message.content and not message.tool_calls)
        before = message.role
        for call in message.tool_calls:
            result = messages.pop(0) if messages else None
            right = result is not None and (result.role, result.tool_call_id) == ("tool", call.id)
            faults += ["no result"] * (not right or not (result and result.content))
            before = "tool"
    return faults + [f"{before} is last"] * (before in ("start", "assistant"))


@st.composite
def _nearly_canonical(draw: st.DrawFn) -> list[Message]:
    """A talk that has the form, but for a message or two that is left out, put in or emptied."""
    messages = list(canonical(draw(st.lists(_message(), max_size=8))))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(messages)))
        match draw(st.sampled_from(["left out", "put in", "emptied"])):
            case "left out":
                del messages[place : place + 1]
            case "put in":
                messages.insert(place, draw(_message()))
            case _:
                messages[place : place + 1] = [replace(each, content="") for each in messages[place:][:1]]
    return messages


@given(st.lists(_message(), max_size=8) | _nearly_canonical())
@example([USER, _call("1")])
@example([USER, _call("1"), _result("1", "")])
@example([Message("system", ""), USER])
@example([USER, SYSTEM, USER])
def test_any_talk_becomes_canonical(messages: list[Message]) -> None:
    """Every rule of the form holds for whatever was given, and what has the form is not touched again."""
    made = canonical(messages)
    assert _faults(list(made)) == []
    assert canonical(made) is made
    assert (canonical(messages) is messages) == (_faults(list(messages)) == [])


@given(st.lists(_message(), max_size=8))
def test_no_word_is_lost(messages: list[Message]) -> None:
    """What was said is still said, each text as often as before."""
    made = "".join(message.content for message in canonical(messages))
    for text in "ab":
        rest = made.replace("Result of a tool", "").replace("(nothing)", "").replace("(no result)", "")
        assert rest.count(text) == sum(message.content == text for message in messages)


def test_system_messages_become_one() -> None:
    """They lead the talk as one message, in their order, wherever they stood."""
    made = canonical([SYSTEM, USER, SAID, Message("developer", ""), Message("system", "Be kind."), USER])
    assert list(made) == [Message("system", "Be brief.\n\nBe kind."), USER, SAID, USER]


def test_results_follow_their_calls() -> None:
    """Results come in the order of the calls; one that is missing is said to be, one too many is quoted."""
    made = canonical([USER, _call("1", "2"), _result("9"), _result("2")])
    assert list(made) == [
        USER,
        _call("1", "2"),
        _result("1", "(no result)"),
        _result("2"),
        Message("user", "Result of a tool:\nseen"),
    ]


def test_what_comes_behind_results_stays_itself() -> None:
    """A result without words says so; words after it are no result."""
    made = canonical([USER, _call("1", "2"), _result("1", ""), USER])
    assert list(made) == [USER, _call("1", "2"), _result("1", "(nothing)"), _result("2", "(no result)"), USER]


def test_neighbours_of_one_role_become_one() -> None:
    """With the words, calls and fields of both."""
    first, second = replace(SAID, extra={"a": 1, "b": 1}), replace(_call("1"), extra={"b": 2})
    made = canonical([USER, first, second, _result("1")])
    assert list(made) == [USER, replace(_call("1", content="Yes."), extra={"a": 1, "b": 2}), _result("1")]


async def test_what_is_sent_is_canonical(bench: Bench) -> None:
    """The form is made at the wire, for any request."""
    await bench.ask(chunked(said("hi")), request=Request([SAID, USER, USER, _call("1")]))
    sent: list[dict[str, Any]] = bench.wire.requests[0].json["messages"]
    assert [(message["role"], message["content"]) for message in sent] == [
        ("user", "(nothing)"),
        ("assistant", "Yes."),
        ("user", "Look.\n\nLook."),
        ("assistant", None),
        ("tool", "(no result)"),
    ]

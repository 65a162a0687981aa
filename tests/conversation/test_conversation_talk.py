"""What a role has heard and said: alternation, a stable beginning, and leaving out what is old."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.conversation.talk import Talk
from duologue.messages import Message

NOTE = "<note>left out</note>"
# What a run does with a talk: hears texts, empty ones too, and answers what it has heard.
EXCHANGES = st.lists(
    st.tuples(st.lists(st.text(max_size=12), max_size=3), st.text(max_size=12)), min_size=1, max_size=12
)


def sent(talk: Talk) -> bytes:
    """The bytes of the messages that a call would send."""
    return b",".join(message.encoded for message in talk.messages())


def assert_alternates(messages: list[Message]) -> None:
    """A system message, then `user` and `assistant` by turns, none of them empty."""
    roles = [message.role for message in messages]
    assert roles == ["system", *("user" if n % 2 else "assistant" for n in range(1, len(roles)))]
    assert all(message.content.strip() for message in messages)


@given(EXCHANGES)
@settings(max_examples=100, deadline=None)
def test_alternation(exchanges: list[tuple[list[str], str]]) -> None:
    """Whatever is heard and said, nothing included, the roles alternate and no message is empty."""
    talk = Talk("System.", 10_000)
    for heard, said in exchanges:
        for text in heard:
            talk.hear(text)
        talk.say(said)
        assert_alternates(talk.messages())
    talk.hear("Last.")
    assert talk.messages()[-1].role == "user"
    assert_alternates(talk.messages())


@given(EXCHANGES)
@settings(max_examples=100, deadline=None)
def test_stable_beginning(exchanges: list[tuple[list[str], str]]) -> None:
    """What was sent once is sent the same again, so that an endpoint can reuse what it computed."""
    talk, before = Talk("System.", 10_000), b""
    for heard, said in exchanges:
        for text in [*heard, "Go on."]:
            talk.hear(text)
        now = sent(talk)
        assert now.startswith(before)
        before = now
        talk.say(said)


def test_all_that_was_heard_is_one_message() -> None:
    """Everything heard since the role last spoke is one message, in order, also across a call."""
    talk = Talk("System.", 10_000)
    talk.hear(" one ")
    talk.hear("")
    talk.hear("two")
    talk.messages()
    talk.hear("three")
    assert [message.content for message in talk.messages()] == ["System.", "one\n\ntwo\n\nthree"]


def test_silence_is_said() -> None:
    """An answer without text still is an answer."""
    talk = Talk("System.", 10_000)
    talk.hear("one")
    talk.say(" \n")
    assert talk.messages()[-1] == Message("assistant", "(nothing)")


def test_size_is_that_of_the_bytes() -> None:
    """The size of a talk is that of its messages as they are sent, through every change."""
    talk = Talk("System.", 10_000)
    for number in range(20):
        talk.hear(f"日本 {number}")
        talk.messages()
        talk.hear("more")
        talk.say("said")
        talk.instruct(f"System {number}.")
    talk.drop(4, NOTE)
    assert talk.size == sum(len(message.encoded) for message in talk.messages())


def filled(exchanges: int, window_tokens: int = 2000, most_answers: int | None = None) -> Talk:
    """A talk of exchanges of 200 characters, waiting for its next call."""
    talk = Talk("System.", window_tokens, most_answers)
    for number in range(exchanges):
        talk.hear(f"{number} " + "h" * 100)
        talk.say("s" * 100)
    talk.hear("What now?")
    return talk


def compact(talk: Talk) -> int:
    """Leave out what is too much, as the loop does; returns how many messages went."""
    messages = talk.surplus()
    expected = talk.size_without(messages)
    assert talk.size - expected == sum(len(message.encoded) for message in talk.messages()[1 : messages + 1])
    if messages:
        talk.drop(messages, NOTE)
    return messages


def test_full_talk_is_compacted() -> None:
    """A talk that is full keeps its system message and its newest quarter, led by the note."""
    talk = filled(40)
    assert talk.is_full
    assert compact(talk) > 0
    messages = talk.messages()
    assert_alternates(messages)
    assert messages[0].content == "System."
    assert messages[1].content.startswith(NOTE)
    assert messages[-1].content == "What now?"
    assert not talk.is_full
    assert 2000 * 4 * 0.75 * 0.125 < talk.size <= 2000 * 4 * 0.75 * 0.25 + len(NOTE) + 4


def test_talk_with_room_is_not_full() -> None:
    """A talk that fits stays as it is."""
    assert not filled(3).is_full
    assert not filled(500, window_tokens=1_000_000).is_full


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=20), st.integers(500, 3000))
@settings(max_examples=100, deadline=None)
def test_compaction_keeps_the_form(lengths: list[int], window_tokens: int) -> None:
    """However long the messages are, what is left begins with a `user` message and ends with the newest."""
    talk = Talk("System.", window_tokens)
    for number, length in enumerate(lengths):
        talk.hear("h" * length)
        talk.messages()
        if talk.is_full:
            before = talk.size
            if compact(talk):
                assert talk.size < before + len(NOTE) + 4
        assert_alternates(talk.messages())
        assert talk.messages()[-1].content.endswith("h" * length)
        talk.say(f"said {number}")


def test_nothing_can_be_left_out() -> None:
    """Of a single exchange nothing can be left out, however long it is."""
    talk = Talk("System.", 500)
    talk.hear("h" * 100_000)
    assert talk.is_full
    assert talk.surplus() == 0


def test_heard_text_counts_in_bytes() -> None:
    """Text that is heard and not sent yet counts as it will be sent, in any script."""
    talk = Talk("System.", 1000)
    talk.hear("日" * 1200)
    assert talk.is_full


def test_talk_that_begins_anew() -> None:
    """With a number of answers given, the talk begins anew after them, with the newest only."""
    talk = filled(3, window_tokens=100_000, most_answers=4)
    assert not talk.is_full
    talk.say("fourth")
    talk.hear("And now?")
    assert talk.is_full
    assert compact(talk) == 8
    assert [message.content for message in talk.messages()] == ["System.", f"{NOTE}\n\nAnd now?"]
    assert not talk.is_full


def test_window_is_learnt() -> None:
    """What the endpoint says of its window and counts of its tokens is the measure from then on."""
    talk = filled(20, window_tokens=100_000)
    assert not talk.is_full
    talk.learn_window(1000)
    assert talk.is_full
    talk.learn_window(100_000)
    assert talk.is_full
    dense = filled(20, window_tokens=2000)
    assert not dense.is_full
    dense.learn(dense.size)
    assert dense.is_full
    dense.learn(0)
    assert dense.is_full
    sparse = filled(30, window_tokens=2000)
    assert sparse.is_full
    sparse.learn(sparse.size // 6)
    assert not sparse.is_full


def test_a_count_is_of_all_that_was_heard() -> None:
    """A talk that is folded from a log, and not sent again, learns the same from a count as one that was."""
    sent_before, folded = filled(20, window_tokens=2000), filled(20, window_tokens=2000)
    for talk in (sent_before, folded):
        talk.hear("h" * 4000)
    sent_before.messages()
    for talk in (sent_before, folded):
        talk.learn(1500)
    assert folded.tokens_in(10_000) == sent_before.tokens_in(10_000)


def test_system_message_leaves_room_or_not() -> None:
    """A system message that fills the window leaves no room for a talk."""
    assert Talk("x" * 100, 1024).fits()
    assert not Talk("x" * 3000, 1024).fits()


@pytest.mark.parametrize("text", ["plain", "日本", "\ud800", 'a"b\\c\n', "\u2028"])
def test_message_is_encoded_once(text: str) -> None:
    """A message's bytes are its JSON in UTF-8, made once; half a character becomes a mark."""
    message = Message("user", text)
    expected = {"role": "user", "content": text.encode("utf-8", "replace").decode()}
    assert json.loads(message.encoded) == expected
    assert message.encoded is message.encoded

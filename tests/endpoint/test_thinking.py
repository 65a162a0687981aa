"""Reasoning inside the content, kept apart from the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.endpoint.assemble import Assembly


def _assembled(pieces: list[str]) -> tuple[str, str]:
    assembly = Assembly()
    for piece in pieces:
        assembly.add({"choices": [{"delta": {"content": piece}}]})
    assembly.flush()
    text, reasoning, _ = assembly.result()
    return text, reasoning


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("plain", "plain", ""),
        ("<think>hm</think>yes", "yes", "hm"),
        ("<think>\nhm\n</think>\n\nyes\n", "yes\n", "\nhm\n"),
        ("<think>a</think>b<think>c</think> d", "bd", "ac"),
        ("<think></think>yes", "yes", ""),
        ("<think>never closed", "", "never closed"),
        ("use the <think> tag", "use the <think> tag", ""),
        ("hm\n</think>\n\nyes", "yes", "hm\n"),
        ("the tag </think> closes", "the tag </think> closes", ""),
        ("a < b <thin", "a < b <thin", ""),
        ("<thinking>no</thinking>", "<thinking>no</thinking>", ""),
        ("<<think>x</think></think>", "<</think>", "x"),
    ],
)
def test_tags(content: str, text: str, reasoning: str) -> None:
    """Paired tags part reasoning from text, whole or in single characters; stray tags are understood."""
    assert _assembled([content]) == (text, reasoning)
    assert _assembled(list(content)) == (text, reasoning)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "think", ">", "a", "\n", " ", "/"]), max_size=12)
)
def test_cutting_changes_nothing(parts: list[str]) -> None:
    """Text and reasoning do not depend on how the content was cut."""
    whole = "".join(parts)
    assert _assembled(parts) == _assembled([whole]) == _assembled(list(whole))

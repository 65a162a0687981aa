"""Markdown export: readable, and no word of the talk becomes structure of the document."""

import re
from itertools import pairwise

import pytest
from export_samples import completion, run_of, shown
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from record_samples import EVENTS, HEADER

from duologue.record import events as ev
from duologue.record.markdown import escaped, render_markdown

MARKDOWN = MarkdownIt("commonmark").enable("table")
OURS = {"html_block", "heading_open", "bullet_list_open", "blockquote_open", "fence", "paragraph_open"}


def said(text: str) -> str:
    """The document of a run of two turns, the second of which says this."""
    events = [
        HEADER,
        ev.TurnStarted(turn=1, role="assistant"),
        completion(1, "assistant", text),
        ev.TurnCompleted(turn=1, role="assistant", completions=[3]),
        ev.TurnStarted(turn=2, role="user"),
        completion(2, "user", "Go on."),
        ev.TurnCompleted(turn=2, role="user", completions=[6]),
    ]
    return render_markdown(shown(events))


def headings(document: str) -> list[str]:
    """The document's headings as a Markdown parser finds them at its top level."""
    tokens = MARKDOWN.parse(document)
    return [
        after.content
        for token, after in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def test_a_run_reads_from_goal_to_end() -> None:
    """Goal, outcome, criteria with their states, turns, verdicts with quotes and marks are all there."""
    document = render_markdown(shown(EVENTS))
    assert document.startswith("# Write a haiku about «rivers» – 川.\n")
    for expected in ("**done**: Every criterion is met.", "- ✓ **c1** Three lines", "“still water” — result"):
        assert expected in document
    for heading in (
        "Criteria",
        "Result",
        "The talk",
        "Turn 2: assistant",
        "Verdict after turn 2: done, overruled",
    ):
        assert heading in headings(document)
    assert "> **guard.raised** echo (user): It repeats. → nudge" in document


BREAKS = (
    "# A heading\n\nText",
    "Text\n====\n\nMore\n---",
    "```\nunclosed",
    "````\n```\n",
    "~~~\n",
    "<script>alert(1)</script>",
    "</details>\n\n## Turn 2: user",
    "![x](http://127.0.0.1/x.png)",
    "[x](javascript:alert)\n\n[y]: http://127.0.0.1",
    "| a | b |\n|---|---|\n| c | d |",
    "    code\n\tcode",
    "> quoted\n\n1. one\n2. two",
    "see www.example.com or https://example.com",
    "<!--",
    "a\n***\nb",
)


@pytest.mark.parametrize("text", BREAKS)
def test_no_text_becomes_structure(text: str) -> None:
    """Headings, fences, tags, images and links of the talk stay text wherever they stand."""
    for document in (said(text), render_markdown(shown(run_of(text)))):
        tokens = MARKDOWN.parse(document)
        inline = [child.type for token in tokens for child in token.children or ()]
        assert not {"image", "link_open", "html_inline"} & set(inline)
        foreign = [token.content for token in tokens if token.type == "html_block"]
        assert set(foreign) <= {"<details><summary>Reasoning</summary>\n", "</details>\n"}
    assert headings(said(text)) == [HEADER.goal, "The talk", "Turn 1: assistant", "Turn 2: user"]


@given(st.text(st.sampled_from("ab \n\t`~#*_-=+<>[]()!|&\\1.:/@$")))
def test_no_mixture_breaks_out(text: str) -> None:
    """Of any mixture of Markdown's own characters, none reaches the document's top level."""
    document = said(text)
    assert headings(document) == [HEADER.goal, "The talk", "Turn 1: assistant", "Turn 2: user"]
    tokens = [token for token in MARKDOWN.parse(document) if token.level == 0 and token.nesting >= 0]
    assert {token.type for token in tokens} <= OURS


@given(st.text(st.sampled_from("ab `~#*_-=+<>[]()!|&\\1.$")).filter(str.strip))
def test_an_escaped_line_reads_as_it_was_written(text: str) -> None:
    """A line that is escaped renders to its own text, with white space folded."""
    tokens = MARKDOWN.parse(escaped(text))
    (inline,) = [token for token in tokens if token.type == "inline"]
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in inline.children or ()) == re.sub(r"\s+", " ", text).strip()


def test_prose_keeps_its_lists() -> None:
    """What is plain prose stands as a block quote, not as code, with its lines and its list."""
    document = said("Two things:\n\n- **first**\n- second\n\nThat is all.")
    assert "> Two things:  \n>\n> - **first**  \n> - second  \n>\n> That is all.  \n" in document

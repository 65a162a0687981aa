"""A text that grows at its end is shown as it would be at once, and little of it is laid out again."""

import os
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from test_tui_prose import PIECES
from textual.strip import Strip

from duologue.display import display_safe
from duologue.record.draft import Draft
from duologue.record.items import TurnItem
from duologue.record.sections import Section, draft_sections
from duologue.tui.growing import MOST_OPEN, Growing, Kind, kind_of
from duologue.tui.look import Look
from duologue.tui.palette import DARK
from duologue.tui.prose import delivered, prose
from duologue.tui.strips import paint
from duologue.tui.turn_block import Growth, turn_block

SOAK: Final = bool(os.environ.get("DUOLOGUE_SOAK"))
LISTS = [
    "- a\n",
    "- b\n\n",
    "  - c\n",
    "    d\n",
    "* e\n",
    "1. f\n",
    "2. g\n\n",
    "10. h\n",
    "-\n",
    "- \n",
    "1)\n",
]
CODE = [
    "```\n",
    "```py\n",
    "~~~\n",
    "````\n",
    "  ```\n",
    "> q\n",
    ">\n",
    "> - r\n",
    "lazy\n",
    "#\n",
    "####### \n",
]
TABLES = ["|a|b|\n", "|-|-|\n", "|c|\n", "a|b\n", "-|-\n", "===\n", "---\n", "- - -\n", "\n", "\n\n", "\t\n"]
SPANNING = [
    "[a]: /b\n",
    "[a]\n",
    "<div>\n",
    "</div>\n",
    "<!--\n",
    "-->\n",
    "**open\n",
    "shut**\n",
    "\\\n",
    "  \n",
]
HOSTILE = [
    "\r\n",
    "\r",
    "\x1b",
    "]52;c;QQ==\x07\n",
    "\u202e\n",
    "\u2067x\n",
    "e\u0301\n",
    "\u0301" * 9,
    "\u200d",
]
JOINED = ["👩", "🚀", "\ufe0f", "\u2028", "\ud800", "{\n", '"k": [1,\n', "]}\n"]
LINES = st.sampled_from([*LISTS, *CODE, *TABLES, *SPANNING, *HOSTILE, *JOINED])
TEXTS = st.lists(st.one_of(LINES, LINES, PIECES), max_size=24).map("".join)
CUTS = st.lists(st.integers(0, 300), max_size=12).map(sorted)


def as_it_is(strips: list[Strip]) -> list[Strip]:
    return strips


def seen(strips: list[Strip]) -> list[list[Segment]]:
    return [[part for part in Segment.simplify(strip) if part.text] for strip in strips]


def at_once(text: str, kind: Kind, width: int) -> list[list[Segment]]:
    """The whole text, laid out by Rich at once."""
    shown = delivered(text, "monokai") if kind == "data" else prose(text, "monokai")
    return seen(paint(shown, width))


@settings(max_examples=5_000 if SOAK else 120, deadline=None)
@given(TEXTS, CUTS, st.integers(1, 50), st.booleans(), st.sampled_from([1, 9, 40, MOST_OPEN]))
@example("para\n#######", [6], 20, False, MOST_OPEN)
@example("para\na|b\n-|-\nc|d\n\nmore", [9, 10, 11, 14], 20, False, MOST_OPEN)
@example("- a\n\n\n  b\n\nc\n===\n", [4, 5, 6, 12], 20, False, MOST_OPEN)
@example("```\n# no\n\n- heading\n```\nafter\n\nlast", [4, 9, 10, 20, 24], 20, False, MOST_OPEN)
@example("a\r\n\nb\r", [2, 3, 4], 20, False, MOST_OPEN)
@example("👩\u200d\n🚀 e" + "\u0301" * 7 + "\n" + "\u0301" * 7 + "\n\nx", [2, 3, 12], 20, False, MOST_OPEN)
def test_any_cut_comes_to_the_same(
    text: str, cuts: list[int], width: int, result: bool, most_open: int
) -> None:
    """Wherever a text is cut into what arrives, it is shown at last as it is when it is laid out at once;
    and nothing that was shown on the way acts."""
    made = Growing(width, "monokai", as_it_is, most_open=most_open)
    for cut in (*cuts, len(text)):
        arrived = text[:cut]
        for strip in made.lines(arrived, kind_of(arrived, result=result), whole=False):
            assert display_safe(strip.text, newlines=False) == strip.text
    kind = kind_of(text, result=result)
    shown = made.lines(text, kind, whole=True)
    if text.strip("\n"):
        assert seen(shown) == at_once(text, kind, width)


def turns(text: str, result: str | None, reasoning: str) -> tuple[TurnItem, TurnItem]:
    """The turn in progress, and as it is when it has ended."""
    begun = TurnItem(1, "assistant", 3, 0.0)
    ended = TurnItem(1, "assistant", 3, 0.0, ended=1.0, text=text, reasoning=reasoning, result=result)
    return begun, ended


@settings(max_examples=1_000 if SOAK else 20, deadline=None)
@given(TEXTS, TEXTS, TEXTS, CUTS, st.integers(1, 60), st.sampled_from(["", "a", "- "]))
def test_a_turn_ends_as_it_would_be_shown_at_once(
    before: str, result: str, thoughts: str, cuts: list[int], width: int, find: str
) -> None:
    """A turn that was watched as it was written looks, when it has ended, like one that was never watched:
    what was thought, what was said, the result in its frame, what was looked for."""
    text = f"{before}\n<result>\n{result}\n</result>\nafter"
    begun, ended = turns(text, result if result.strip() else None, thoughts)
    look, growth = Look(width, DARK, reasoning=True, find=find), Growth()
    for cut in (*cuts, len(text)):
        turn_block(begun, Draft(1, "assistant", "turn", "a", text[:cut], thoughts[:cut]), look, growth)
    assert seen(turn_block(ended, None, look, growth)) == seen(turn_block(ended, None, look))


def test_what_is_closed_is_not_laid_out_again() -> None:
    """The lines of blocks that are closed are the same objects as before, also when the turn has ended."""
    begun, ended = turns("# one\n\ntwo\n\nthree\n\nfour", None, "")
    look, growth = Look(40, DARK), Growth()
    first = turn_block(begun, Draft(1, "assistant", "turn", "a", ended.text[:-2]), look, growth)
    then = turn_block(ended, None, look, growth)
    shared = [line for line in then if any(line is other for other in first)]
    assert [line.text.rstrip() for line in shared] == ["┃ one", "┃", "┃ two"]


def test_another_attempt_begins_anew() -> None:
    """What was drafted of an attempt that broke off leaves nothing in the next one."""
    begun, _ = turns("", None, "")
    look, growth = Look(40, DARK), Growth()
    turn_block(begun, Draft(1, "assistant", "turn", "a", "one\n\ntwo\n\nthree"), look, growth)
    again = turn_block(begun, Draft(1, "assistant", "turn", "b", "one\n\nother"), look, growth)
    assert [line.text.rstrip() for line in again[1:]] == ["┃ one", "┃", "┃ other", "┃ ▌"]


@pytest.mark.parametrize("tag", ["\n<result>", "\n  <result>", "\n<res", "\n"])
def test_a_tag_that_is_still_arriving_is_not_shown(tag: str) -> None:
    """What may be the beginning of a result's tag is waited for, so that nothing flickers."""
    assert draft_sections(f"Now:{tag}")[0] == Section("Now:")
    assert draft_sections("<result>x</resul")[-1] == Section("x", result=True)
    assert draft_sections("a < b")[-1] == Section("a < b")


@pytest.mark.timeout(20)
def test_tags_in_mid_line_are_no_trap() -> None:
    """A long line full of tags that are none is looked through at once, however often it is."""
    text = "a <result>" * 20_000
    for _ in range(20):
        assert draft_sections(text) == [Section(text)]

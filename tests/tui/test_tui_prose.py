"""Foreign texts as Markdown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.display import display_safe
from duologue.record.sections import Section, draft_sections, sections
from duologue.tui.palette import DARK, LIGHT, Palette
from duologue.tui.prose import MOST_CHARACTERS, delivered, prose
from duologue.tui.strips import paint
from duologue.tui.themes import CONTRAST

BLOCKS = [
    "# ",
    "> ",
    "- ",
    "1. ",
    "```",
    "~~~python\n",
    "|a|b|\n|-|-|\n",
    "---\n",
    "[a]: b\n",
    "    ",
    "\n",
    "\n\n",
]
SPANS = [
    "`",
    "**",
    "_",
    "~~",
    "|",
    "[a](b)",
    "![a](b)",
    "<b>",
    "<!--",
    "&#x202e;",
    "&#27;",
    "\\",
    "http://x.y",
]
WORDS = ["word ", "\t", "\x1b[31m", "漢字", "👩\u200d🚀", "[@click=app.quit]x[/]", "\u202e", "\u0301"]
PIECES = st.sampled_from([*BLOCKS, *SPANS, *WORDS])


def lines(text: str, width: int = 40) -> list[str]:
    return [strip.text.rstrip() for strip in paint(prose(text, "monokai"), width)]


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40).map("".join), st.integers(1, 60))
def test_no_text_breaks_the_screen(text: str, width: int) -> None:
    """Whatever the Markdown and the width, lines come out, and nothing in them acts."""
    for strip in paint(prose(text, "monokai"), width):
        for segment in strip:
            assert display_safe(segment.text, newlines=False) == segment.text
            assert not (segment.style and (segment.style.link or segment.style.meta))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<secret>hidden</secret>", "<secret>hidden</secret>"),
        ("a <!-- note --> b", "<!-- note -->"),
        ("![alt](http://evil/pixel)", "http://evil/pixel"),
        ("[text](http://there)", "http://there"),
        ("[x]: http://reference", "http://reference"),
        ("&#x202e;&lt;", "&#x202e;&lt;"),
        ("> " * 30 + "deep", "deep"),
        ("\x1b]52;c;AAAA\x07", "␛]52;c;AAAA␇"),
        ("[@click=app.bell]x[/]", "[@click=app.bell]x[/]"),
    ],
)
def test_nothing_is_hidden(text: str, seen: str) -> None:
    """HTML, images, references, entities and addresses are shown as they were written."""
    assert seen in " ".join(lines(text, 200))


def test_blocks_are_apart_by_one_line() -> None:
    """Between blocks of any kind there is one empty line, and none before the first."""
    text = "- a\n- b\n\n> c\n\n---\n\n1. d\n\n```\ne\n```\n# f\n- g"
    shown = [" • a", " • b", "", "▌ c", "", "-" * 40, "", " 1 d", "", "  e", "", "f", "", " • g"]
    assert lines(text) == shown


def test_only_what_is_too_deep_stands_as_it_is() -> None:
    """A block that is nested too deep for the parser is shown as it was written, the others as Markdown."""
    assert lines("**a**\n\n" + "> " * 30 + "deep\n\n**b**", 100) == ["a", "", "> " * 30 + "deep", "", "b"]


def test_line_ends_stay() -> None:
    """A line of a poem stays a line."""
    assert lines("one\ntwo") == ["one", "two"]


@pytest.mark.parametrize("text", ["one\n   two\n      three", "  one\ntwo", "a\n\n  b\n c"])
def test_indents_stay(text: str) -> None:
    """The blanks with which the lines of a poem begin are shown."""
    assert [line.replace("\xa0", " ") for line in lines(text)] == text.split("\n")


def test_code_is_highlighted() -> None:
    """A fenced block is painted in more than one style."""
    strips = paint(prose("```python\ndef f(): return 1\n```", "monokai"), 40)
    assert len({str(segment.style) for strip in strips for segment in strip}) > 2


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{\n    "a": [\n        1\n    ]\n}', ["{", '    "a": [', "        1", "    ]", "}"]),
        ('[\n    "a"', ["[", '    "a"']),
        ("[ ] **task**", ["[ ] task"]),
        ("[a](b) **bold**", ["a (b) bold"]),
    ],
)
def test_a_result_in_json_keeps_its_form(text: str, seen: list[str]) -> None:
    """JSON, whole or still arriving, keeps its indentation; other results are Markdown."""
    assert [strip.text.rstrip() for strip in paint(delivered(text, "monokai"), 40)] == seen


def test_long_texts_are_not_parsed() -> None:
    """A text beyond the limit is shown as it stands."""
    assert lines("**a** " + "b" * MOST_CHARACTERS, 80)[0].startswith("**a**")


def test_the_result_is_a_part_of_its_own() -> None:
    """What a turn delivers is cut out of its text with the tags around it."""
    text = "Before.\n<result>\nthe <b>thing</b>\n</result>\nAfter."
    assert sections(text, "the <b>thing</b>") == [
        Section("Before.\n"),
        Section("the <b>thing</b>", result=True),
        Section("\nAfter."),
    ]
    assert sections("no tags: thing", "thing")[-1] == Section("thing", result=True)
    assert sections("I would use <result> here", None) == [Section("I would use <result> here")]


def test_a_result_that_is_arriving_is_shown_as_one() -> None:
    """In a draft, what follows the opening tag is the result so far."""
    assert draft_sections("Now:\n<result>\nthe th") == [Section("Now:"), Section("\nthe th", result=True)]
    assert draft_sections("a `<result>` tag") == [Section("a `<result>` tag")]
    assert draft_sections("<result>x</result>\nbye") == [Section("x", result=True), Section("\nbye")]


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=["dark", "light", "contrast"])
def test_code_stands_out_from_the_ground_of_its_theme(palette: Palette) -> None:
    """Code has no ground of its own, and its words are light on dark themes and dark on the light one."""
    for strip in paint(delivered('{"a": [1, null, "words"]}', palette.code), 40):
        for segment in strip:
            assert segment.style is None or segment.style.bgcolor is None
            color = segment.style.color if segment.style else None
            if color is not None and not color.is_default and segment.text.strip():
                red, green, blue = color.get_truecolor()
                light = 0.3 * red + 0.6 * green + 0.1 * blue
                assert light < 150 if palette is LIGHT else light > 70, segment


def test_one_empty_line_stands_between_blocks() -> None:
    """Also before and after a table and code."""
    text = "One.\n\n|a|b|\n|-|-|\n|1|2|\n\nTwo.\n\n```\nx = 1\n```\n\n|c|\n|-|\n|3|\n\n    y = 2\n\nThree."
    strips = paint(prose(text, DARK.code), 30)
    assert [strip.text.strip() for strip in strips] == [
        *("One.", "", "a  b", "────", "1  2", "", "Two.", "", "x = 1", "", "c", "─", "3", "", "y = 2", ""),
        "Three.",
    ]

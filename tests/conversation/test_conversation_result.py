"""What counts as delivered, and what the user agent is taken to claim."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.conversation.result import find_claim, find_result, without_claim
from duologue.conversation.words import words

F = "```"
SHAPES = {
    "on lines of their own": ("<result>\n42\n</result>", "42"),
    "with working around": ("First I add.\n<result>\n42\n</result>\nThat is all.", "42"),
    "several lines": ("<result>\na\n\n  b\n</result>", "a\n\n  b"),
    "in one line": ("<result>42</result>", "42"),
    "closed at a line's end": ("<result>\n42</result>", "42"),
    "indented": ("  <result>\n42\n  </result>  ", "42"),
    "CRLF": ("One.\r\n<result>\r\na\r\nb\r\n</result>\r\nTwo.", "a\r\nb"),
    "the last of several": ("<result>\nold\n</result>\n<result>\nnew\n</result>", "new"),
    "in a fence": (f"<result>\n{F}python\nx = 1\n{F}\n</result>", "x = 1"),
    "in a fence, CRLF": (f"<result>\r\n{F}\r\nx = 1\r\n{F}\r\n</result>\r\n", "x = 1"),
    "in a long fence": (f"<result>\n````md\n{F}\nx\n{F}\n````\n</result>", f"{F}\nx\n{F}"),
    "fences in a fence": (f"<result>\n{F}md\n# A\n{F}py\nx\n{F}\n{F}\n</result>", f"# A\n{F}py\nx\n{F}"),
    "two fences": (f"<result>\n{F}\na\n{F}\nand\n{F}\nb\n{F}\n</result>", f"{F}\na\n{F}\nand\n{F}\nb\n{F}"),
    "a fence around the tags": (f"{F}\n<result>\n42\n</result>\n{F}", "42"),
    "tags in the result": (
        "<result>\n<report>\n  <result>5</result>\n</report>\n</result>",
        "<report>\n  <result>5</result>\n</report>",
    ),
    "begun twice": ("<result>\nno, wait\n<result>\n42\n</result>", "42"),
    "mentioned afterwards": ("<result>\n42\n</result>\nIt stands between <result> and </result>", "42"),
    "mentioned before": ("It goes between <result> and </result>\n<result>\n42\n</result>", "42"),
    "mentioned inside": (
        "<result>\nUse <result> and `</result>` so.\n</result>",
        "Use <result> and `</result>` so.",
    ),
    "never closed": ("<result>\n42", None),
    "never opened": ("42\n</result>", None),
    "closed before it opens": ("</result>\n42\n<result>", None),
    "only mentioned": ("I write it between <result> and </result>.", None),
    "in a sentence": ("The tag `<result>` begins it.\n</result>", None),
    "empty": ("<result>\n</result>", None),
    "blank": ("<result>\n  \n</result>", None),
    "an empty fence": (f"<result>\n{F}\n\n{F}\n</result>", None),
    "nothing": ("", None),
    "emptied again": ("<result>\n42\n</result>\n<result></result>", None),
}


@pytest.mark.parametrize(("text", "result"), SHAPES.values(), ids=SHAPES.keys())
def test_result(text: str, result: str | None) -> None:
    """A result is found in every shape that models give it, and nowhere else."""
    found = find_result(text)
    assert (None if found is None else text[slice(*found)]) == result


@given(
    st.lists(st.sampled_from(["<result>", "</result>", "\n", "\r\n", "a", " ", F, "~~~", "`"]), max_size=20)
)
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_result_or_none(pieces: list[str]) -> None:
    """Whatever tags and fences stand in a text, the result is a stretch of it with something in it."""
    text = "".join(pieces)
    found = find_result(text)
    if found is not None:
        assert 0 <= found[0] < found[1] <= len(text)
        assert text[slice(*found)].strip()
        assert "<result>" in text[: found[0]]
        assert "</result>" in text[found[1] :]


@given(st.text(st.characters(exclude_characters="<`~\r"), max_size=60).filter(lambda text: text.strip()))
@settings(max_examples=100, deadline=None)
def test_delivered_text_is_kept(text: str) -> None:
    """What stands between the tags is delivered as it is."""
    found = find_result(f"Done.\n<result>\n{text}\n</result>\n")
    assert found is not None
    whole = f"Done.\n<result>\n{text}\n</result>\n"[slice(*found)]
    assert whole.strip("\n \t") == text.strip("\n \t")


CLAIMS = {
    "reached": ("<goal-reached/>", "done", ""),
    "reached, with a space": (" <goal-reached /> \n", "done", ""),
    "reached, CRLF": ("\r\n<goal-reached/>\r\n", "done", ""),
    "reached, left open": ("<goal-reached>", "done", ""),
    "reached, with an instruction": ("Go on.\n<goal-reached/>", "done", "Go on."),
    "impossible": ("<goal-impossible>No such file.</goal-impossible>", "impossible", ""),
    "impossible over lines": ("<goal-impossible>No\nfile.</goal-impossible>", "impossible", ""),
    "both": ("<goal-reached/>\n<goal-impossible>x</goal-impossible>", "impossible", ""),
    "in a sentence": ("Write <goal-reached/> when done.", None, "Write <goal-reached/> when done."),
    "impossible, not closed": ("<goal-impossible>x", None, "<goal-impossible>x"),
    "nothing": ("", None, ""),
}


@pytest.mark.parametrize(("text", "claim", "rest"), CLAIMS.values(), ids=CLAIMS.keys())
def test_claim(text: str, claim: str | None, rest: str) -> None:
    """A claim stands on a line of its own; what else was said is the instruction."""
    assert find_claim(text) == claim
    assert without_claim(text) == rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One two, three.", ["One", "two", "three"]),
        ("don't well-known 3.5 1,000 it’s", ["don't", "well-known", "3.5", "1,000", "it’s"]),
        ("  -- … !  ", []),
        ("", []),
        ("naïve Übung слово", ["naïve", "Übung", "слово"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("ฉัน", ["ฉ", "ั", "น"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        ("ខ្មែរ", ["ខ", "្", "ម", "ែ", "រ"]),
        ("cafe\u0301 \U00020000", ["cafe\u0301", "\U00020000"]),
        ("a\nb\tc", ["a", "b", "c"]),
        ("snake_case", ["snake_case"]),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    """A word is what a reader takes for one; where a script has no spaces, each character counts."""
    assert words(text) == found

"""What is shown of untrusted text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from duologue.display import MOST_MARKS, display_safe, one_line

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(max_codepoint=0xA0),
        st.sampled_from(
            "\u200b\u200c\u200d\u202e\u2066\u0301\u034f\ufe0f\ufe0e\U000e0041\U000e0100\ud800\u061c👩🚀कर्یabé⟩⟨\r\n\t"
        ),
    )
)
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


@given(HOSTILE)
def test_nothing_that_acts_survives(text: str) -> None:
    """No control, reordering, separating, tag or surrogate character is left in what is shown."""
    assert ACTING.search(display_safe(text)) is None
    assert re.search("[\t\n]", display_safe(text, newlines=False)) is None


@given(HOSTILE, st.booleans())
def test_twice_is_once(text: str, newlines: bool) -> None:
    """Safe text is left as it is, so that several layers may each make sure."""
    once = display_safe(text, newlines=newlines)
    assert display_safe(once, newlines=newlines) == once


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"], exclude_characters="ᅟᅠㅤﾠ")))
def test_letters_and_symbols_are_untouched(text: str) -> None:
    """Visible characters come back as the same object."""
    assert display_safe(text) is text


@pytest.mark.parametrize(
    "text",
    [
        "plain\ttext\nin lines",
        "مرحبا بالعالم، كيف الحال؟ السَّلَامُ عَلَيْكُمْ",
        "می‌خواهم",
        "क्‍ष और र्‍य, हिन्दी में",
        "র‍্যাব",
        "👩‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ❤️‍🔥 1️⃣",
        "漢字かな交じり文、ｶﾞｷﾞ, 葛󠄀城",
        "cafe\u0301, Ti\u1ebfng Vi\u1ec7t, T\u0323\u0302\u0301",
        "ภาษาไทยที่นี่",
        "─── ⟨quoted⟩ ░▒▓",
    ],
)
def test_scripts_are_untouched(text: str) -> None:
    """Text in many scripts, with the joiners, accents and emoji sequences it needs, stays as it is."""
    assert display_safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", "␛]0;owned␇"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("a\x7fb\x00", "a␡b␀"),
        ("one\r\ntwo\rthree", "one\ntwo␍three"),
        ("if \u202eadmin", "if ⟨U+202E⟩admin"),
        ("pay\u200bpal \u200dx", "pay⟨U+200B⟩pal ⟨U+200D⟩x"),
        ("hi\U000e0068", "hi⟨U+E0068⟩"),
        ("a\ufe0f\U000e0101", "a⟨U+FE0F⟩⟨U+E0101⟩"),
        ("\ud83d", "⟨U+D83D⟩"),
        ("\uffff\U0010ffff", "⟨U+FFFF⟩⟨U+10FFFF⟩"),
        ("e" + "\u0301" * 20, "e" + "\u0301" * 8 + "⟨+12 marks⟩"),
    ],
)
def test_what_acts_is_marked(text: str, shown: str) -> None:
    """What could act or hide is replaced by something to see."""
    assert display_safe(text) == shown


def test_one_line_has_no_breaks() -> None:
    """Without newlines, breaks and tabs are pictures too."""
    assert display_safe("a\nb\tc\r\nd", newlines=False) == "a␊b␉c␊d"


@given(HOSTILE)
def test_marks_do_not_pile_up(text: str) -> None:
    """However the marks are mixed with joiners, no more than a few follow one another."""
    piled = re.compile(f"[\u0300-\u036f\ufe00-\ufe0f\u200c\u200d]{{{MOST_MARKS + 1}}}")
    assert piled.search(display_safe(text + "\u0301\u200d" * 30)) is None


def test_a_line_is_clipped_by_columns() -> None:
    """One line folds white space, counts wide characters twice, and ends in an ellipsis where it is cut."""
    assert one_line("a\n  goal\tin lines ", 80) == "a goal in lines"
    assert one_line("漢字漢字", 8) == "漢字漢字"
    assert one_line("漢字漢字", 7) == "漢字漢…"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abc", 0) == ""
    assert one_line("a" + "\n" * 1_000_000 + "b", 80) == "a…"
    assert one_line("\x1b[31m\x00", 80) == "␛[31m␀"


@given(HOSTILE, st.integers(0, 30))
def test_a_line_is_safe_and_no_wider(text: str, width: int) -> None:
    """Whatever the text, one line of it is safe and fits."""
    line = one_line(text, width)
    assert ACTING.search(line) is None
    assert "\n" not in line
    assert display_safe(line, newlines=False) == line
    assert cell_len(line) <= width

"""Quotes: an honest copy always stands, and a near miss never does."""

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from duologue.conversation.evidence import Places
from duologue.conversation.quotation import comparable, holds

PROSE = "The offer of Corva costs 12,500 euros a year; Arno asks 1.5 times as much, but Bel does not deliver."
TYPOGRAPHIC = {"'": "‘’‚‛", '"': "“”„‟«»", "-": "‐‑‒–—―−"}
SPACES = [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u202f", "\u2009", "\n\n  "]


def found(quote: str, text: str, where: str = "result") -> bool:
    """Whether a judge's quote of this result proves work."""
    places = Places.of([])
    places.order(["Compare the offers."])
    places.add_turn(1, "user", "Say what each costs.", None)
    places.add_turn(2, "assistant", f"Done:\n<result>\n{text}\n</result>", text)
    return places.examine(where, quote)[1]


HONEST = [
    ("one line", "A first.\nB second.\nC third.", "B second."),
    ("several lines", "A first.\nB second.\nC third.", "A first.\nB second."),
    ("lines as one", "A first.\n  B second.\n", "A first. B second."),
    ("soft wrap", "the cheapest\nof all offers", "cheapest of all"),
    ("Windows lines", "one two\r\nthree", "two\nthree"),
    ("code", "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a + b"),
    ("code on one line", "if x:\n\treturn [y for y in x]", "return [y for y in x]"),
    ("code with quotes", 'print("it\'s")', 'print("it\'s")'),
    ("JSON", '{"total": 42, "items": []}', '"total": 42'),
    ("table row", "| Name | Price |\n|---|---|\n| Corva | 12 |", "| Corva | 12 |"),
    ("table cell", "| Name | Price |\n|---|---|\n| Corva | 7 |", "7"),
    ("CSV", "name,price,rank\nCorva,12,1", "Corva,12"),
    ("Chinese", "结论：科瓦是最便宜的供应商。", "科瓦是最便宜"),
    ("two Chinese characters", "结论：科瓦是最便宜的供应商。", "科瓦"),
    ("Chinese soft wrap", "科瓦是最便宜\n的供应商", "科瓦是最便宜的供应商"),
    ("Japanese", "コルバが最も\n安いです。", "コルバが最も安いです。"),
    ("Korean", "코르바가 가장 저렴합니다.", "코르바가 가장 저렴합니다."),
    ("Thai", "คอร์วาถูกที่สุด", "ถูกที่สุด"),
    ("Hindi", "कोर्वा सबसे सस्ता है।", "सबसे सस्ता"),
    ("Arabic", "كورفا هي الأرخص بين الموردين.", "الأرخص بين الموردين"),
    ("Hebrew", "קורבה הזולה ביותר: 12 אירו", "הזולה ביותר: 12"),
    ("emoji", "Launch went well 🎉👩‍👩‍👧 for all", "went well 🎉👩‍👩‍👧"),
    ("emoji alone", "👍", "👍"),
    ("a number alone", "42", "42"),
    ("a digit alone", "7", "7"),
    ("a digit on its line", "First:\n7\nSecond:\n8", "8"),
    ("a list item", "- yes\n- no", "no"),
    ("a number in a sentence", "It takes 42 days.", "42"),
    ("a yes", "No", "No"),
    ("number with unit", "It costs 12 € a month.", "12 €"),
    ("number and full stop", "It costs 12.", "costs 12"),
    ("number and comma", "In 2024, 12 came.", "In 2024"),
    ("numbers in a row", "1,2,3,40", "2,3"),
    ("a number after a point", "See p.5 of it.", "5 of it"),
    ("a number after a number", "In 2024 500 came.", "500 came"),
    ("two digits in a row", "7,50,9", "50"),
    ("a year in a row", "7,2024,12", "2024,12"),
    ("a number that another ends with", "It was 1500 euros, then 500 euros.", "500 euros"),
    ("percentage", "a rise of 3.5 %", "3.5 %"),
    ("emphasis kept", "It is **not** safe.", "It is **not** safe."),
    ("link", "See [the note](https://x.test/a?b=c).", "[the note](https://x.test/a?b=c)"),
    ("curly to straight", "“It’s done”, she said.", '"It\'s done", she said.'),
    ("straight to curly", '"It\'s done", she said.', "“It’s done”, she said."),
    ("guillemets", "Elle dit « c’est fini » hier.", 'Elle dit "c\'est fini" hier.'),
    ("German quotes", "Er sagte „fertig“ und ging.", 'Er sagte "fertig" und ging.'),
    ("reversed guillemets", "Er sagte »fertig« und ging.", "Er sagte „fertig“ und ging."),
    ("dash", "cheap — and good, 10–12 days", "cheap - and good, 10-12 days"),
    ("minus sign", "It was −5 °C.", "-5 °C"),
    ("no-break spaces", "12\u00a0500\u202f€ a year", "12 500 € a year"),
    ("decomposed letters", "Cafe\u0301 Zu\u0308rich", "Café Zürich"),
    ("surrounding blanks", "Corva wins.", "  Corva wins.\n"),
    ("whole text", PROSE, PROSE),
]


@pytest.mark.parametrize(("text", "quote"), [case[1:] for case in HONEST], ids=[case[0] for case in HONEST])
def test_an_honest_quote_stands(text: str, quote: str) -> None:
    """Whatever a result is made of, a copy of a part of it proves work."""
    assert found(quote, text)
    assert found(quote, text, "turn 2")


MISSES = [
    ("ellipsis", "The offer of Corva … a year"),
    ("three points", "The offer of Corva ... a year"),
    ("bracketed gap", "The offer of Corva [...] a year"),
    ("reordered", "of Corva The offer"),
    ("case", "the offer of corva"),
    ("a negation dropped", "Bel does deliver"),
    ("a word inserted", "The best offer of Corva"),
    ("joined words", "Thefirst offer"),
    ("number cut at its end", "costs 12"),
    ("number cut at its beginning", "500 euros"),
    ("thousands cut off", "500"),
    ("number cut at its point", "asks 1"),
    ("decimals alone", "5 times as much"),
    ("digits cut", "costs 12,50"),
    ("look-alike letter", "Corv\u0430 costs"),
    ("zero-width character", "Cor\u200bva costs"),
    ("full-width digits", "１２,500 euros"),
    ("markup added", "**Corva** costs"),
    ("one letter", "C"),
    ("two letters", "of"),
    ("one digit", "5"),
    ("punctuation", ";"),
    ("nothing but signs", "; , ."),
]


@pytest.mark.parametrize("quote", [case[1] for case in MISSES], ids=[case[0] for case in MISSES])
def test_a_near_miss_falls(quote: str) -> None:
    """What is nearly a quote, or too little of one, proves nothing."""
    assert not found(quote, PROSE)


def test_decimals_at_the_very_beginning() -> None:
    """A text's first number is not cut either."""
    assert not found("5 percent", "1.5 percent more.")
    assert found(".5 percent", ".5 percent more.")


spaces = st.sampled_from(SPACES)
words = st.text(string.ascii_letters + "äßé'\"-.,", min_size=1, max_size=8)


@given(st.lists(words, min_size=3, max_size=12), st.data())
@settings(max_examples=150, deadline=None)
def test_white_space_and_typography_never_matter(parts: list[str], data: st.DataObject) -> None:
    """A stretch of words stands however it is wrapped, and with plain or typographic quotes and dashes."""
    text = " ".join(parts)
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first, len(parts) - 1))
    quote = parts[first]
    for part in parts[first + 1 : last + 1]:
        quote += data.draw(spaces) + part
    quote = "".join(data.draw(st.sampled_from(TYPOGRAPHIC.get(c, "") + c)) for c in quote)
    assert holds(comparable(text), comparable(quote))


@given(st.integers(0, len(PROSE) - 1), st.sampled_from(string.ascii_letters + string.digits))
@settings(max_examples=150, deadline=None)
def test_one_changed_character_falls(place: int, other: str) -> None:
    """One letter or digit in place of another character is no copy any more."""
    assume(PROSE[place] != other)
    assert not found(PROSE[:place] + other + PROSE[place + 1 :], PROSE)


@given(st.permutations(PROSE.split()))
@settings(max_examples=60, deadline=None)
def test_reordered_words_fall(parts: list[str]) -> None:
    """The same words in another order are no copy."""
    assume(parts != PROSE.split())
    assert not found(" ".join(parts), PROSE)


@given(st.integers(1, len(PROSE.split()) - 1), st.sampled_from(["…", "...", "[…]", "(...)", "…,"]))
@settings(max_examples=40, deadline=None)
def test_an_ellipsis_falls(place: int, gap: str) -> None:
    """What leaves something out in its middle is no copy."""
    parts = PROSE.split()
    assert not found(" ".join([*parts[:place], gap, *parts[place + 1 :]]), PROSE)


@given(st.text(), st.text())
@settings(max_examples=200, deadline=None)
def test_comparing_is_settled(text: str, more: str) -> None:
    """Text made comparable once stays as it is, and a text always holds itself."""
    once = comparable(text)
    assert comparable(once) == once
    assert not once or holds(once, once)
    assert not once or holds(f"{once} ; {comparable(more)}", once) or once[-1].isdecimal()


def test_long_texts_and_many_quotes() -> None:
    """A result of two megabytes and a thousand quotes take one look each; digits without end are no trap."""
    text = "\n".join(f"line {n}: supplier {n * 7919} asks {n * 31} euros – “so be it”" for n in range(40_000))
    assert len(text.encode()) > 2_000_000
    places = Places.of([])
    places.add_turn(1, "user", "Compare.", None)
    places.add_turn(2, "assistant", f"<result>\n{text}\n</result>", text)
    lines = text.split("\n")
    for n in range(1000):
        where = "turn 2" if n % 2 else "result"
        assert places.examine(where, lines[n * 39])[1]
    assert not places.examine("result", "supplier x")[1]
    assert not holds("1" * 2_000_000, "1" * 1000)

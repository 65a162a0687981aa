"""The lists of phrases that guards know, and how they are found in a text."""

from typing import get_args

import pytest

from duologue.conversation.phrases import Kind, label, languages, says, without
from duologue.conversation.words import length

KINDS = frozenset(get_args(Kind))


@pytest.mark.parametrize("name", ["en", "de", "es", "fr", "zh", "ja"])
def test_every_language_has_every_list(name: str) -> None:
    """The six languages that are held in full know something of each kind."""
    assert set(languages()[name]) == KINDS


def test_lists_are_well_formed() -> None:
    """No list is of an unknown kind, none is empty, and no phrase stands in one twice or ends in a gap."""
    for name, table in languages().items():
        for kind, phrases in table.items():
            assert kind in KINDS
            assert phrases, (name, kind)
            assert sorted(phrases) == sorted(set(phrases)), (name, kind)
            assert all(phrase == phrase.strip() and not phrase.endswith("*") for phrase in phrases)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("courtesy", "THANK  YOU!", True),
        ("courtesy", "Thanksgiving is in November.", False),
        ("courtesy", "Have a truly wonderful day", True),
        ("courtesy", "Have a look at it every day", False),
        ("courtesy", "\u975e\u5e38\u611f\u8c22\u60a8", True),
        ("promise", "I\u2019ll do it", True),
        ("done", "The task is\ncomplete.", True),
    ],
)
def test_says(kind: Kind, text: str, found: bool) -> None:
    """Phrases are whole words, in any case, with any apostrophe, and with up to three words for a star."""
    assert says(kind, text) is found


def test_without() -> None:
    """What is left is what the lists do not cover."""
    assert without("Thank you, Mia!", ("courtesy",)).split() == [",", "mia!"]


@pytest.mark.parametrize(
    "line", ["User: go on", "**User:** go on", "## Benutzer\uff1a weiter", "\u7528\u6237\uff1a"]
)
def test_label(line: str) -> None:
    """A side is named before a colon of either width, with or without marks around it."""
    assert label("user_label").match(line) is not None
    assert label("user_label").match(f"The {line}") is None


def test_length() -> None:
    """Two characters of a script without spaces say about as much as a word."""
    assert length("four words, and one") == 4
    assert length("\u56db\u4e2a\u6c49\u5b57 ok") == 3

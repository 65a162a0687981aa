"""The strings and the recogniser themselves: what is not seen here would be missed everywhere."""

import pytest

from duologue.display import display_safe
from tests.hostile.recogniser import DATA, PLAIN, SCREEN, faults, nonces
from tests.hostile.strings import COUNT, hostile_strings

STRINGS = hostile_strings()
PLAIN_WORDS = "[]*_`<>&;:\\#|!~'\"(){}=/^$@%+-.,"


def test_there_are_more_than_five_thousand() -> None:
    """All of them differ."""
    assert COUNT > 5000
    assert len(set(STRINGS)) == COUNT


@pytest.mark.parametrize("own", [PLAIN, SCREEN, DATA], ids=["plain", "screen", "data"])
def test_what_acts_is_recognised(own: object) -> None:
    """Each string that `display_safe` has to mark is a fault where it arrives as it is, and only it."""
    missed = []
    for string in STRINGS:
        raw = string.encode("utf-8", "surrogatepass")
        if display_safe(string) != string.replace("\r\n", "\n") and not faults(raw, own):  # type: ignore[arg-type]
            missed.append(string)
    assert not missed[:10]


def test_what_was_made_safe_is_no_fault() -> None:
    """As text, and as one line."""
    for newlines in (True, False):
        safe = "\n".join(display_safe(string, newlines=newlines) for string in STRINGS).encode()
        found = [each for each in faults(safe, PLAIN) if not each.startswith("nothing is shown")]
        assert not found[:10]
        assert len(nonces(safe, PLAIN)) == COUNT

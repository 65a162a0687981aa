"""Rate-limit headers, in every form that servers send them in, and in none."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.endpoint.allowance import Allowance, read_allowances
from duologue.endpoint.retryafter import reset_s

NOW = 500.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("20ms", 0.02),
        ("6m0s", 360),
        ("1h2m3.5s", 3723.5),
        ("1d", 86400),
        ("850µs", 0.00085),
        ("1500us", 0.0015),
        ("2000000ns", 0.002),
        ("12", 12),
        ("0.5", 0.5),
        ("0", 0),
    ],
)
def test_spans(text: str, seconds: float) -> None:
    """Go's form of a duration, and plain seconds."""
    assert reset_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("form", ["epoch", "epoch ms", "iso", "iso without zone", "http"])
def test_points_in_time(form: str) -> None:
    """A time of day is a span from now on; one that is past is none."""
    for ahead_s in (90, -90):
        at = time.time() + ahead_s
        moment = datetime.fromtimestamp(at, UTC)
        text = {
            "epoch": f"{at:.0f}",
            "epoch ms": f"{at * 1000:.0f}",
            "iso": moment.isoformat().replace("+00:00", "Z"),
            "iso without zone": moment.replace(tzinfo=None).isoformat(),
            "http": format_datetime(moment, usegmt=True),
        }[form]
        found = reset_s(text)
        assert found is not None
        assert 0 <= found <= 92
        assert (found > 0) == (ahead_s > 0)


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-1", "-6m", "soon", "6x", "s", "9" * 30, "99999h", "2026"]
)
def test_nonsense_resets(text: str) -> None:
    """What is no span and no time, or an absurd one, is no reset; a small number is seconds."""
    assert reset_s(text) == (2026 if text == "2026" else None)


@given(st.text(max_size=30))
def test_any_text_is_survived(text: str) -> None:
    """Whatever a server sends is seconds or nothing."""
    found = reset_s(text)
    assert found is None or 0 <= found <= 7 * 86400


FORMS = {
    "OpenAI": {"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "9s"},
    "Anthropic": {"anthropic-ratelimit-requests-remaining": "7", "Anthropic-RateLimit-Requests-Reset": "9"},
    "unnamed": {"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "9"},
    "the draft's": {"RateLimit-Remaining": "7", "RateLimit-Reset": "9"},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_names(form: str) -> None:
    """Every provider's name for it is known, in any case."""
    [found] = read([*FORMS[form].items()]).values()
    assert (found.counts, found.left, found.resets_at, found.refill) == ("requests", 7, NOW + 9, 0)


def read(pairs: list[tuple[str, str]]) -> dict[str, Allowance]:
    """The allowances of these headers."""
    return read_allowances([(n.encode(), v.encode()) for n, v in pairs], NOW)


def test_what_is_counted() -> None:
    """Tokens of prompts and of replies are told apart."""
    names = ("requests", "tokens", "input-tokens", "output-tokens")
    pairs = [(f"anthropic-ratelimit-{n}-{f}", "5") for n in names for f in ("remaining", "reset")]
    found = read(pairs)
    assert [found[name].counts for name in names] == ["requests", "prompt", "prompt", "reply"]


@pytest.mark.parametrize(
    ("left", "reset"),
    [
        ("", "1s"),
        ("nan", "1s"),
        ("-1", "1s"),
        ("many", "1s"),
        ("0", ""),
        ("0", "never"),
        ("0", "-5"),
        ("0", "8d"),
    ],
)
def test_nonsense_holds_nobody_back(left: str, reset: str) -> None:
    """An allowance takes a number and a time that make sense."""
    assert read([("x-ratelimit-remaining-tokens", left), ("x-ratelimit-reset-tokens", reset)]) == {}

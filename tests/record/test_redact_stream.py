"""Redaction of what arrives in pieces: the same as of the whole, and no piece of a secret on the way."""

import json
import random
import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_redact import CARDS, KEYS, PLAIN

from duologue.record.redact import in_flight
from duologue.record.redact_stream import MOST_HELD, RedactedStreams

KEY = bytes(range(32))
KNOWN = ('canary/4f9K-"quoted"-7', "Xy7!pQ2#Lm9z", "sk-" + "known-0-1-2-3-4-5-6-7-8-9")
BLOCK = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"] * 9)
SECRETS = (
    *KNOWN,
    *KEYS,
    *CARDS,
    *(json.dumps(known)[1:-1] for known in KNOWN),
    *("".join(f"\\u{ord(letter):04x}" for letter in known) for known in KNOWN),
    "Bearer abc123def456ghi789",
    "Authorization: Basic dXNlcjpodW50ZXI=",
    "postgres://app:hunter22@db/x",
    BLOCK + "\n-----END PRIVATE KEY-----",
    json.dumps(BLOCK + "\n-----END PRIVATE KEY-----")[1:-1],
)
PROSE = st.one_of(
    st.sampled_from(
        [*PLAIN, " ", "\n", ". ", ", ", '"', "(", "/", "-", ":", "s", "The bearer is: a ", "2026 "]
    ),
    st.text(max_size=8),
)
_streams = RedactedStreams(in_flight(KNOWN, KEY))


def streamed(text: str, cuts: list[int]) -> list[str]:
    """What is let out after each piece of the text, and at its end."""
    stream = _streams.open()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    return [*map(stream.feed, pieces), stream.flush()]


@settings(deadline=None)
@given(st.lists(st.one_of(PROSE, st.sampled_from(SECRETS)), max_size=6), st.lists(st.integers(0, 2000)))
@example(["4111 1111 1111 1111", "."], [3, 7, 19])
@example([BLOCK, " and so on (etc.)"], [1, 50, 300])
@example(["The sum 0x4111111111111111 of AKIA"], [11])
@example(["tasks/ask-9f1c22ab07d3e41500112233, AKIA"], [8])
def test_pieces_come_to_the_same_as_the_whole(parts: list[str], cuts: list[int]) -> None:
    """However a text is cut, what is let out is the redacted text."""
    text = " ".join(parts)
    assert "".join(streamed(text, cuts)) == in_flight(KNOWN, KEY)(text)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("text", ["{}", "It is {}.", "\n{}\n", '"{}"', "key={}", "\t({})"])
def test_a_line_with_a_secret_in_it_is_told_from_others(secret: str, text: str) -> None:
    """Whatever of a text would be replaced shows in the line of JSON that holds it."""
    said = text.format(secret)
    line = json.dumps({"text": said, "mono": 1.25})
    assert in_flight(KNOWN, KEY)(said) == said or _streams.likely(line)
    assert not _streams.likely(json.dumps({"text": "Go to room x-2 at 10:45 on 2026-11-22."}))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("length", [1, 3, 8])
def test_no_piece_of_a_secret_is_let_out(secret: str, length: int) -> None:
    """Nothing of a secret is seen on the way, and its placeholder comes in one piece."""
    text = f"It is: {secret} and no more."
    shown = streamed(text, list(range(0, len(text), length)))
    assert "".join(shown) == in_flight(KNOWN, KEY)(text)
    assert sum(bool(re.search("⟨(secret|card)-[0-9a-f]{4}⟩", piece)) for piece in shown) == 1
    assert "".join(shown).startswith("It is: ")
    assert "".join(shown).endswith(" and no more.")


@pytest.mark.parametrize("text", PLAIN)
def test_prose_is_held_back_no_longer_than_a_word(text: str) -> None:
    """Ordinary text passes as it comes."""
    stream, out = _streams.open(), 0
    for n, letter in enumerate(text):
        out += len(stream.feed(letter))
        assert n + 1 - out <= 64
    assert out + len(stream.flush()) == len(text)


def test_a_known_secret_that_is_cut_off() -> None:
    """The beginning of a known secret at a text's end is that secret; a few letters of it are not."""
    redact = in_flight(KNOWN, KEY)
    assert "".join(streamed(f"so: {KNOWN[0][:9]}", [6, 9])) == f"so: {redact(KNOWN[0])}"
    assert "".join(streamed(f"so: {KNOWN[0][:4]}", [6])) == f"so: {KNOWN[0][:4]}"


@pytest.mark.parametrize("begins", ["-----BEGIN PRIVATE KEY-----\n", "sk-", "Bearer "])
def test_a_secret_that_is_longer_than_can_be_held(begins: str) -> None:
    """What is held is bounded; the rest of such a secret is left out until it ends, and the text goes on."""
    body = "".join(random.Random(1).choices("ABCDEFGHIJKLMNabcdef0123456789", k=3 * MOST_HELD))
    ends = "\n-----END PRIVATE KEY-----" if "BEGIN" in begins else ""
    text = f"Here: {begins}{body}{ends} | that was it"
    shown = "".join(streamed(text, list(range(0, len(text), 7))))
    assert re.fullmatch(r"Here: (Bearer )?⟨secret-[0-9a-f]{4}⟩ \| that was it", shown)


@pytest.mark.parametrize(
    "text",
    [
        "A key begins with `-----BEGIN PRIVATE KEY-----` and ends with `-----END PRIVATE KEY-----`.",
        "It starts with -----BEGIN CERTIFICATE----- and then there are lines of base64.",
        "Use postgres://postgres:postgres@db/x or mysql://me:password@db/x or amqp://u:${PASS}@mq.",
        "Write to anna.b@example.org, whose files are in /home/anna/x.",
    ],
)
def test_talk_about_keys_stays(text: str) -> None:
    """In flight, what is said about keys, examples of logins, addresses and names stay as they are."""
    assert in_flight(KNOWN, KEY)(text) == text
    assert "".join(streamed(text, list(range(0, len(text), 3)))) == text


def test_a_placeholder_belongs_to_the_value_and_the_run() -> None:
    """With the run's key a value has one placeholder for good; with another key it has another."""
    value = KNOWN[1]
    assert in_flight([value], KEY)(value) == in_flight([value, *KNOWN], KEY)(f"{value}")
    assert in_flight([value], KEY)(value) != in_flight([value], KEY[::-1])(value)
    assert in_flight([value], KEY)(in_flight([value], KEY)(value)) == in_flight([value], KEY)(value)

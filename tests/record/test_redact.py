"""Redaction: known secrets and anchored patterns go, each always by the same placeholder; prose stays."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.known_secrets import LEAST_CHARACTERS, secret_values
from duologue.record.redact import Redactor, is_card, luhn

# Put together here, so that no scanner takes this file for a leak.
KEYS = (
    "sk-" + "proj-4f9Kd83jfLs02mXz81Qp",
    "sk-" + "ant-api03-Zx81mQpLs02d83jf4f9K",
    "ghp_" + "A1b2" * 9,
    "github_pat_" + "11ABCDEFG0" * 3,
    "glpat-" + "x1Y2z3A4b5C6d7E8f9G0",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "xoxb-" + "123456789012-abcdef",
    "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "hf_" + "aBcDeFgHiJ" * 3 + "k1",
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
)
CARDS = (
    "4111111111111111",
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "378282246310005",
    "6011111111111117",
)


@pytest.mark.parametrize("key", KEYS)
def test_keys_are_replaced(key: str) -> None:
    """A key goes whole, wherever it stands, and the words around it stay."""
    for frame in ("My key is {}, keep it.", 'key="{}"', "({})", "{}"):
        assert Redactor()(frame.format(key)) == frame.format("⟨secret-1⟩")


def test_a_bearer_and_the_login_in_an_address() -> None:
    """Of a header and of an address only the secret goes."""
    redact = Redactor()
    assert redact("Authorization: Bearer abc123def456ghi789") == "Authorization: Bearer ⟨secret-1⟩"
    assert redact("postgres://app:hunter22@db/x") == "postgres://⟨secret-2⟩@db/x"
    assert redact("At postgres://app:hunter22@db/x.") == "At postgres://⟨secret-2⟩@db/x."
    assert redact("-----BEGIN PRIVATE KEY-----\\nMIIE cut off") == "⟨secret-3⟩"


@pytest.mark.parametrize("card", CARDS)
def test_cards_are_replaced_by_their_digits(card: str) -> None:
    """A card's number goes however it is grouped; with its last digit wrong it is no card's."""
    assert Redactor()(f"Pay with {card}, please.") == "Pay with ⟨card-1⟩, please."
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert Redactor()(f"Pay with {wrong}, please.") == f"Pay with {wrong}, please."


def test_addresses_and_user_names() -> None:
    """E-mail addresses go, and the user's name in the path of a home folder; the path itself stays."""
    redact = Redactor()
    assert redact("Write to anna.b@example.org.") == "Write to ⟨email-1⟩."
    assert redact("in /home/anna/x and /Users/anna.") == "in /home/⟨name-1⟩/x and /Users/⟨name-1⟩."
    assert redact(json.dumps("C:\\Users\\Bo Li\\x")) == json.dumps(
        "C:\\Users\\⟨name-2⟩ Li\\x", ensure_ascii=False
    )


PLAIN = (
    "The task-oriented, risk-averse sk-learn-compatible-estimator-and-transformer-family is fine.",
    "Bearer certificates and bearer responsibilities are words. A bearer of responsibilities!",
    "Order 1234567890123456 of 2026-11-22T03:12:45.120Z took 1763781165120 ms, π is 3.14159265358979323846.",
    "Use icon@2x.png, pip install x@1.2, @decorator, a@b, and user@host.",
    "See https://example.com/home/page.html, ./home/x, /homepage and /Users/Shared/x.",
    "The id is 9f1c22ab07d3e415, the sum 0x4111111111111111, the version 4.1.1.",
    "commit 5555555555554444abc, 4111-1111-1111-1111-22, AKIAlone, eyJust.eyJoking.x, ghp_short.",
)


@pytest.mark.parametrize("text", PLAIN)
def test_no_false_alarm(text: str) -> None:
    """Words, numbers, paths and versions that only look alike stay as they are."""
    assert Redactor()(text) == text


@settings(deadline=None)
@given(
    st.lists(st.text(string.ascii_letters + "äßé川'", min_size=1, max_size=30)), st.sampled_from(" ,.-_/\n:")
)
def test_words_are_never_touched(words: list[str], joint: str) -> None:
    """Letters alone, however joined, hold no secret that a pattern would find but in a home folder."""
    text = joint.join(words)
    if "/home/" not in f"/{text}" and "/Users/" not in f"/{text}":
        assert Redactor()(text) == text


@settings(deadline=None)
@given(
    st.text(min_size=LEAST_CHARACTERS).filter(lambda text: len(text.strip()) >= LEAST_CHARACTERS), st.text()
)
def test_a_known_secret_never_remains(secret: str, around: str) -> None:
    """A secret from the environment is gone from any text, also where the text is JSON."""
    redact, known = Redactor([secret]), secret.strip()
    assert known not in redact(f"{around}{secret}{around}").replace("⟨secret-1⟩", "")
    assert json.dumps(known)[1:-1] not in redact(json.dumps(f"x{secret}x")).replace("⟨secret-1⟩", "")


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_known_secret_goes_whole_from_json(ascii_only: bool) -> None:
    """What JSON has to escape in it, and may, is replaced with it, and nothing beside it."""
    for secret in ('pa"ss wörd 1', "plain-secret-1"):
        said = json.dumps(f'"{secret}"', ensure_ascii=ascii_only)
        assert Redactor([secret])(said) == '"\\"⟨secret-1⟩\\""'


@pytest.mark.parametrize("digits", ["{:04x}", "{:04X}"])
def test_a_known_secret_with_all_of_it_escaped(digits: str) -> None:
    """JSON may spell any character by its number; what reads it sees the secret all the same."""
    secret = "hünter2/hünter2 🔑"
    units = memoryview(secret.encode("utf-16-be")).cast("B")
    spelt = "".join("\\u" + digits.format(units[n] * 256 + units[n + 1]) for n in range(0, len(units), 2))
    assert json.loads(f'"{spelt}"') == secret
    assert Redactor([f" {secret}\n"])(f"x{spelt}x") == "x⟨secret-1⟩x"


def test_the_same_value_has_the_same_placeholder() -> None:
    """Values are numbered by kind as they are met, and keep their number in all texts of one export."""
    redact = Redactor(["hunter2hunter2", "correct horse"])
    assert redact("hunter2hunter2 a@b.de correct horse") == "⟨secret-1⟩ ⟨email-1⟩ ⟨secret-2⟩"
    assert redact("correct horse, c@d.de, hunter2hunter2") == "⟨secret-2⟩, ⟨email-2⟩, ⟨secret-1⟩"
    assert redact.counts == {"secret": 2, "email": 2}


def test_the_longer_secret_goes_first() -> None:
    """A secret that begins like another is replaced whole."""
    assert Redactor(["password", "password-and-more"])("password-and-more") == "⟨secret-1⟩"


def test_which_variables_are_secret() -> None:
    """A variable's name says whether its value is one."""
    environ = {"OPENAI_API_KEY": "a", "gh_token": "b", "DB_PASSWORD": "c", "MY_SECRET": "d", "KEYBOARD": "e"}
    assert secret_values(environ) == ["a", "b", "c", "d"]


@settings(deadline=None)
@given(st.text("0123456789", min_size=1, max_size=18))
def test_luhn_knows_every_wrong_digit(digits: str) -> None:
    """Of the ten last digits a number could have, one is right."""
    assert sum(luhn(digits + last) for last in "0123456789") == 1


@settings(deadline=None)
@given(st.text("0123456789", max_size=24))
def test_a_card_has_an_issuer_and_its_length(digits: str) -> None:
    """What counts as a card passes the check digit and has 13 to 19 digits."""
    if is_card(digits):
        assert luhn(digits)
        assert 13 <= len(digits) <= 19

"""Every screen on a real terminal: hostile words wherever one shows any, pasted where one takes any."""

import os
import re
from pathlib import Path

import pytest

from duologue.display import display_safe
from duologue.record.control import ControlReader, Say
from tests.hostile import runs as samples
from tests.hostile.recogniser import SCREEN, faults, nonces
from tests.hostile.strings import NONCE, hostile_strings
from tests.hostile.terminal import on_terminal
from tests.hostile.walking import WALKED

pytestmark = pytest.mark.timeout(240)
STRINGS = hostile_strings()
MANY = 5000
EVERY = 1 if os.environ.get("DUOLOGUE_SOAK") else 20
"""Of the strings, each so manieth goes through dialogs, whose screens are drawn anew with every key."""

WRITTEN = 25 if EVERY == 1 else 100
FIRSTS = range(WRITTEN if EVERY == 1 else 1)
"""Each so manieth goes through fields, and is told, from each of these on."""
SOME = 3000
"""So many of all can be read where a field has no room for the whole of what is in it."""
KEYS = re.compile("[\0-\x1f\x7f\ud800-\udfff]")
"""What is a key where it is typed, and what has no bytes to be typed as."""
BESIDE = 1 if EVERY == 1 else 14
"""Beside so manieth turn the words stand once more."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two long runs with all the words, in the talk; some of them stand beside it too."""
    folder = tmp_path_factory.mktemp("hostile")
    samples.save(folder / "run", list(samples.talk(STRINGS, BESIDE)))
    samples.save(folder / "fork", list(samples.talk(STRINGS[::-1], BESIDE)))
    return folder


def check(
    screen: str, folder: Path, columns: int, lines: int, every: int = 1, few: int = MANY, first: int = 0
) -> None:
    """That screen was gone through to its end, so many strings could be read on it, and none acted."""
    command = ["-m", "tests.hostile.screens", screen, folder]
    with on_terminal(command, columns, lines, EVERY=str(every), FIRST=str(first)) as terminal:
        seen = terminal.rest()
    assert WALKED.encode() in seen, seen[-3000:]
    assert not faults(seen, SCREEN)[:5]
    assert len(nonces(seen, SCREEN)) >= few / every


def test_a_replay(saved: Path) -> None:
    """The talk with thoughts and tools, its header and panel."""
    check("replay", saved, 400, 200)


def test_what_is_opened_above_a_replay(tmp_path: Path) -> None:
    """Criteria, quotes, links and the help."""
    check("above", tmp_path, 110, 100, EVERY, 0)


def test_the_links_of_a_turn(tmp_path: Path) -> None:
    """Their words and addresses, and what is said of them."""
    check("links", tmp_path, 110, 100, EVERY, 1500)


def test_the_list_of_runs(tmp_path: Path) -> None:
    """Goals, pairs and names of many runs."""
    samples.shelf(tmp_path, STRINGS)
    check("home", tmp_path, 1000, 200)


def test_notices(tmp_path: Path) -> None:
    """What is told above the list: what could not be done."""
    check("notices", tmp_path, 122, 260)


def test_what_is_asked_about_runs(tmp_path: Path) -> None:
    """Where a run is, where to fork and to save it, whether to delete it, and that it was."""
    check("deeds", tmp_path, 160, 120, EVERY)


def test_a_comparison(saved: Path) -> None:
    """Two runs side by side, by turn and by criterion."""
    check("compare", saved, 400, 200)


def test_a_draft(tmp_path: Path) -> None:
    """What is being written, cut in the middle of its sequences as it arrives."""
    check("draft", tmp_path, 400, 200)


def test_titles(tmp_path: Path) -> None:
    """The two lines at the top, each of their places."""
    check("titles", tmp_path, 9000, 3)


def test_a_review(tmp_path: Path) -> None:
    """Criteria to be approved, one of them in the field to be changed."""
    check("review", tmp_path, 102, 100, EVERY)


def test_a_question(tmp_path: Path) -> None:
    """What the run asks, what it would assume, and whether to go on without an answer."""
    check("question", tmp_path, 102, 100, EVERY)


@pytest.mark.parametrize("first", FIRSTS)
def test_what_a_run_is_told(first: int, tmp_path: Path) -> None:
    """In fields, in the question whether a stop is meant, as told, and as what was not taken."""
    check("steering", tmp_path, 160, 50, WRITTEN, SOME, first)


@pytest.mark.parametrize("first", FIRSTS)
def test_what_is_looked_for(first: int, tmp_path: Path) -> None:
    """In the palette of commands, and in the talk."""
    check("palette", tmp_path, 160, 50, WRITTEN, SOME, first)


@pytest.mark.parametrize("first", FIRSTS)
def test_what_is_answered_in_the_list(first: int, tmp_path: Path) -> None:
    """Where to fork a run, what to look for, where to save it, and that it was saved."""
    check("answers", tmp_path, 160, 50, WRITTEN, SOME, first)


@pytest.mark.parametrize("first", FIRSTS)
def test_what_a_run_is_answered(first: int, tmp_path: Path) -> None:
    """The field below what it asks."""
    check("replies", tmp_path, 160, 50, WRITTEN, SOME, first)


def test_what_is_typed(tmp_path: Path) -> None:
    """Bytes that a terminal sends, some of which are no text: what is shown and what is sent is safe."""
    # All stand in one field, which is laid out anew with each key: twice the words take four times as long.
    words = [word for word in STRINGS[:: max(EVERY * 4, 20)] if KEYS.search(word) is None]
    with on_terminal(["-m", "tests.hostile.screens", "typed", tmp_path], 102, 40) as terminal:
        terminal.wait_for(b"quit")
        terminal.press(b"s")
        terminal.wait_for(b"new line")
        for word in words:
            terminal.press(b"\xff " + word.encode() + b" \xc3 ")
        terminal.press(b"\r")
        terminal.wait_for(b"told:", keys=b"\r")
        terminal.press(b"\x03")
        seen = terminal.rest()
    assert WALKED.encode() in seen, seen[-3000:]
    assert not faults(seen, SCREEN)[:5]
    ((_, said),) = ControlReader(tmp_path / "run").read()
    assert isinstance(said, Say)
    assert said.text == display_safe(said.text)
    assert re.findall(NONCE, said.text) == [nonce for word in words for nonce in re.findall(NONCE, word)]
    assert said.text.count("\ufffd") >= 2 * len(words)

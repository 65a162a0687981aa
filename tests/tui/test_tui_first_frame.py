"""What stands on the terminal before the screen does."""

import io
import os
import termios
from collections.abc import Iterator

import pytest

from duologue.tui.first_frame import FirstFrame

EVIL = "\x1b]0;owned\x07\u202ebad"


class Terminal(io.TextIOWrapper):
    """A terminal that keeps what is written to it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(io.FileIO(descriptor, "w", closefd=False), write_through=True)
        self.text = ""

    def write(self, text: str) -> int:
        """Keep it."""
        self.text += text
        return len(text)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """One side of a pseudo-terminal."""
    ours, theirs = os.openpty()
    with Terminal(theirs) as made:
        yield made
    os.close(ours)
    os.close(theirs)


def echoes(terminal: Terminal) -> bool:
    """Whether what is typed there is shown."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def test_it_says_whose_run_it_is_and_leaves_no_trace(terminal: Terminal) -> None:
    """Goal, name and pair are there; afterwards the terminal is what it was."""
    before = termios.tcgetattr(terminal)
    with FirstFrame("Write a haiku.", "run-1", "general", terminal):
        assert terminal.text.startswith("\x1b[?1049h")
        assert all(each in terminal.text for each in ("Write a haiku.", "run-1", "general", "opening"))
        assert not echoes(terminal)
    assert terminal.text.endswith("\x1b[?1049l")
    assert termios.tcgetattr(terminal) == before


def test_it_leaves_once(terminal: Terminal) -> None:
    """Where a screen took over, there is nothing left to be given back."""
    with FirstFrame("goal", "run", "pair", terminal) as frame:
        assert frame.leave()
        assert echoes(terminal)
        assert not frame.leave()
    assert terminal.text.count("\x1b[?1049l") == 1


@pytest.mark.parametrize("columns", [1, 20, 80, 300])
def test_foreign_words_do_not_act(terminal: Terminal, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of a goal's, a folder's or a pair's escapes reach the terminal, however wide it is."""
    monkeypatch.setenv("COLUMNS", str(columns))
    with FirstFrame(EVIL, EVIL, EVIL, terminal):
        assert not any(each in terminal.text for each in ("\x1b]", "\x07", "\u202e"))


def test_what_is_no_terminal_is_left_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is painted into a file."""
    path = tmp_path_factory.mktemp("frame") / "file"
    with path.open("w") as file, FirstFrame("goal", "run", "pair", file) as frame:
        assert not frame.leave()
    assert path.read_text() == ""


def test_a_terminal_that_has_gone_is_no_fault(terminal: Terminal) -> None:
    """What cannot be written is not: the screen finds out."""

    def refuse(_text: str) -> int:
        raise OSError(5, "Input/output error")

    terminal.write = refuse  # type: ignore[method-assign]
    with FirstFrame("goal", "run", "pair", terminal) as frame:
        assert frame.leave()

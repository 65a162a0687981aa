"""The screen on a real terminal: which bytes reach it."""

import os
import random
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from screen_sample import HAIKU, Log, haiku

from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.lines import encode_line
from duologue.record.parts import PlanTask

termios = pytest.importorskip("termios", reason="needs a terminal")
pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")

EVIL = "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x9b31m\x1b[?1000hEND"
PROGRAM = "import sys, pathlib; from duologue.tui.open import screen; screen(pathlib.Path(sys.argv[1])).run()"


def written(folder: Path) -> Path:
    """A log with hostile words in a turn, as a file."""
    log, previous, lines = haiku(), "", []
    log.records[0] = ev.Record(1, "", 0, log.records[0].event.model_copy(update={"goal": EVIL}), "")
    for record in log.records:
        line, previous = encode_line(record.seq, record.at, record.mono, record.event, previous)
        lines.append(line)
    path = folder / "log.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def read_until(descriptor: int, mark: bytes) -> bytes:
    """What the terminal receives, up to and with the mark."""
    seen = b""
    deadline = time.monotonic() + 20
    while mark not in seen and time.monotonic() < deadline:
        if select.select([descriptor], [], [], 0.1)[0]:
            try:
                seen += os.read(descriptor, 65536)
            except OSError:  # the other side has closed
                break
    assert mark in seen
    return seen


def test_no_hostile_byte_reaches_the_terminal(tmp_path: Path) -> None:
    """A saved run is played on a real terminal, which gets none of its escapes, and is left as it was."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "90", "LINES": "30"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(written(tmp_path))],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    ) as child:
        os.close(theirs)
        seen = read_until(ours, b"owned")
        os.write(ours, b"\x1b[F")
        seen += read_until(ours, HAIKU.splitlines()[-1].encode())
        os.write(ours, b"q")
        seen += read_until(ours, b"\x1b[?1049l")
        assert child.wait(10) == 0
    os.close(ours)
    text = seen.decode("utf-8", "replace")
    assert "␛]0;owned␇" in text
    assert not re.search("\x1b\\]0;|\x1b\\]52;|\x9b|owned\x07", text)


SEQUENCES = [
    "\x1b[4242m",
    "\x1b[4242;1H",
    "\x1b]4242;EVIL\x07",
    "\x1b]4242;EVIL\x1b\\",
    "\x1bP4242EVIL\x1b\\",
    "\x1b_4242EVIL\x1b\\",
    "\x9b4242m",
    "\x9d4242;EVIL\x9c",
    "\x904242EVIL\x9c",
    "\x1bc4242",
    "\r4242",
    "\b4242",
    "\x074242",
    "\x0e4242",
    "\x7f4242",
    "\x004242",
    "\u202e4242",
    "\u20664242",
    "\u200b4242",
    "\U000e00414242",
    "\u20284242",
    "\ufeff4242",
    "e" + "\u0301" * 40,
    "[@click=app.exit]4242[/]",
    "[bold]4242[/bold]",
    "[link=http://evil]4242[/link]",
    "[x](javascript:4242)",
    "![x](http://evil/4242)",
    "&#27;[4242m",
    "<script>4242</script>",
    "\ud8004242",
]
RAW = re.compile(
    "\x1b[^a-zA-Z]{0,8}4242|EVIL\x07|EVIL\x1b\\\\|[\x00\x07\x08\x0e\x7f-\x9f]|[\u202a-\u202e\u2066-\u2069\u200b\u2028\ufeff]"
    "|[\U000e0000-\U000e007f]|\u0301{9}"
)


def hostile_words(count: int) -> list[str]:
    """Sequences whole, cut anywhere, doubled and joined with one another."""
    chance = random.Random(42)
    made = []
    for _ in range(count):
        one, other = chance.choice(SEQUENCES), chance.choice(SEQUENCES)
        made.append(
            chance.choice([one, one[: chance.randrange(1, len(one) + 1)], one + other, one[:2] + other])
        )
    return made


def hostile_log(folder: Path, words: list[str]) -> Path:
    """A log in which these words stand wherever a log has words."""
    log, parts = Log(), [words[at : at + 100] for at in range(0, len(words), 100)]
    log.start(goal=" ".join(parts[0]))
    for turn, part in enumerate(parts, 1):
        role: RoleName = "user" if turn % 2 else "assistant"
        log.turn(turn, role, " ".join(part[:70]), reasoning=" ".join(part[70:80]), result="")
        log.add(
            ev.GuardRaised(turn=turn, role=role, guard=part[80], reason=" ".join(part[81:85]), rung="nudge")
        )
        log.add(
            ev.ToolFinished(
                turn=turn, role=role, call="x", name=part[85], ok=False, text=" ".join(part[86:90])
            )
        )
        log.add(ev.PlanChanged(turn=turn, tasks=[PlanTask(id="1", text=part[90])]))
        log.add(ev.UnknownEvent.model_validate({"type": part[91], "words": part[92:]}))
    path, previous, lines = folder / "log.jsonl", "", []
    for record in log.records:
        line, previous = encode_line(record.seq, record.at, record.mono, record.event, previous)
        lines.append(line)
    path.write_bytes(b"".join(lines))
    return path


def test_five_thousand_hostile_strings_act_nowhere(tmp_path: Path) -> None:
    """Hostile words in talk, titles, search and plan, on a real terminal from end to start: of the bytes that
    arrive, none is theirs."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (200, 160)) if hasattr(termios, "tcsetwinsize") else None
    folder = tmp_path / "\x1b]4242;EVIL\x07 run"
    folder.mkdir()
    log = hostile_log(folder, hostile_words(5000))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "200"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(log)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    ) as child:
        os.close(theirs)
        try:
            seen = read_until(ours, b"goal")
            os.write(ours, b"\x1b[Frty")
            seen += read_until(ours, b"copied turn")
            for _ in range(24):
                os.write(ours, b"\x1b[5~")
                seen += read_for(ours, 0.1)
            os.write(ours, b"/")
            seen += read_until(ours, b"no longer")
            os.write(ours, b"4242\r")
            seen += read_until(ours, b"/4242 ")
            seen += drained(ours, b"q")
        except AssertionError:
            child.kill()
            raise
        assert child.wait(20) == 0
    os.close(ours)
    text = seen.decode("utf-8", "replace")
    # What is copied goes to the terminal as base64 in a sequence of the app's own.
    text = re.sub("(?:\x1bPtmux;\x1b)?\x1b\\]52;c;[A-Za-z0-9+/=]*\x07(?:\x1b\\\\)?", "", text)
    # And so does the shape of the mouse's pointer, which Textual asks for.
    text = re.sub("\x1b\\]22;[a-z]*\x07", "", text)
    assert text.count("4242") > 500
    found = RAW.search(text)
    assert found is None, repr(text[max(found.start() - 40, 0) : found.end() + 40])


def read_for(descriptor: int, seconds: float) -> bytes:
    """What the terminal receives within that time; how much it is does not matter."""
    seen, until = b"", time.monotonic() + seconds
    while time.monotonic() < until:
        if select.select([descriptor], [], [], 0.02)[0]:
            seen += os.read(descriptor, 65536)
    return seen


def drained(descriptor: int, keys: bytes) -> bytes:
    """What the terminal receives until the screen is left, after these keys."""
    os.write(descriptor, keys)
    return read_until(descriptor, b"\x1b[?1049l")

"""The screen on a real terminal: which bytes reach it."""

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from screen_sample import HAIKU, haiku

from duologue.record import events as ev
from duologue.record.lines import encode_line

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

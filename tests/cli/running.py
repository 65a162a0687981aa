"""Running `duologue` as a child process, or within this one where no process matters."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from duologue.record.lines import parse_line
from duologue.record.log import LOG_NAME

COMMAND: Final = (sys.executable, "-m", "duologue")
_MOST_S: Final = 50.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command went."""

    code: int
    out: str
    err: str


def run_child(
    *arguments: str | Path, stdin: bytes = b"", command: Sequence[str] = COMMAND, **more: Any
) -> Ran:
    """Run the command in a process of its own, to its end."""
    done = subprocess.run(
        [*command, *map(str, arguments)], input=stdin, capture_output=True, timeout=_MOST_S, **more
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def child(*arguments: str | Path, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A child process with its output in pipes; killed where it outlives the context."""
    pipes: dict[str, Any] = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdin": subprocess.DEVNULL,
    }
    with subprocess.Popen([*COMMAND, *map(str, arguments)], **{**pipes, **more}) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def types(lines: bytes) -> list[str]:
    """The types of the events in these lines of a log."""
    return [parse_line(line).record.event.type for line in lines.splitlines()]


def read_until(process: subprocess.Popen[bytes], wanted: bytes, times: int = 1) -> bytes:
    """What the process prints up to the line that holds these bytes for the n-th time."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        times -= wanted in line
        if times == 0:
            return b"".join(seen)
    raise AssertionError(f"the process ended without {wanted!r}: {b''.join(seen)[-2000:]!r}")


def only_run(runs: Path) -> Path:
    """The one run in the folder."""
    (log,) = runs.glob(f"*/{LOG_NAME}")
    return log.parent


def without_settings() -> dict[str, str]:
    """This process's environment without anything that sets Duologue or an endpoint."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENAI_", "DUOLOGUE_", "COVERAGE_"))
        and name.upper() not in {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_COLOR", "FORCE_COLOR"}
    }

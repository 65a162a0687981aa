"""Starting the command: as a person would, or by forking a process that has imported everything.

Both are processes of their own, with pipes or files, signals and a death of their own. The second saves
Python's start and the imports, where it is not these that a test is about.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, NoReturn, Protocol

import anyio._backends._asyncio  # noqa: F401 - imported ahead, for the children
import httpcore  # noqa: F401

import duologue.cli.resume
import duologue.cli.run  # noqa: F401
from duologue.cli.main import main
from tests.cli.running import COMMAND

_POLL_S: Final = 0.002
_ROOT: Final = Path(__file__).parents[2]


class Child(Protocol):
    """A process that runs a command."""

    def poll(self) -> int | None:
        """The code that it ended with, below 0 for a signal; None while it has not."""

    def kill(self) -> None:
        """End it with SIGKILL."""

    def wait(self) -> int:
        """Its code, once it has ended."""


Start = Callable[[list[str], Path], Child]
"""Starts the command with these arguments; what it prints goes to the file, and its complaints beside it."""


def complaints(out: Path) -> Path:
    """The file of what a command said on its standard error."""
    return out.with_name(f"{out.name}.err")


def start_cold(arguments: list[str], out: Path) -> Child:
    """Start a Python of its own for the command."""
    with out.open("wb") as file, complaints(out).open("wb") as err:
        return subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=err)


class WarmChild:
    """A child forked from a warm process, which is asked for its end."""

    def __init__(self, pid: int, ask: Callable[[int], int | None]) -> None:
        self._pid = pid
        self._ask = ask
        self._code: int | None = None

    def poll(self) -> int | None:
        """The code that it ended with, None while it has not."""
        if self._code is None:
            self._code = self._ask(self._pid)
        return self._code

    def kill(self) -> None:
        """End it with SIGKILL, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its code, once it has ended."""
        while (code := self.poll()) is None:
            time.sleep(_POLL_S)
        return code


@contextmanager
def warm() -> Iterator[Start]:
    """Starts children by forking one process that has imported everything, each with the folder and the
    environment of the moment; any thread may ask."""
    command = [sys.executable, "-m", __name__]
    one_at_a_time = threading.Lock()
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        asks, answers = process.stdin, process.stdout
        assert asks is not None
        assert answers is not None

        def ask(value: object) -> Any:
            with one_at_a_time:
                asks.write(json.dumps(value).encode() + b"\n")
                return json.loads(answers.readline())

        def start(arguments: list[str], out: Path) -> Child:
            out.touch()
            pid = ask({"argv": arguments, "out": str(out), "cwd": os.getcwd(), "environ": dict(os.environ)})
            return WarmChild(pid, ask)

        yield start
        asks.close()


def fork_for_each(asks: IO[str]) -> None:
    """The warm process: for each line that asks for a command, print its child's pid; for each pid, print the
    code that it ended with, or null."""
    for line in asks:
        asked = json.loads(line)
        if isinstance(asked, int):
            pid, status = os.waitpid(asked, os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif (answer := os.fork()) == 0:
            _become(**asked)
        print(json.dumps(answer), flush=True)


def _become(argv: list[str], out: str, cwd: str, environ: dict[str, str]) -> NoReturn:
    """Run the command, in the place of the process that was forked."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    created = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(out, created, 0o600), 1)
    os.dup2(os.open(complaints(Path(out)), created, 0o600), 2)
    sys.argv = ["duologue", *argv]
    main()
    raise SystemExit


if __name__ == "__main__":
    fork_for_each(sys.stdin)

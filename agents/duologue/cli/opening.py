"""Opening a run on the screen: it is seen whose it is before the screen is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from duologue.record.events import Record, RunStarted
from duologue.record.log import LOG_NAME
from duologue.record.reader import iterate_log
from duologue.tui.first_frame import FirstFrame


@contextmanager
def opening(path: Path) -> Iterator[FirstFrame]:
    """The first frame of the run in that folder or log file, until a screen takes it over. Raises RecordError
    and LogTooNew, before anything is painted."""
    first = next(iterate_log(log_of(path)), None)
    started = first.event if isinstance(first, Record) and isinstance(first.event, RunStarted) else None
    goal, pair = (started.goal, started.pair.name) if started is not None else ("", "")
    with FirstFrame(goal, log_of(path).absolute().parent.name, pair) as frame:
        yield frame


def log_of(path: Path) -> Path:
    """The log of the run in that folder, or the log file itself."""
    return path / LOG_NAME if path.is_dir() else path

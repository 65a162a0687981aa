"""The program's own diagnostics stay out of what a command prints."""

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from duologue.cli.diagnostics import DIAGNOSTICS_NAME, to_file, to_stderr


@pytest.fixture(autouse=True)
def defaults() -> Iterator[None]:
    """Diagnostics as they are before a command sets them up, and after."""
    yield
    structlog.reset_defaults()


def test_they_stand_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """A line that is logged while a run prints its log's lines does not come between them."""
    to_stderr()
    structlog.get_logger().error("run_failed", run="9f1c")
    out, err = capfd.readouterr()
    assert out == ""
    assert "run_failed" in err


def test_a_stderr_that_is_gone_is_not_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a command ran inside another program, what stderr was then may be closed by now."""
    with StringIO() as gone, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", gone)
        to_stderr()
    with StringIO() as now, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", now)
        structlog.get_logger().error("run_failed", run="9f1c")
        assert "run_failed" in now.getvalue()


def test_they_go_into_a_file_that_is_made_when_there_are_any(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where the screen has the terminal, they are kept with the run, and a run without any has no file."""
    path = tmp_path / DIAGNOSTICS_NAME
    to_file(path)
    assert not path.exists()
    structlog.get_logger().error("run_failed", run="9f1c")
    assert "run_failed" in path.read_text()
    assert capfd.readouterr() == ("", "")

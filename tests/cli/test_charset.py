"""Terminals and pipes that lack characters get them spelt otherwise."""

import io
import subprocess
from pathlib import Path

import pytest

from duologue.cli.charset import spell
from tests.cli.running import COMMAND
from tests.cli.scenarios import done_at_once


def printed(encoding: str, text: str) -> str:
    """What such a stream makes of the text."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    spell(stream)
    stream.write(text)
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding)


def test_a_character_that_is_lacking_is_spelt() -> None:
    """Our signs have others in their place, everything else its number; what the encoding has is kept."""
    assert printed("latin-1", "── „für“ … ✓ 川 é") == '-- "für" ... + <U+5DDD> é'
    assert printed("cp1252", "── „für“ … ✓ 川 é") == "-- „für“ … + <U+5DDD> é"
    assert printed("utf-8", "── „für“ … ✓ 川 é") == "── „für“ … ✓ 川 é"


def test_no_encoding_ends_a_command(runs: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run, and every command on it, is printed whole where there are 256 characters."""
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    scenario = done_at_once(home, goal="Ein Haiku über Regen – „kurz“, 川.")
    for words in (("run", "--scenario", scenario, "--plain"), ("show",), ("ls",)):
        ran = subprocess.run([*COMMAND, *words], capture_output=True, timeout=60, encoding="latin-1")
        assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr
        assert 'Ein Haiku über Regen - "kurz", <U+5DDD>.' in ran.stdout

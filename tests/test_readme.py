"""What the tests' own README says is so."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = (HERE / "README.md").read_text("utf-8").partition("## Faults of an endpoint")[2].partition("\n## ")[0]


def test_every_fault_names_tests_that_exist() -> None:
    """The table has a row for each fault from 1 to 33, and each test that it names is there."""
    rows = re.findall(r"^\| (\d+) \|.*$", TABLE, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 34))
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)
    assert len(named) >= 33
    missing = [name for path, name in named if f"def {name}(" not in (HERE / path).read_text("utf-8")]
    assert missing == []

"""Duologue doing what the bare loop does, and all that comes with it: judge, guards, log, sync, draft."""

import time
from dataclasses import dataclass
from pathlib import Path

from duologue.config import ConfigFile, LimitsTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.messages import ROLE_NAMES
from duologue.record.events import Record, RunEnded
from duologue.record.runs import new_run_id
from duologue.roles import load_pair
from duologue.settings import Options, resolve
from tests.benchmarks.replies import CRITERIA


@dataclass(slots=True)
class Meter:
    """CPU and wall time of a talk, in seconds, and its calls. Setting it up does not count."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    calls: int = 0

    def start(self) -> None:
        """The talk begins."""
        self.cpu_s -= time.process_time()
        self.wall_s -= time.perf_counter()

    def stop(self, calls: int) -> None:
        """The talk has ended after so many calls."""
        self.cpu_s += time.process_time()
        self.wall_s += time.perf_counter()
        self.calls = calls


def assignment(url: str, exchanges: int) -> Assignment:
    """A goal that the server's judge never finds reached, for so many exchanges."""
    pair = load_pair("general")
    config = ConfigFile(
        base_url=url,
        limits=LimitsTable(turns=2 * exchanges, minutes=None),
    )
    options = Options(roles={role: {"model": role} for role in ROLE_NAMES})
    return Assignment(
        goal="Compare the suppliers of the list and name the cheapest one.",
        pair=pair,
        settings=resolve(options, config, {}, pair.sampling),
        criteria=CRITERIA,
        derive=False,
    )


async def converse(url: str, exchanges: int, runs: Path, meter: Meter | None = None) -> int:
    """A whole run; returns how many calls it took, the judge's included."""
    calls: list[int] = []

    def observe(record: Record, _line: bytes) -> None:
        if record.event.type == "criteria.set" and meter is not None:
            meter.start()
        if isinstance(record.event, RunEnded):
            calls.append(record.event.spent.calls)

    ending = await launch(assignment(url, exchanges), runs / new_run_id(), Host(observers=(observe,)))
    if meter is not None:
        meter.stop(sum(calls))
    assert ending.outcome == "limit", ending.reason
    return sum(calls)

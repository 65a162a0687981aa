"""Pairs of saved runs to be compared."""

from pathlib import Path

from run_samples import save
from screen_sample import Log

from duologue.record import events as ev
from duologue.record.parts import Criterion, Parent


def forked(runs: Path, parent: str = "parent") -> tuple[Path, Path]:
    """A run of four turns, and its fork from turn 2, which says it comes from `parent`."""
    folders = []
    for name in ("parent", "fork"):
        log = Log()
        log.start()
        log.turn(1, "user", "Please write a haiku.")
        log.turn(2, "assistant", "An old silent pond.")
        if name == "fork":
            started = log.records[0].event
            assert isinstance(started, ev.RunStarted)
            origin = Parent(run=parent, turn=2, seq=len(log.records), sum="0" * 16)
            started = started.model_copy(update={"run": name, "parent": origin})
            log.records[0] = ev.Record(1, log.records[0].at, log.records[0].mono, started, "")
        animal = "frog" if name == "parent" else "toad"
        log.turn(3, "user", f"I want a {animal} in it, if you please.")
        log.turn(4, "assistant", f"A {animal} jumps into the pond, and all is silent.")
        log.verdict(4, "done", "met" if name == "parent" else "unmet", stands=True)
        log.end("done" if name == "parent" else "stalled")
        folders.append(save(runs / name, log.records))
    return folders[0], folders[1]


def unlike(runs: Path) -> tuple[Path, Path]:
    """Two runs that share little: the first longer, the second with another criterion."""
    long = Log(cost_usd=0.25)
    long.start()
    for turn, role in enumerate(("user", "assistant", "user", "assistant"), 1):
        long.turn(turn, role, f"Turn {turn} of the long one.")  # type: ignore[arg-type]
    long.verdict(4, "done", "met", stands=True)
    long.end()
    short = Log()
    short.start()
    texts = ("It has three lines", "It rhymes")
    criteria = [
        Criterion(id=f"c{at + 8}", text=text, kind="judged", origin="goal") for at, text in enumerate(texts)
    ]
    short.add(ev.CriteriaSet(criteria=criteria))
    short.turn(1, "user", "Something else.")
    short.turn(2, "assistant", "Other words.")
    return save(runs / "long", long.records), save(runs / "short", short.records)

"""No silent end: every outcome names its reason, what is unmet, the best result and the next command, in
plain lines, in JSON lines, in what `show` prints, and on the screen."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from duologue.outcomes import EXIT_CODES, Outcome
from duologue.record.control import Stop, send
from duologue.record.follow import Follower
from duologue.tui.app import RunApp
from tests.cli.conftest import Duologue
from tests.cli.running import Ran, only_run
from tests.cli.starting import Start, complaints
from tests.tui.screen_reading import everything

RESULT = "rain on the tin roof"
WORK = f"Here it is.\n<result>\n{RESULT}\n</result>"
ASK = "Write one line about rain, please."


def verdict(decision: str, state: str) -> str:
    """A judge's answer, on the person's criterion and on the pair's."""
    evidence = [{"where": "result", "quote": RESULT}] if state == "met" else []
    words = [{"id": id_, "state": state, "reason": "So it is.", "evidence": evidence} for id_ in ("c1", "c2")]
    return json.dumps({"criteria": words, "decision": decision, "summary": "In short."})


def scenario(folder: Path, *replies: tuple[str, str, Mapping[str, Any]], **more: Any) -> Path:
    """A scenario file with these replies: model, text, and whatever else they have."""
    told = {
        "title": "Rain",
        "goal": "Write one line.",
        "criteria": ["It names rain."],
        "derive": False,
        **more,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    for model, text, other in replies:
        fields = {"model": model, "text": text, **other}
        lines += ["[[reply]]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items())]
    path = folder / "scenario.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def exchange(model_says: str = WORK) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [("user", ASK, {}), ("assistant", model_says, {})]


def judged(decision: str, state: str, **more: Any) -> tuple[str, str, Mapping[str, Any]]:
    return ("judge", verdict(decision, state), more)


@dataclass(frozen=True)
class Ending:
    """A scenario that ends so, with words of the reason and of the next command."""

    make: Callable[[Path], Path]
    reason: str
    following: str
    unmet: bool = True


ENDINGS: dict[Outcome, Ending] = {
    "done": Ending(
        lambda folder: scenario(folder, *exchange(), judged("done", "met")),
        "Every criterion is met",
        "duologue replay",
        unmet=False,
    ),
    "impossible": Ending(
        lambda folder: scenario(
            folder,
            *exchange(),
            *exchange(WORK.replace("Here", "There")),
            judged("impossible", "unmet", repeat=2),
        ),
        "cannot be reached",
        "--at 4 --say",
    ),
    "stalled": Ending(
        lambda folder: scenario(
            folder,
            *exchange(),
            *[each for _ in range(4) for each in exchange(ASK)],
            judged("continue", "unmet", repeat=9),
        ),
        "makes no progress",
        "--at 8 --say",
    ),
    "limit": Ending(
        lambda folder: scenario(folder, *exchange(), judged("continue", "unmet"), max_turns=2),
        "limit of 2 turns",
        "--max-turns 4",
    ),
    "parked": Ending(
        lambda folder: scenario(
            folder, *exchange(), judged("continue", "unmet"), ("user", "", {"status": 402, "error": "Pay."})
        ),
        "wants to be paid",
        "duologue resume",
    ),
    "failed": Ending(
        lambda folder: scenario(
            folder, *exchange(), judged("continue", "unmet"), ("user", "", {"status": 401, "error": "Who?"})
        ),
        "refused the credentials",
        "duologue resume",
    ),
    "stopped": Ending(
        lambda folder: scenario(
            folder, *exchange(), judged("continue", "unmet"), ("user", "Wait.", {"delay_ms": 600_000})
        ),
        "Stopped by the person: Good enough.",
        "duologue resume",
    ),
}


Recorded = Callable[[Outcome], tuple[Ran, Path]]


def ended(outcome: Outcome, mode: str, folder: Path, start: Start) -> tuple[Ran, Path]:
    """How a run went that ends so, and its folder."""
    out, runs = folder / "out", folder / "runs"
    process = start(["run", "--scenario", str(ENDINGS[outcome].make(folder)), mode, "--runs", str(runs)], out)
    if outcome == "stopped":
        judged = b'"verdict.given"' if mode == "--json" else "── judge".encode()
        while judged not in out.read_bytes():
            assert process.poll() is None, complaints(out).read_text("utf-8")
            time.sleep(0.01)
        send(only_run(runs), Stop(text="Good enough."))
    ran = Ran(process.wait(), out.read_text("utf-8"), complaints(out).read_text("utf-8"))
    return ran, only_run(runs)


@pytest.mark.parametrize("outcome", ENDINGS)
def test_in_plain_lines_and_in_what_is_saved(
    outcome: Outcome, tmp_path: Path, start_warm: Start, duologue: Duologue
) -> None:
    """The last lines of a run tell all four, and so does `show` later; the exit code is the outcome's."""
    ending = ENDINGS[outcome]
    ran, run = ended(outcome, "--plain", tmp_path, start_warm)
    assert ran.code == EXIT_CODES[outcome], ran.err
    assert "Traceback" not in ran.err
    for text in (ran.out, duologue("show", run).out):
        last = text[text.rindex("══") :]
        assert last.startswith(f"══ {outcome}: ")
        assert ending.reason in " ".join(last.split())
        assert ("not met: c1 It names rain." in last) is ending.unmet
        assert ("Best result so far" if outcome != "done" else "Result") in last
        assert RESULT in last
        assert ending.following in last.splitlines()[-1]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, start_warm: Start) -> Recorded:
    """Gives a run that ended so, in JSON lines; each is made once."""

    @cache
    def make(outcome: Outcome) -> tuple[Ran, Path]:
        return ended(outcome, "--json", tmp_path_factory.mktemp(outcome), start_warm)

    return make


@pytest.mark.parametrize("outcome", ENDINGS)
def test_in_json_lines(outcome: Outcome, recorded: Recorded) -> None:
    """The last line of the log is an event that holds all four."""
    ending = ENDINGS[outcome]
    ran, _ = recorded(outcome)
    assert ran.code == EXIT_CODES[outcome]
    lines = [json.loads(line) for line in ran.out.splitlines()]
    last = lines[-1]
    assert last["type"] == ("run.parked" if outcome == "parked" else "run.ended")
    assert last.get("outcome", "parked") == outcome
    assert ending.reason in last["reason"]
    assert last["unmet"] == (["c1", "c2"] if ending.unmet else [])
    assert ending.following in last["next"]
    said = next(line for line in lines if line["seq"] == last["result"]["completion"])
    assert said["text"][last["result"]["start"] : last["result"]["end"]].strip() == RESULT


@pytest.mark.parametrize("size", [(40, 24), (100, 30)])
@pytest.mark.parametrize("outcome", ENDINGS)
async def test_on_the_screen(outcome: Outcome, size: tuple[int, int], recorded: Recorded) -> None:
    """The screen of a run that has ended shows all four at the end of the talk."""
    ending = ENDINGS[outcome]
    _, run = recorded(outcome)
    app = RunApp(Follower(run), mode="watch", title="rain")
    async with app.run_test(size=size) as pilot:
        # Two screenfuls, since the end of the talk is taller than the smallest of them.
        await pilot.press("end")
        await until(pilot, app, "next:")
        seen = everything(app)
        await pilot.press("pageup")
        await pilot.pause()
        seen = f"{everything(app)}\n{seen}"
    words = " ".join(seen.replace("│", " ").split())
    assert f"─ {outcome} ─" in words
    assert RESULT in words
    assert ("unmet:" in words) is ending.unmet
    assert ending.reason.split()[0] in words
    assert ending.following.split()[0] in words


async def until(pilot: Pilot[Any], app: RunApp, wanted: str) -> None:
    """Until the screen shows these words."""
    for _ in range(400):
        await pilot.pause(0.01)
        if wanted in everything(app):
            return
    raise AssertionError(f"{wanted!r} never showed:\n{everything(app)}")

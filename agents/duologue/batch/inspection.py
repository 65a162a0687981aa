"""Trials run through Inspect AI: each variant a task, each goal a sample, and the pair the solver.

Inspect AI keeps its own log of what it sees, which `inspect view` shows; what counts is in each run's log.
Its model is a mock that is never asked: the runs speak to their own endpoints, under their own retries.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from inspect_ai import Epochs, Task, eval_async
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import display_type

from duologue.batch.interrupts import Interrupts
from duologue.batch.journal import Entry, Journal, broken_off, digest_of
from duologue.batch.trial import Finding, Trial, examine, pursue
from duologue.errors import RecordError
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_log
from duologue.record.story import TurnPart, tell

_NO_MODEL: Final = "mockllm/model"
_Key = tuple[str, str, int]
_TELLS: Final = frozenset({"goal", "outcome", "reason", "run", "passed", "faults", "turns", "tokens"})


@dataclass(slots=True)
class Inspection:
    """Trials, run `jobs` at a time. `findings` grow as they end, and `on_finding` is told of each that
    does; `before` is what the journal says of earlier."""

    trials: Sequence[Trial]
    folder: Path
    jobs: int
    interrupts: Interrupts
    on_finding: Callable[[Finding], None]
    journal: Journal
    before: Mapping[str, Entry] = field(default_factory=dict)
    findings: dict[_Key, Finding] = field(default_factory=dict)

    async def find(self, trial: Trial, digest: str) -> Finding:
        """How the trial goes, or went where it came to its end before; noted as it does."""
        was = self.before.get(digest)
        if was is not None and was.finding is not None and was.finding.ran:
            return examine(trial, was.finding)
        with self.interrupts.one() as interrupt:
            finding = await pursue(
                trial,
                interrupt,
                lambda run: self.journal.note(Entry(digest, run, None)),
                broken_off(trial, was),
            )
        finding = examine(trial, finding)
        if finding.run is not None:
            self.journal.note(Entry(digest, finding.run, finding))
        self.on_finding(finding)
        return finding


class Unrun(Exception):
    """Inspect AI's word for a trial that came to no end of its own: an error, and no wrong answer."""


async def inspect(inspection: Inspection) -> list[Finding]:
    """Run the trials to their ends, in order as far as `jobs` allows; returns the findings, in that order.

    Inspect AI's logs are in the inspection's folder; RecordError where they cannot be written.
    """
    trials = {(trial.variant, trial.goal.id, trial.number): trial.redacted() for trial in inspection.trials}
    digests = dict(zip(trials, map(digest_of, inspection.trials), strict=True))
    variants = list(dict.fromkeys(trial.variant for trial in inspection.trials))
    places = asyncio.Semaphore(inspection.jobs)
    tasks = [_task(variant, trials, digests, inspection, places) for variant in variants]
    # It decides on its display here, by INSPECT_DISPLAY; asked nothing before, it would print plain lines.
    display_type()
    try:
        await eval_async(
            tasks,
            model=_NO_MODEL,
            epochs=Epochs(max(trial.number for trial in inspection.trials), "mean"),
            log_dir=str(inspection.folder),
            log_format="eval",
            log_realtime=False,
            log_level="error",
            ctl_server=False,
            fail_on_error=False,
            retry_on_error=0,
            score_display=False,
            # The semaphore says how many run at a time, over all variants.
            max_tasks=len(variants),
            max_samples=len(trials),
        )
    except OSError as exc:
        raise RecordError(f"Inspect AI cannot write its log: {exc.strerror or exc}.") from exc
    return [_found(key, inspection) for key in trials]


def _found(key: _Key, inspection: Inspection) -> Finding:
    lost = "Inspect AI ended before it."
    return inspection.findings.get(key) or Finding(key[1], key[0], key[2], None, lost)


def _task(
    variant: str,
    trials: Mapping[_Key, Trial],
    digests: Mapping[_Key, str],
    inspection: Inspection,
    places: asyncio.Semaphore,
) -> Task:
    own = {trial.goal.id: trial for trial in trials.values() if trial.variant == variant}
    targets = next(iter(own.values())).assignment.settings.targets
    samples = [
        Sample(id=id_, input=trial.assignment.goal, target=trial.goal.expect) for id_, trial in own.items()
    ]
    return Task(
        name=variant,
        dataset=MemoryDataset(samples, name="suite"),
        solver=_solver(variant, trials, digests, inspection, places),
        scorer=_scorers(variant, inspection),
        metadata={"models": {seat: target.model for seat, target in targets.items()}},
    )


def _solver(
    variant: str,
    trials: Mapping[_Key, Trial],
    digests: Mapping[_Key, str],
    inspection: Inspection,
    places: asyncio.Semaphore,
) -> Solver:
    # Inspect AI writes the arguments of solvers and scorers into its log: ours take none.
    @solver
    def duologue() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            key = (variant, str(state.sample_id), state.epoch)
            async with places:
                finding = inspection.findings[key] = await inspection.find(trials[key], digests[key])
            if not finding.ran:
                raise Unrun(finding.reason)
            state.messages = _talk(trials[key].runs / (finding.run or ""))
            state.output = ModelOutput.from_content("duologue", finding.result or "")
            state.metadata = {name: value for name, value in asdict(finding).items() if name in _TELLS}
            return state

        return solve

    return duologue()


def _scorers(variant: str, inspection: Inspection) -> list[Scorer]:
    def finding(state: TaskState) -> Finding:
        return inspection.findings[variant, str(state.sample_id), state.epoch]

    @scorer(metrics=[accuracy()])
    def held_out() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score | None:
            found = finding(state)
            if found.passed is None:
                return None
            return Score(value=found.passed, explanation=" ".join(found.faults) or found.reason)

        return score

    @scorer(metrics=[accuracy()])
    def judge_agrees() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score | None:
            found = finding(state)
            if found.reached is None:
                return None
            return Score(value=(found.outcome == "done") == found.reached, explanation=found.reason)

        return score

    return [held_out(), judge_agrees()]


def _talk(folder: Path) -> list[ChatMessage]:
    """What both agents said, for whoever looks at it with `inspect view`."""
    records, _ = read_log(folder / LOG_NAME)
    parts = [part for part in tell(records).parts if isinstance(part, TurnPart)]
    return [
        (ChatMessageUser if part.role == "user" else ChatMessageAssistant)(content=part.said[-1].text)
        for part in parts
        if part.said
    ]

"""`duologue eval`: goals with held-out checks, by models or pairs side by side."""

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from duologue.batch.interrupts import Interrupts
from duologue.batch.journal import JOURNAL_NAME, Entry, Journal, digest_of
from duologue.batch.suite import load_suite
from duologue.batch.tally import NOT_BEGUN, tally
from duologue.batch.trial import Finding, Trial
from duologue.cli.diagnostics import to_stderr
from duologue.cli.eval_table import figures, table
from duologue.cli.interrupts import signals_request
from duologue.cli.numbers import Whole
from duologue.cli.params import (
    PATH,
    judging_options,
    limit_options,
    read_options,
    service_options,
)
from duologue.cli.report import complain
from duologue.cli.saved import runs_option
from duologue.cli.sections import Sectioned
from duologue.cli.trials import Manner, trials_of, variants
from duologue.display import display_safe, one_line
from duologue.errors import RecordError, UserError
from duologue.extras import install_command
from duologue.outcomes import EXIT_FAILED
from duologue.record.runs import new_run_id

_FOLDER: Final = "evals"
_MOST_NAMED: Final = 5
_RESULTS: Final = "results.json"
_QUIET: Final = {"INSPECT_DISPLAY": "none", "PYTHON_DOTENV_DISABLED": "1"}
"""For Inspect AI, which reads them when it is imported: nothing on the screen, nothing from a `.env` file."""


@dataclass(frozen=True, slots=True)
class _Evaluation:
    title: str
    trials: Sequence[Trial]
    variants: Sequence[str]
    folder: Path
    jobs: int
    quiet: bool
    resumed: bool


@click.command(cls=Sectioned, short_help="Evaluate models or pairs on a suite of goals.")
@click.argument("suite", type=PATH)
@click.option("--model", "-m", "models", multiple=True, help="A model to try; repeatable.")
@click.option(
    "--pair", "-p", "pairs", multiple=True, metavar="NAME|FOLDER", help="A pair to try; repeatable."
)
@click.option("--repeat", type=Whole(1, 1000), default=1, help="Runs of each goal (default: 1).")
@click.option("--jobs", "-j", type=Whole(1, 64), default=1, help="Runs at a time (default: 1).")
@click.option(
    "--resume",
    "resumed",
    metavar="NAME",
    help="Go on with an evaluation that was broken off: `last`, or the name of its folder in evals/. What "
    "came to an end is not run again.",
)
@click.option("--scripted", is_flag=True, help="Let the suite's scenarios stand in for a model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@service_options
@judging_options
@limit_options
@runs_option
def command(**values: Any) -> int:
    """Pursue every goal of SUITE, a TOML file, with each model and each pair; compare how they do.

    Checks that a goal holds out are shown to nobody who takes part: they tell whether a "done" is right. Each
    run is saved like any other; Inspect AI's logs and the figures are in evals/ beside them.

    Exit codes: 0 every run came to an end, whichever; 1 some failed, were parked or did not begin; 2 usage;
    129, 130, 143 ended by a signal, with the runs under way parked.
    """
    if find_spec("inspect_ai") is None:
        raise _missing()
    options = read_options({**values, "model": None, "pair": None})
    suite, among = load_suite(values["suite"]), variants(values["models"], values["pairs"])
    trials = trials_of(suite, among, Manner(options, values["config"], values["repeat"], values["scripted"]))
    folder = _folder(trials[0].runs / _FOLDER, values["resumed"])
    title = suite.title or values["suite"].stem
    names = [variant.name for variant in among]
    resumed = values["resumed"] is not None
    return _evaluate(_Evaluation(title, trials, names, folder, values["jobs"], values["as_json"], resumed))


def _missing() -> UserError:
    return UserError(
        "Evaluations need Inspect AI, which is not installed.",
        hint=f"Install it: {install_command('evals')}",
    )


def _folder(among: Path, resumed: str | None) -> Path:
    """A new folder, or that of the evaluation that is gone on with. Raises RecordError and UserError."""
    if resumed is not None:
        return _earlier(among, resumed)
    folder = among / new_run_id()
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as exc:
        raise RecordError(f"The folder {folder} cannot be made: {exc.strerror or exc}.") from exc
    return folder


def _earlier(among: Path, name: str) -> Path:
    names = sorted(path.parent.name for path in among.glob(f"*/{JOURNAL_NAME}"))
    found = names[-1:] if name == "last" else [each for each in names if name and each.startswith(name)]
    if len(found) == 1:
        return among / found[0]
    hint = f"There are: {', '.join(names[-_MOST_NAMED:])}." if names else "None was begun there."
    what = "means several evaluations" if found else "is no evaluation"
    raise UserError(f"{name!r} {what} in {among}.", hint=hint)


def _evaluate(evaluation: _Evaluation) -> int:
    to_stderr()
    interrupts = Interrupts()
    findings = asyncio.run(_inspected(evaluation, interrupts))
    _say(evaluation, findings)
    by = interrupts.by or ""
    if by in signal.Signals.__members__:
        return 128 + signal.Signals[by]
    return 0 if all(finding.ran for finding in findings) else EXIT_FAILED


async def _inspected(evaluation: _Evaluation, interrupts: Interrupts) -> list[Finding]:
    with signals_request(interrupts):
        os.environ.update(_QUIET)
        # Two seconds, and an extra: imported where it is used, after all that may be wrong has been said.
        from duologue.batch.inspection import Inspection, inspect

        journal = Journal(evaluation.folder / JOURNAL_NAME)
        before = journal.read() if evaluation.resumed else {}
        progress = _Progress(evaluation, before)
        trials, folder = evaluation.trials, evaluation.folder
        told = progress.finding
        return await inspect(Inspection(trials, folder, evaluation.jobs, interrupts, told, journal, before))


class _Progress:
    """A line on stderr for every run that has ended."""

    def __init__(self, evaluation: _Evaluation, before: Mapping[str, Entry]) -> None:
        self._trials, self._quiet = len(evaluation.trials), evaluation.quiet
        found = [before[digest].finding for digest in map(digest_of, evaluation.trials) if digest in before]
        self._ended = sum(finding is not None and finding.ran for finding in found)
        if evaluation.resumed and not self._quiet:
            said = f"{self._ended} of {self._trials} runs came to an end before."
            click.secho(said, err=True, dim=True)

    def finding(self, finding: Finding) -> None:
        """This run has ended."""
        self._ended += 1
        if self._quiet:
            return
        said = f"{finding.goal}, {finding.variant}: {finding.outcome or NOT_BEGUN}"
        run = f", run {finding.run}" if finding.run else ""
        click.secho(f"[{self._ended}/{self._trials}] {display_safe(said)}{run}", err=True, dim=True)


def _say(evaluation: _Evaluation, findings: Sequence[Finding]) -> None:
    tallies = [tally(name, findings) for name in evaluation.variants]
    whole = figures(evaluation.title, tallies, findings)
    text = json.dumps({**whole, "folder": str(evaluation.folder)}, indent=2)
    _save(evaluation.folder / _RESULTS, text + "\n")
    if evaluation.quiet:
        click.echo(text)
        return
    columns = shutil.get_terminal_size((80, 24)).columns
    click.echo(one_line(evaluation.title, columns) + "\n")
    for line in table(tallies, findings, columns):
        click.echo(line.rstrip())
    for finding in findings:
        if not finding.ran:
            where = f"{finding.goal}, {finding.variant}"
            complain(f"{where}: {finding.outcome or NOT_BEGUN}: {finding.reason}", None)
    if not all(finding.ran for finding in findings):
        _lead_on(evaluation.folder.name)
    click.echo(f"\nMore: inspect view --log-dir {shlex.quote(str(evaluation.folder))}", err=True)


def _lead_on(name: str) -> None:
    """How to go on with an evaluation: by the command that it was begun with, and one option."""
    words = sys.argv[1:]
    again = words if "--resume" in words else [*words, "--resume", name]
    click.echo("", err=True)
    complain("Some runs came to no end.", f"Go on with them: duologue {shlex.join(again)}")


def _save(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as exc:
        complain(f"The figures could not be saved as {path}: {exc.strerror or exc}.", None)

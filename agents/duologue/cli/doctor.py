"""`duologue doctor`: what endpoint there is, and what it can do."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final, assert_never
from urllib.parse import urlsplit

import click

from duologue.cli import diagnosis
from duologue.cli.numbers import Decimal, Whole
from duologue.cli.options import secret
from duologue.cli.progress import Progress
from duologue.cli.report import complain
from duologue.cli.sections import Sectioned
from duologue.cli.subjects import Subject, configured, on_this_machine
from duologue.config import ConfigFile, cache_folder, environment, load_config
from duologue.endpoint.dialects import Dialects, forget
from duologue.endpoint.discovery import HOST, discover
from duologue.endpoint.examination import Choice, Step, examine
from duologue.endpoint.findings import Finding, Trying
from duologue.endpoint.probe import Manner
from duologue.endpoint.server import Served
from duologue.errors import EndpointMissing
from duologue.known_secrets import known_secrets
from duologue.outcomes import EXIT_FAILED
from duologue.record.redact import in_flight
from duologue.record.redact_key import KEY_BYTES
from duologue.record.redact_stream import RedactedStreams
from duologue.settings import DEFAULT_CONTEXT_TOKENS, Options, Settings, local_ports, resolve
from duologue.targets import Rates

EXIT_NOTHING: Final = 7
"""Nothing is set and nothing answers: a code that no run ends with."""


@click.command(cls=Sectioned, short_help="See which endpoint there is, and what it can do.")
@click.option("--base-url", metavar="URL", help="The endpoint; else OPENAI_BASE_URL, else the config file.")
@click.option(
    "--api-key", metavar="KEY", help="Its key; better OPENAI_API_KEY, which other users cannot see."
)
@click.option(
    "--model", "-m", metavar="MODEL", help="The model to try; else DUOLOGUE_MODEL, else the config file."
)
@click.option("--local", is_flag=True, help="Look on this machine, whatever endpoint is set.")
@click.option(
    "--port",
    "ports",
    multiple=True,
    type=Whole(1, 65535),
    help="Look at this port of this machine; repeatable.",
)
@click.option(
    "--timeout",
    "within_s",
    type=Decimal(1, 3600),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="The most that an endpoint is given, the loading of its model included.",
)
@click.option(
    "--local-only/--no-local-only",
    default=None,
    help="Speak to this machine alone; see `duologue run --help`.",
)
@click.option("--forget", is_flag=True, help="First forget what was learnt of the endpoint earlier.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--config", type=click.Path(path_type=Path), help="A config file instead of your own.")
def command(**values: Any) -> int:
    """See which endpoint there is, and what it can do.

    Examined is the endpoint that a run would use, as options, environment and config file set it; where
    none is set, what answers at the usual ports of this machine (Ollama 11434, LM Studio 1234, llama.cpp
    and TGI 8080, vLLM and llama-cpp-python 8000), which is sent no key. DUOLOGUE_LOCAL_PORTS and
    local_ports in the config file name other ports, or none. Each model is asked for a few short
    completions; then the config file's fallbacks, which a run can do without.

    Exit codes: 0 usable, 1 something is there and not usable, 2 wrong usage, 7 nothing is there.
    """
    config = load_config(values["config"])
    options = Options(
        base_url=values["base_url"],
        api_key=secret(values["api_key"]),
        model=values["model"],
        local_only=values["local_only"],
    )
    local = values["local"] or bool(values["ports"])
    settings = None if local else _settings(options, config)
    subjects = [] if settings is None else configured(options, config, settings.targets)
    ports = values["ports"] or local_ports(config, environment())
    return asyncio.run(
        _Doctor(
            values["within_s"],
            config.context_tokens or DEFAULT_CONTEXT_TOKENS,
            None if values["config"] is None else str(values["config"]),
            manner=_manner(settings, options, config),
            as_json=values["json_wanted"],
            forgets=values["forget"],
        ).see(subjects, ports, options)
    )


def _settings(options: Options, config: ConfigFile) -> Settings | None:
    """What a run would be set to; None where no endpoint is named."""
    try:
        return resolve(options, config, environment(), {})
    except EndpointMissing:
        return None


def _manner(settings: Settings | None, options: Options, config: ConfigFile) -> Manner:
    """An endpoint is spoken to as a run does, and no secret that it repeats is shown, whatever is set."""
    known = known_secrets(environment(), [options.api_key]) if settings is None else settings.secrets
    redactor = in_flight([each.get_secret_value() for each in known], token_bytes(KEY_BYTES))
    rates = Rates(config.rate.rpm, config.rate.tpm, config.rate.concurrency)
    return Manner(Dialects(cache_folder()), rates, RedactedStreams(redactor))


class _Doctor:
    """Examines subjects one after the other and tells of each."""

    def __init__(
        self,
        within_s: float,
        context_tokens: int,
        config: str | None,
        *,
        manner: Manner,
        as_json: bool,
        forgets: bool,
    ) -> None:
        self._manner = manner
        self._within_s = within_s
        self._context_tokens = context_tokens
        self._config = config
        self._as_json = as_json
        self._forgets = forgets
        self._progress = Progress()

    async def see(self, subjects: list[Subject], ports: Sequence[int], options: Options) -> int:
        """Examine these, or what is found at the ports; returns the exit code."""
        if not subjects:
            self._progress.say(f"Looking at {HOST}, ports {', '.join(map(str, ports)) or 'none'} …")
            subjects = await on_this_machine(ports, options)
            self._progress.clear()
        if self._forgets:
            _forget(subjects)
        for subject in subjects:
            await self._examine(subject)
        # A run needs all endpoints that its roles are set to, and one of those that were found.
        needed = [each for each in subjects if not each.fallback]
        runs = [[each] for each in needed] if needed and needed[0].server else [needed]
        usable = [run for run in runs if run and all(each.usable for each in run)]
        if self._as_json:
            self._print_json(subjects, usable)
        elif usable:
            for run in usable:
                diagnosis.suggestion(run, self._context_tokens, self._config)
        elif not any(_is_there(each) for each in subjects):
            _nothing(ports)
        elif not any(each.server for each in subjects):
            await self._point_out(ports)
        return 0 if usable else EXIT_FAILED if any(map(_is_there, subjects)) else EXIT_NOTHING

    async def _point_out(self, ports: Sequence[int]) -> None:
        """Where the endpoint that is set is of no use, one may be at hand."""
        for server in await discover(ports):
            if server.standing == "ready":
                diagnosis.paragraph(
                    f"On this machine {server.name} answers at {server.base_url}: duologue doctor --local", 0
                )

    async def _examine(self, subject: Subject) -> None:
        begun = False
        manner = replace(self._manner, dialects=Dialects(cache_folder()))
        examination = examine(subject.target, self._within_s, subject.served, manner)
        async with aclosing(examination) as steps:
            async for step in steps:
                self._take(subject, step)
                if not self._as_json:
                    begun = self._show(subject, step, begun)
        self._progress.clear()
        if subject.model is not None:
            subject.dialect = manner.dialects.interpreter(subject.target.base_url, subject.model).dialect
        if not self._as_json:
            diagnosis.closing(subject)
            click.echo()

    def _take(self, subject: Subject, step: Step) -> None:
        match step:
            case Trying():
                self._progress.say(f"Trying {step.ability} at {urlsplit(subject.target.base_url).netloc} …")
            case Served():
                subject.served = step
            case Choice():
                subject.model = step.model
            case Finding():
                subject.findings.append(self._weighed(step))
            case _:
                assert_never(step)

    def _weighed(self, finding: Finding) -> Finding:
        """The finding, with what a run makes of a window that is not told, or smaller than it counts with."""
        if finding.ability != "context" or (finding.tokens or 0) >= self._context_tokens:
            return finding
        means = f"A run counts with {self._context_tokens:,} unless told otherwise with --context."
        return replace(finding, means=means)

    def _show(self, subject: Subject, step: Step, begun: bool) -> bool:
        if isinstance(step, Trying):
            return begun
        self._progress.clear()
        if not begun:
            diagnosis.heading(subject)
            if self._forgets:
                diagnosis.forgotten(subject)
        match step:
            case Served():
                diagnosis.models(step)
            case Choice():
                diagnosis.tried(subject)
            case Finding():
                diagnosis.row(subject.findings[-1])
            case _:
                assert_never(step)
        return True

    def _print_json(self, subjects: Sequence[Subject], usable: Sequence[Sequence[Subject]]) -> None:
        told = {
            "usable": bool(usable),
            "commands": [diagnosis.command(run, self._context_tokens, self._config) for run in usable],
            "endpoints": [diagnosis.as_json(subject) for subject in subjects],
        }
        click.echo(json.dumps(told, indent=2))


def _forget(subjects: Sequence[Subject]) -> None:
    """Each address once, before any is examined: what is learnt now of one model stays."""
    urls = dict.fromkeys(subject.target.base_url for subject in subjects)
    forgotten = {url: forget(cache_folder(), url) for url in urls}
    for subject in subjects:
        subject.forgotten = forgotten[subject.target.base_url]


def _is_there(subject: Subject) -> bool:
    """Whether it was set, or answers as a model server does."""
    return subject.server is None or subject.server.standing not in ("foreign", "silent")


def _nothing(ports: Sequence[int]) -> None:
    where = f"at the ports {', '.join(map(str, ports))} of this machine" if ports else "looked for"
    complain(
        f"No endpoint is set, and no server is {where}.",
        "Start one (Ollama, LM Studio, llama.cpp, …), or name one with --base-url URL, OPENAI_BASE_URL or "
        "the config file; `duologue demo` needs none.",
    )

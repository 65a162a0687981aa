"""What a run is asked to do, complete and tested, before anything is paid for."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duologue.conversation.check import Check
from duologue.conversation.citations import grounded_check
from duologue.conversation.persuasion import Subject
from duologue.conversation.sources import Source
from duologue.errors import UserError
from duologue.localmodels import LOCAL_URL
from duologue.messages import Seat
from duologue.record.parts import LimitsRecord
from duologue.roles import Pair
from duologue.settings import Settings
from duologue.targets import Target


@dataclass(frozen=True, slots=True)
class Assignment:
    """A goal with everything that bears on it. `criteria` are the person's; `derive` asks a model for
    further ones, which with `review` the person has to approve; `ask` says that somebody is there who can be
    asked what a vague goal means; `scripted` names the scenario that stands in for a model, None where none
    does; `grounded` asks for a result that cites its sources."""

    goal: str
    pair: Pair
    settings: Settings
    sources: tuple[Source, ...] = ()
    criteria: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    derive: bool = True
    seed: int = 0
    scripted: str | None = None
    review: bool = False
    ask: bool = False
    grounded: bool = False

    def __post_init__(self) -> None:
        if not self.goal.strip():
            raise UserError("The goal is empty.", hint='Say what you want: duologue run "Summarize …"')

    @property
    def every_check(self) -> tuple[Check, ...]:
        """The person's checks, and that of the citations where the result has to be grounded in sources."""
        return (*self.checks, grounded_check(self.sources)) if self.grounded and self.sources else self.checks

    @property
    def mark(self) -> str:
        """The random part of the judge's delimiters, which no model can guess."""
        return random.Random(self.seed).randbytes(3).hex()

    @property
    def open_mark(self) -> str:
        """The random part of delimiters that the agents see; it tells nothing of the judge's."""
        return random.Random(f"agents {self.seed}").randbytes(3).hex()

    @property
    def subject(self) -> Subject:
        """What the run is about, so that its own words are not taken for the agents'."""
        return Subject(self.goal, self.criteria, [source.text for source in self.sources])

    @property
    def limits(self) -> LimitsRecord:
        """The budget's limits, as the log records them."""
        limits = self.settings.limits
        return LimitsRecord(
            max_turns=limits.turns,
            max_tokens=limits.tokens,
            max_minutes=limits.minutes,
            max_cost_usd=limits.cost,
        )

    def recorded_settings(self, targets: Mapping[Seat, Target]) -> dict[str, Any]:
        """The settings for the log's header; secrets are left out."""
        return {
            "roles": {role: _recorded(t) for role, t in targets.items()},
            "judging": {"cadence": self.settings.judging.cadence, "votes": self.settings.judging.votes},
            "context_tokens": self.settings.context_tokens,
            "local_only": self.settings.local_only,
            "redact": self.settings.redact,
            "derive": self.derive,
            "review": self.review,
            "ask": self.ask,
            "grounded": self.grounded,
            "criteria": list(self.criteria),
            "scripted": self.scripted,
        }


def _recorded(target: Target) -> dict[str, Any]:
    """A model that runs here is known by its file: its address and key are others in each run."""
    said: dict[str, Any] = {
        "model": target.model,
        "sampling": dict(target.sampling),
        **_recorded_fallbacks(target),
    }
    local = target.local
    if local is None:
        return {"base_url": target.base_url, **said}
    file = None if local.path is None else local.path.name
    return {
        "base_url": LOCAL_URL,
        **said,
        "local": {"file": file, "size": local.size, "sha256": local.sha256},
    }


def _recorded_fallbacks(target: Target) -> dict[str, Any]:
    tables = [{"base_url": each.base_url, "model": each.model} for each in target.fallbacks]
    return {"fallbacks": tables} if tables else {}

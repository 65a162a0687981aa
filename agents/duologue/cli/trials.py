"""A suite and the variants to try it with, turned into trials; all that is wrong is said before any call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Final

from duologue.batch.suite import VARIANT, GoalTable, Suite, SuiteLimits, held_out_checks
from duologue.batch.trial import Trial
from duologue.cli.local import find_endpoint
from duologue.cli.options import Prepared, Wish, prepare
from duologue.config import load_config
from duologue.errors import ConfigError, PairError, SourceError, UserError
from duologue.settings import Options

_ALONE: Final = "as set"


@dataclass(frozen=True, slots=True)
class Variant:
    """What goals are tried with: a model and a pair, each None where it is as set elsewhere."""

    name: str
    model: str | None = None
    pair: str | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a suite is tried: what the options say for all, how often, and whether its scenarios stand in for
    a model."""

    options: Options
    config: Path | None = None
    repeat: int = 1
    scripted: bool = False


def variants(models: Sequence[str], pairs: Sequence[str]) -> list[Variant]:
    """Each model with each pair. Raises UserError where two would be the same."""
    named = [
        Variant(_name(model if len(models) > 1 or not pairs else None, pair), model, pair)
        for model, pair in product(models or (None,), pairs or (None,))
    ]
    names = [variant.name for variant in named]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise UserError(f"{twice} is named twice.", hint="To try it more than once, say --repeat N.")
    return named


def _name(model: str | None, pair: str | None) -> str:
    said = [part for part in (model, pair) if part]
    return " with ".join(said) or _ALONE


def trials_of(suite: Suite, among: Sequence[Variant], manner: Manner) -> list[Trial]:
    """Every goal by every variant, side by side, then once more as often as is wished. Raises UserError and
    its kinds."""
    if not manner.scripted:
        manner = replace(manner, options=find_endpoint(manner.options, load_config(manner.config), {}))
    return list(_trials(suite, among, manner))


def _trials(suite: Suite, among: Sequence[Variant], manner: Manner) -> Iterator[Trial]:
    for number, goal, variant in product(range(1, manner.repeat + 1), suite.goal, among):
        prepared = _prepared(goal, variant, manner)
        yield Trial(
            goal=goal,
            variant=variant.name,
            number=number,
            assignment=prepared.assignment,
            transport=prepared.transport,
            held_out=held_out_checks(goal),
            runs=prepared.runs,
        )


def _prepared(goal: GoalTable, variant: Variant, manner: Manner) -> Prepared:
    wish = Wish(
        goal=goal.goal,
        options=_options(goal, variant, manner.options),
        sources=goal.sources,
        criteria=goal.criteria,
        checks=goal.checks,
        derive=goal.derive,
        grounded=goal.grounded,
        scenario=_scenario(goal, variant) if manner.scripted else None,
        config=manner.config,
    )
    try:
        return prepare(wish)
    except (SourceError, PairError) as exc:
        raise type(exc)(f"The suite's goal {goal.id!r}: {exc.message}", hint=exc.hint) from exc


def _scenario(goal: GoalTable, variant: Variant) -> Path:
    if goal.scenario is None:
        raise ConfigError(
            f"The suite's goal {goal.id!r} has no scenario.", hint="Without --scripted, a model is asked."
        )
    return Path(goal.scenario.replace(VARIANT, variant.model or variant.pair or _ALONE))


def _options(goal: GoalTable, variant: Variant, options: Options) -> Options:
    """What the command line says, then the suite."""
    said = SuiteLimits.model_construct(
        turns=options.max_turns,
        tokens=options.max_tokens,
        minutes=options.max_minutes,
        cost=options.max_cost,
    )
    limits = said.over(goal.limits)
    return replace(
        options,
        model=variant.model,
        pair=variant.pair or goal.pair,
        max_turns=limits.turns,
        max_tokens=limits.tokens,
        max_minutes=limits.minutes,
        max_cost=limits.cost,
    )

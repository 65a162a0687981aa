"""A suite: goals to pursue, with checks that nobody who takes part is told, read from a TOML file."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from duologue.conversation.check import Check
from duologue.conversation.checks import parse_check
from duologue.endpoint.scenario import beside
from duologue.errors import ConfigError
from duologue.tomltext import fault, nearest

VARIANT: Final = "{variant}"
"""Stands for what is tried, a model or else a pair, in the path of a scenario."""
_ID: Final = re.compile(r"[\w.-]{1,40}")
_HINT: Final = "A suite is a TOML file with a title and [[goal]] tables, each with an id and a goal."


def _said(text: str) -> str:
    if text.strip() in ("", "-"):
        raise PydanticCustomError("said", "say it in words")
    return text


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise PydanticCustomError("id", "give up to 40 letters, digits, dots, hyphens and underscores")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SuiteLimits(_Strict):
    """A run's budget; None leaves it to the person's settings. `cost` is in US dollars."""

    turns: int | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    def over(self, other: "SuiteLimits") -> "SuiteLimits":
        """These limits, and the other's where these say nothing."""
        return other.model_copy(update=self.model_dump(exclude_none=True))


class GoalTable(_Strict):
    """A goal. `checks` are part of it; `held_out` are checks of the last result that neither the pair nor the
    judge is told, so that they tell whether a *done* is right. `expect` is how a run should end; `scenario`
    plays it without a model, `grounded` asks for citations of the sources. What is None is left to the suite,
    or to the person's settings."""

    id: Annotated[str, AfterValidator(_id)]
    goal: Annotated[str, AfterValidator(_said)]
    pair: str | None = None
    sources: tuple[Path, ...] = ()
    criteria: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    expect: Literal["done", "impossible"] = "done"
    derive: bool | None = None
    limits: SuiteLimits = SuiteLimits()
    scenario: str | None = None
    grounded: bool | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.grounded and not self.sources:
            raise ValueError("grounded needs sources to cite")
        if self.expect == "impossible" and self.held_out:
            raise ValueError("what is expected to be impossible has no result for held_out to check")
        return self


class Suite(_Strict):
    """A whole suite: `criteria` and `checks` hold for every goal, besides its own. Paths are
    relative to the file."""

    title: str = ""
    pair: str | None = None
    criteria: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    derive: bool | None = None
    limits: SuiteLimits = SuiteLimits()
    goal: tuple[GoalTable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [goal.id for goal in self.goal]
        twice = next((id_ for number, id_ in enumerate(ids) if id_ in ids[:number]), None)
        if twice is not None:
            raise ValueError(f"two goals have the id {twice!r}")
        return self


_TABLES: Final[tuple[type[BaseModel], ...]] = (Suite, GoalTable, SuiteLimits)


def load_suite(path: Path) -> Suite:
    """The suite in a TOML file, with whole paths and its checks looked at. ConfigError says which line or key
    is wrong."""
    what = f"The suite {path}"
    try:
        text = path.read_text("utf-8")
        suite = Suite.model_validate(tomllib.loads(text))
    except OSError as exc:
        raise ConfigError(f"{what} cannot be read: {exc.strerror or exc}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{what} is not valid TOML: {exc}.", hint=_HINT) from exc
    except ValidationError as exc:
        found = fault(exc, what, text, _did_you_mean)
        raise ConfigError(found.message, hint=found.hint or _HINT) from exc
    return _whole(suite, path.resolve().parent)


def held_out_checks(goal: GoalTable) -> list[Check]:
    """The checks that the pair and the judge are not told. Raises ConfigError."""
    return [_parsed(goal, spec) for spec in goal.held_out]


def _parsed(goal: GoalTable, spec: str) -> Check:
    try:
        return parse_check(spec)
    except ConfigError as exc:
        raise ConfigError(f"The suite's goal {goal.id!r}: {exc.message}", hint=exc.hint) from exc


def _did_you_mean(key: str) -> str | None:
    return nearest(key, {name for table in _TABLES for name in table.model_fields})


def _whole(suite: Suite, folder: Path) -> Suite:
    goals = tuple(_whole_goal(goal, suite, folder) for goal in suite.goal)
    for goal in goals:
        for spec in (*goal.checks, *goal.held_out):
            _parsed(goal, spec)
    return suite.model_copy(update={"goal": goals})


def _whole_goal(goal: GoalTable, suite: Suite, folder: Path) -> GoalTable:
    """The goal with what the suite says for all, and with whole paths."""
    pair = goal.pair or suite.pair
    changed = {
        "pair": str(folder / pair) if pair and (folder / pair).is_dir() else pair,
        "sources": tuple(folder / source.expanduser() for source in goal.sources),
        "criteria": (*suite.criteria, *goal.criteria),
        "checks": tuple(beside(check, folder) for check in (*suite.checks, *goal.checks)),
        "held_out": tuple(beside(check, folder) for check in goal.held_out),
        "derive": suite.derive if goal.derive is None else goal.derive,
        "limits": goal.limits.over(suite.limits),
        "scenario": None if goal.scenario is None else str(folder / goal.scenario),
    }
    return goal.model_copy(update=changed)

"""A scenario: a goal and the replies that a stand-in endpoint gives to it, read from a TOML file."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duologue.errors import ConfigError
from duologue.messages import Seat
from duologue.tomltext import fault, nearest


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ScriptedCall(_Part):
    """A tool call within a reply; `arguments` as a table or as JSON text."""

    name: str
    arguments: dict[str, Any] | str = ""
    id: str = ""


class Reply(_Part):
    """What a model answers once, or `repeat` times. A `status` other than 200 is an HTTP error saying
    `error`; `cut_after` lets the connection die after so many characters of text."""

    model: Seat
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ScriptedCall, ...] = ()
    finish_reason: str | None = None
    status: Annotated[int, Field(ge=200, le=599)] = 200
    error: str = ""
    cut_after: Annotated[int, Field(ge=0)] | None = None
    delay_ms: Annotated[int, Field(ge=0)] = 0
    repeat: Annotated[int, Field(ge=1)] = 1


class Scenario(_Part):
    """A whole scenario. `sources` are absolute, and so is a check's file where it names one beside the
    scenario; `folder` is where the scenario came from; `characters_per_second` 0 streams at once; `pair`
    and `max_turns` None leave these to the settings."""

    title: str = ""
    goal: str = ""
    pair: str | None = None
    criteria: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()
    derive: bool = False
    max_turns: Annotated[int, Field(ge=1)] | None = None
    characters_per_second: Annotated[float, Field(ge=0)] = 0
    reply: tuple[Reply, ...] = ()
    folder: Path = Path()


_TABLES: Final[tuple[type[BaseModel], ...]] = (Scenario, Reply, ScriptedCall)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file; ConfigError says which line or key is wrong."""
    hint = "A scenario is a TOML file with a title and [[reply]] tables."
    try:
        text = path.read_text(encoding="utf-8")
        scenario = Scenario.model_validate({**tomllib.loads(text), "folder": path.resolve().parent})
    except OSError as exc:
        raise ConfigError(f"The scenario {path} cannot be read: {exc.strerror}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The scenario {path} is not valid TOML: {exc}.", hint=hint) from exc
    except ValidationError as exc:
        found = fault(exc, f"The scenario {path}", text, _did_you_mean)
        raise ConfigError(found.message, hint=found.hint or hint) from exc
    return _with_paths(scenario)


def _did_you_mean(key: str) -> str | None:
    return nearest(key, {name for table in _TABLES for name in table.model_fields} - {"folder"})


def _with_paths(scenario: Scenario) -> Scenario:
    folder = scenario.folder
    sources = tuple(folder / source for source in scenario.sources)
    checks = tuple(beside(check, folder) for check in scenario.checks)
    return scenario.model_copy(update={"sources": sources, "checks": checks})


def beside(check: str, folder: Path) -> str:
    """The check, with its file's whole path where it names a file in the folder."""
    kind, colon, name = check.partition(":")
    return f"{kind}:{folder / name}" if colon and name and (folder / name).is_file() else check

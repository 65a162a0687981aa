"""The person's config file and environment: what stands in them, and where a mistake in them is.

This is the only module that reads either. The file is the one in the platform's config folder; nothing
is ever read from the working folder.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from duologue.errors import ConfigError
from duologue.habits import ACTIONS, Action, Theme
from duologue.messages import Seat
from duologue.targets import MOST_VOTES, Cadence, Clocks, Patience, RetryPolicy
from duologue.tomltext import fault, first_error, nearest, place

SAMPLING_KEYS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "max_tokens",
    "seed",
    "stop",
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
)
_CLOCKS: Final = Clocks()
_POLICY: Final = RetryPolicy()
_PATIENCE: Final = Patience()
_KEY: Final = re.compile(
    r"(?:(?:ctrl|shift|alt|super)\+)*(?:[^\s,+]|f(?:[1-9]|1\d|2[0-4])|up|down|left|right|home|end|pageup|pagedown"
    r"|insert|delete|backspace|enter|escape|tab|space|plus|minus|comma|full_stop|colon|semicolon|slash|backslash"
    r"|question_mark|exclamation_mark|equals_sign|asterisk|number_sign|percent_sign|ampersand|underscore|tilde)"
)
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
_FALLBACK: Final = re.compile(r"(.+)@(https?://.*)")


class _Strict(BaseModel):
    # Made ready when the first table is read: most people have no file, and every command asks for it.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class FallbackTable(_Strict):
    """An endpoint that answers while another is out; its key goes to its own origin."""

    model: str = Field(min_length=1)
    base_url: str
    api_key: SecretStr | None = None
    api_key_env: str | None = None


def parse_fallback(text: str) -> FallbackTable:
    """The fallback of the form MODEL@URL; a model's name may hold an `@` too. Raises ValueError."""
    found = _FALLBACK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not of the form MODEL@URL")
    return FallbackTable(model=found[1], base_url=found[2])


def _spelt_out(value: Any) -> Any:
    """Fallbacks as tables; one text is a list of one, and no text is none."""
    texts = ([value] if value else []) if isinstance(value, str) else value
    if not isinstance(texts, list):
        return texts
    try:
        return [parse_fallback(each) if isinstance(each, str) else each for each in texts]
    except ValueError as exc:
        raise PydanticCustomError("fallback", "{why}", {"why": str(exc)}) from exc


def _texts(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        return value
    raise PydanticCustomError("texts", "give a text, or a list of texts")


class RoleTable(_Strict):
    """Where one role's completions come from; also the top of the config file."""

    base_url: str | None = None
    api_key: SecretStr | None = None
    api_key_env: str | None = None
    model: str | None = None
    fallbacks: Annotated[list[FallbackTable] | None, BeforeValidator(_spelt_out)] = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int | None = Field(default=None, gt=0)
    seed: int | None = None
    stop: Annotated[str | list[str] | None, BeforeValidator(_texts)] = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    reasoning_effort: str | None = None
    extra_body: dict[str, Any] = Field(default_factory=dict)

    @property
    def sampling(self) -> dict[str, Any]:
        """The request fields that are set."""
        named = {key: getattr(self, key) for key in SAMPLING_KEYS}
        return {key: value for key, value in named.items() if value is not None} | self.extra_body


class PriceTable(_Strict):
    """A model's price in US dollars per million tokens; `cached` is that of prompt tokens which the endpoint
    had cached, None where they cost as much as others."""

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class LimitsTable(_Strict):
    """A run's budget. `turns` counts both agents' turns, `tokens` those of all three roles, `cost` is their
    price in US dollars."""

    turns: int | None = Field(default=40, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=60.0, gt=0)
    cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class ClocksTable(_Strict):
    """See `targets.Clocks`; in seconds."""

    connect: float = Field(default=_CLOCKS.connect_s, gt=0)
    first_token: float = Field(default=_CLOCKS.first_token_s, gt=0)
    idle: float = Field(default=_CLOCKS.idle_s, gt=0)
    total: float = Field(default=_CLOCKS.total_s, gt=0)


class RetryTable(_Strict):
    """See `targets.RetryPolicy`, and `targets.Patience` for what holds where there is a fallback."""

    attempts: int = Field(default=_POLICY.attempts, gt=0)
    minutes: float = Field(default=_POLICY.elapsed_s / 60, gt=0)
    fallback_attempts: int = Field(default=_PATIENCE.attempts, gt=0)
    fallback_seconds: float = Field(default=_PATIENCE.elapsed_s, gt=0)
    cool_off_minutes: float = Field(default=_PATIENCE.cool_off_s / 60, ge=0)


class RateTable(_Strict):
    """See `targets.Rates`; for each endpoint."""

    rpm: int | None = Field(default=None, gt=0)
    tpm: int | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, gt=0)


class JudgingTable(_Strict):
    """See `targets.Judging`."""

    cadence: Cadence = "auto"
    votes: int = Field(default=1, ge=1, le=MOST_VOTES)


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise PydanticCustomError("digest", "give the 64 hexadecimal digits of a SHA-256 sum")
    return text


class LocalModelTable(_Strict):
    """A GGUF file that runs on this machine: one that is here, or one to be fetched on first use."""

    url: str | None = None
    path: Path | None = None
    sha256: Annotated[str, AfterValidator(_digest)] | None = None
    api_key_env: str | None = None
    context: int | None = Field(default=None, ge=1024)
    threads: int | None = Field(default=None, gt=0)
    gpu_layers: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise ValueError("give either url or path")
        return self


class LocalTable(_Strict):
    """Models that run on this machine; `model` names the one that `--model local` means."""

    model: str | None = None
    models: dict[str, LocalModelTable] = Field(default_factory=dict)


def _key(told: str) -> str:
    """A key, or several parted by commas, as Textual spells them: `ctrl+f`, `f2`, `n`, `question_mark`."""
    names = [name.strip() for name in told.split(",")]
    wrong = next((name for name in names if not _KEY.fullmatch(name)), None)
    if wrong is not None:
        raise PydanticCustomError(
            "key", "{name} is no key; keys look like ctrl+f, f2, n", {"name": repr(wrong)}
        )
    return ",".join(names)


class ScreenTable(_Strict):
    """How the screens look."""

    theme: Theme | None = None


class ConfigFile(RoleTable):
    """The config file, whole."""

    pair: str | None = None
    runs: Path | None = None
    context_tokens: int | None = Field(default=None, ge=1024)
    local_only: bool = False
    local_ports: list[int] | None = None
    redact: bool = True
    limits: LimitsTable = LimitsTable()
    prices: dict[str, PriceTable] = Field(default_factory=dict)
    clocks: ClocksTable = ClocksTable()
    retry: RetryTable = RetryTable()
    rate: RateTable = RateTable()
    judging: JudgingTable = JudgingTable()
    roles: dict[Seat, RoleTable] = Field(default_factory=dict)
    local: LocalTable = LocalTable()
    screen: ScreenTable = ScreenTable()
    keys: dict[Action, Annotated[str, AfterValidator(_key)]] = Field(default_factory=dict)

    @property
    def endpoints(self) -> list[RoleTable | FallbackTable]:
        """Every table that may name an endpoint and its key."""
        roles: list[RoleTable] = [self, *self.roles.values()]
        return [*roles, *(fallback for table in roles for fallback in table.fallbacks or ())]


def environment() -> Mapping[str, str]:
    """The process's environment."""
    return os.environ


def config_path() -> Path:
    """The person's config file, whether or not it exists."""
    return Path(platformdirs.user_config_dir("duologue", appauthor=False)) / "config.toml"


def cache_folder() -> Path:
    """The folder for what may be lost and found out again, whether or not it exists."""
    return Path(platformdirs.user_cache_dir("duologue", appauthor=False))


def load_config(path: Path | None = None) -> ConfigFile:
    """The config file, or the defaults where there is none and none was named. Raises ConfigError with file
    and line."""
    named, path = path is not None, config_path() if path is None else path
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as exc:
        if named:
            raise ConfigError(f"The config file {path} does not exist.") from exc
        return ConfigFile.model_construct()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"The config file {path} cannot be read: {exc}.") from exc
    try:
        return ConfigFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"The config file {path} is not valid TOML: {exc}.") from exc
    except ValidationError as exc:
        raise _wrong(exc, f"The config file {path}", text) from exc


def _wrong(exc: ValidationError, what: str, text: str) -> ConfigError:
    keys = first_error(exc)["loc"]
    if keys[-1:] != ("[key]",) or keys[0] != "keys":
        return fault(exc, what, text, did_you_mean)
    action = str(keys[1])
    message = f"{place(what, keys, text)}: there is no action {action!r} to set a key for."
    return ConfigError(message, hint=nearest(action, ACTIONS))


_TABLES: Final[tuple[type[BaseModel], ...]] = (
    ConfigFile,
    RoleTable,
    FallbackTable,
    LimitsTable,
    PriceTable,
    ClocksTable,
    RetryTable,
    RateTable,
    JudgingTable,
    LocalTable,
    LocalModelTable,
    ScreenTable,
)


def did_you_mean(key: str) -> str | None:
    """A hint at the known setting that is spelt most like this one, or None."""
    return nearest(key, {name for table in _TABLES for name in table.model_fields})

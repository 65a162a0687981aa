"""What a run is set to: options first, then the environment, then the person's config file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import SecretStr, ValidationError

from duologue.addresses import checked_url, key_in, same_origin
from duologue.config import (
    ClocksTable,
    ConfigFile,
    FallbackTable,
    LimitsTable,
    RateTable,
    RetryTable,
    RoleTable,
    config_path,
    did_you_mean,
)
from duologue.errors import ConfigError, EndpointMissing
from duologue.expectation import complaint
from duologue.habits import Habits, Theme
from duologue.known_secrets import known_secrets
from duologue.localmodels import LOCAL_URL, canonical, context_of, is_local, local_model
from duologue.messages import ROLE_NAMES, SEATS, RoleName, Seat
from duologue.prices import Prices
from duologue.targets import Cadence, Clocks, Judging, Patience, Rates, RetryPolicy, Target
from duologue.tomltext import first_error, key_name

OPENAI_URL: Final = "https://api.openai.com/v1"
DEFAULT_CONTEXT_TOKENS: Final = 32_768
DEFAULT_PAIR: Final = "general"
LOCAL_PORTS: Final = (11434, 1234, 8080, 8000)
"""Where Ollama, LM Studio, llama.cpp (and TGI), and vLLM (and llama-cpp-python) usually listen."""

_UNLIMITED: Final = Rates()
_JUDGING: Final = Judging()
_Keys = Sequence[tuple[str, SecretStr | RoleTable | None]]
"""Keys, each with the name of what set it."""
_PATIENCE: Final = Patience()
_KeySource = SecretStr | RoleTable | FallbackTable | None


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said; None where it said nothing. `roles` holds per-role settings by key.

    `found` is the base URL of a server that was found on this machine: used where nothing names an endpoint,
    and without a key.
    """

    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    pair: str | None = None
    runs: Path | None = None
    context_tokens: int | None = None
    local_only: bool | None = None
    redact: bool | None = None
    max_turns: int | None = None
    max_tokens: int | None = None
    max_minutes: float | None = None
    max_cost: float | None = None
    rates: Rates = _UNLIMITED
    fallbacks: Sequence[FallbackTable] = ()
    sampling: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[Seat, Mapping[str, Any]] = field(default_factory=dict)
    cadence: Cadence | None = None
    votes: int | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True)
class Origins:
    """What set a role's base URL, model and key, in words; None for a model or key that is not set."""

    base_url: str
    model: str | None
    api_key: str | None


@dataclass(frozen=True, slots=True)
class _Address:
    base_url: str
    api_key: SecretStr | None
    named_by: str
    key_by: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """A run's settings, resolved. A target's model is empty where it is to be found on the endpoint; there is
    one for `appeal` where a second opinion is wanted."""

    targets: Mapping[Seat, Target]
    runs: Path
    limits: LimitsTable
    clocks: Clocks
    policy: RetryPolicy
    context_tokens: int
    local_only: bool = False
    rates: Rates = _UNLIMITED
    prices: Prices = field(default_factory=Prices)
    judging: Judging = _JUDGING
    redact: bool = True
    secrets: tuple[SecretStr, ...] = ()
    patience: Patience = _PATIENCE


def runs_folder(options: Options, config: ConfigFile, environ: Mapping[str, str]) -> Path:
    """Where runs are saved: as told, else `runs/` of a checkout, else the platform's data folder."""
    told = options.runs or environ.get("DUOLOGUE_RUNS") or config.runs
    if told:
        return Path(told).expanduser()
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "runs" / "README.md").is_file():
        return checkout / "runs"
    return Path(platformdirs.user_data_dir("duologue", appauthor=False)) / "runs"


def habits(theme: Theme | None, config: ConfigFile) -> Habits:
    """How the person wants the screens: the theme as the option names it, else as the config file does."""
    return Habits(theme or config.screen.theme, config.keys)


def pair_name(options: Options, config: ConfigFile) -> str:
    """The pair to use, by name or folder."""
    return options.pair or config.pair or DEFAULT_PAIR


def resolve(
    options: Options,
    config: ConfigFile,
    environ: Mapping[str, str],
    pair_sampling: Mapping[RoleName, Mapping[str, Any]],
) -> Settings:
    """Everything a run needs, each from the first of options, environment and config that names it.

    Raises EndpointMissing where no endpoint is named, ConfigError where a setting is wrong.
    """
    local_only = config.local_only if options.local_only is None else options.local_only
    appeals = options.roles.get("appeal") or "appeal" in config.roles
    sampling: dict[Seat, Mapping[str, Any]] = dict(pair_sampling.items())
    sampling["appeal"] = pair_sampling.get("judge", {})
    targets = {
        seat: _bound(_target(seat, options, config, environ, sampling.get(seat, {})), local_only)
        for seat in (SEATS if appeals else ROLE_NAMES)
    }
    return Settings(
        targets,
        runs_folder(options, config, environ),
        _limits(options, config.limits),
        _clocks(config.clocks),
        RetryPolicy(config.retry.attempts, config.retry.minutes * 60),
        options.context_tokens
        or _local_context(targets.values(), config)
        or config.context_tokens
        or DEFAULT_CONTEXT_TOKENS,
        local_only,
        _rates(options.rates, config.rate),
        Prices(config.prices),
        judging=Judging(options.cadence or config.judging.cadence, options.votes or config.judging.votes),
        redact=config.redact if options.redact is None else options.redact,
        secrets=known_secrets(environ, _keys(targets, config, environ)),
        patience=_patience(config.retry),
    )


def origins(role: RoleName, options: Options, config: ConfigFile, environ: Mapping[str, str]) -> Origins:
    """What set the role's endpoint, as `resolve` finds it; raises what it raises."""
    told = _role_options(role, options.roles.get(role, {}))
    own = config.roles.get(role, RoleTable())
    address = _address(role, told, options, own, config, environ)
    named = ((name, model) for name, model in _models(role, told, options, own, config, environ) if model)
    return Origins(address.named_by, next((name for name, _ in named), None), address.key_by)


def local_ports(config: ConfigFile, environ: Mapping[str, str]) -> tuple[int, ...]:
    """The ports of this machine at which servers are looked for; none where the setting is empty."""
    told = environ.get("DUOLOGUE_LOCAL_PORTS")
    if told is None:
        return LOCAL_PORTS if config.local_ports is None else tuple(config.local_ports)
    ports = told.replace(",", " ").split()
    if not all(port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536 for port in ports):
        raise ConfigError("DUOLOGUE_LOCAL_PORTS is no list of ports.", hint="It looks like 8080,11434.")
    return tuple(int(port) for port in ports)


def _keys(
    targets: Mapping[Seat, Target], config: ConfigFile, environ: Mapping[str, str]
) -> list[SecretStr | None]:
    """Every key that is configured, whether or not this run uses it."""
    tables = config.endpoints
    named = [SecretStr(environ.get(table.api_key_env or "", "")) for table in tables]
    return [*(target.api_key for target in targets.values()), *(table.api_key for table in tables), *named]


def _bound(target: Target, local_only: bool) -> Target:
    fallbacks = tuple(replace(each, local_only=local_only) for each in target.fallbacks)
    return replace(target, local_only=local_only, fallbacks=fallbacks)


def _limits(options: Options, table: LimitsTable) -> LimitsTable:
    told = {
        "turns": options.max_turns,
        "tokens": options.max_tokens,
        "minutes": options.max_minutes,
        "cost": options.max_cost,
    }
    return table.model_copy(update={key: value for key, value in told.items() if value is not None})


def _rates(told: Rates, table: RateTable) -> Rates:
    return Rates(told.rpm or table.rpm, told.tpm or table.tpm, told.concurrency or table.concurrency)


def _patience(table: RetryTable) -> Patience:
    return Patience(table.fallback_attempts, table.fallback_seconds, table.cool_off_minutes * 60)


def _clocks(table: ClocksTable) -> Clocks:
    return Clocks(table.connect, table.first_token, table.idle, table.total)


def _target(
    role: Seat,
    options: Options,
    config: ConfigFile,
    environ: Mapping[str, str],
    pair_sampling: Mapping[str, Any],
) -> Target:
    told = _role_options(role, options.roles.get(role, {}))
    own = config.roles.get(role, RoleTable())
    model = next((name for _, name in _models(role, told, options, own, config, environ) if name), "")
    sampling = {
        **pair_sampling,
        **config.sampling,
        **own.sampling,
        **options.sampling,
        **told.sampling,
    }
    if is_local(model):
        model = canonical(model, config)
        found = Target(LOCAL_URL, model, None, sampling, local_model(model, config, environ))
    else:
        address = _address(role, told, options, own, config, environ)
        found = Target(address.base_url, model, address.api_key, sampling)
    return replace(found, fallbacks=_fallbacks(found, told, options, own, config, environ))


def _models(
    role: Seat,
    told: RoleTable,
    options: Options,
    own: RoleTable,
    config: ConfigFile,
    environ: Mapping[str, str],
) -> list[tuple[str, str | None]]:
    """The model as each layer names it, the first that does first."""
    return [
        (f"--set {role}.model", told.model),
        ("--model", options.model),
        ("DUOLOGUE_MODEL", environ.get("DUOLOGUE_MODEL")),
        (f"the config file, [roles.{role}]", own.model),
        ("the config file", config.model),
    ]


def _local_context(targets: Iterable[Target], config: ConfigFile) -> int | None:
    """The smallest window that the config file gives to a model of these that runs here."""
    told = [context_of(target.model, config) for target in targets if target.local is not None]
    return min((tokens for tokens in told if tokens is not None), default=None)


def _fallbacks(
    target: Target,
    told: RoleTable,
    options: Options,
    own: RoleTable,
    config: ConfigFile,
    environ: Mapping[str, str],
) -> tuple[Target, ...]:
    """What answers while the target is out, each with the key that is known for its origin, if any.

    The environment's key goes to its own origin alone: that of the base URL which the options or the
    environment name, else OpenAI's.
    """
    layers: tuple[Sequence[FallbackTable] | None, ...] = (told.fallbacks, options.fallbacks or None)
    if target.local is None or not (told.model or options.model or environ.get("DUOLOGUE_MODEL")):
        # Who names a model of this machine for a run does not mean the endpoints of all others.
        layers = (*layers, own.fallbacks, config.fallbacks)
    tables: Sequence[FallbackTable] = next((tables for tables in layers if tables is not None), ())
    key = SecretStr(environ["OPENAI_API_KEY"]) if environ.get("OPENAI_API_KEY") else None
    known: list[tuple[str | None, _KeySource]] = [
        (target.base_url, target.api_key),
        *((table.base_url, table) for table in [*(own.fallbacks or ()), own, *config.endpoints]),
        (options.base_url or environ.get("OPENAI_BASE_URL") or OPENAI_URL, key),
    ]
    return tuple(_fallback(table, known, environ) for table in tables)


def _fallback(
    table: FallbackTable, known: Sequence[tuple[str | None, _KeySource]], environ: Mapping[str, str]
) -> Target:
    url = checked_url(table.base_url)
    kept = (key for at, key in [(url, table), *known] if at and same_origin(at, url))
    found = (key if isinstance(key, SecretStr) else key_in(key, environ) for key in kept if key is not None)
    return Target(url, table.model, next((key for key in found if key is not None), None))


def _role_options(role: Seat, values: Mapping[str, Any]) -> RoleTable:
    try:
        return RoleTable.model_validate(dict(values))
    except ValidationError as exc:
        first = first_error(exc)
        name = f"--set {role}.{key_name(first['loc'])}"
        if first["type"] == "extra_forbidden":
            raise ConfigError(f"{name}: unknown setting.", hint=did_you_mean(str(first["loc"][-1]))) from exc
        raise ConfigError(f"{complaint(first, name)}.") from exc


def _address(
    role: Seat,
    told: RoleTable,
    options: Options,
    own: RoleTable,
    config: ConfigFile,
    environ: Mapping[str, str],
) -> _Address:
    """The base URL, and the key that may go there.

    A key goes with the base URL of its own layer, and to that origin only: the config file's key never
    follows a URL from elsewhere. The environment's key goes with a URL from the options too, since the
    person means both for this command. A server that was merely found gets none.
    """
    variable = environ.get("OPENAI_API_KEY")
    key = options.api_key or (SecretStr(variable) if variable else None)
    mine = ("--api-key" if options.api_key else "OPENAI_API_KEY", key)
    whole, table = ("the config file", config), (f"the config file, [roles.{role}]", own)
    layers: list[tuple[str, str | None, _Keys]] = [
        (f"--set {role}.base_url", told.base_url, ()),
        ("--base-url", options.base_url, (mine,)),
        ("OPENAI_BASE_URL", None if options.base_url else environ.get("OPENAI_BASE_URL"), (mine,)),
        (table[0], own.base_url, (table,)),
        (
            whole[0],
            config.base_url,
            (("--api-key", options.api_key), whole if own.base_url else table, whole),
        ),
        ("OPENAI_API_KEY" if variable else "--api-key", OPENAI_URL if key else None, (mine,)),
    ]
    named = [(name, url, keys) for name, url, keys in layers if url]
    if not named and options.found is not None:
        return _Address(checked_url(options.found), None, "found on this machine", None)
    if not named:
        raise EndpointMissing(
            "No endpoint is configured.",
            hint="Give one with --base-url URL, or OPENAI_BASE_URL, or base_url in "
            f"{config_path()}; or try `duologue demo`, which needs none.",
        )
    chosen = checked_url(named[0][1])
    kept = (key for _, url, keys in named if same_origin(url, chosen) for key in keys)
    # A key is looked for only where it may go: one that is missing for another endpoint is no fault.
    found = ((name, _secret(key, environ)) for name, key in ((f"--set {role}.api_key", told), *kept))
    key_by, api_key = next(((name, key) for name, key in found if key is not None), (None, None))
    return _Address(chosen, api_key, named[0][0], key_by)


def _secret(key: SecretStr | RoleTable | None, environ: Mapping[str, str]) -> SecretStr | None:
    return key_in(key, environ) if isinstance(key, RoleTable) else key

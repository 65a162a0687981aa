"""What `doctor` examines: the endpoints that are set, or what answers on this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duologue.config import ConfigFile, environment
from duologue.endpoint.dialect import Dialect
from duologue.endpoint.discovery import LocalServer, discover
from duologue.endpoint.findings import Finding
from duologue.endpoint.server import Served
from duologue.errors import ConfigError
from duologue.messages import ROLE_NAMES, RoleName, Seat
from duologue.settings import Options, Origins, origins
from duologue.targets import Target

_FALLBACK = Origins("a fallback", "a fallback", None)
_FALLBACK_WITH_KEY = Origins("a fallback", "a fallback", "its own origin")


@dataclass(slots=True)
class Subject:
    """An endpoint and model, what set them, for which roles; `server` where it was found on this machine.
    The rest is filled in by the examination; `forgotten` is how many dialects of this address were dropped
    before it. A `fallback` answers while another is out: a run can do without it."""

    target: Target
    origins: Origins
    roles: tuple[RoleName, ...] = ()
    server: LocalServer | None = None
    served: Served | None = None
    model: str | None = None
    findings: list[Finding] = field(default_factory=list)
    dialect: Dialect | None = None
    forgotten: int = 0
    fallback: bool = False

    @property
    def usable(self) -> bool:
        """Whether it completes."""
        return any(each.ability == "completion" and each.state == "works" for each in self.findings)

    @property
    def context_tokens(self) -> int | None:
        """The context window, where the server told it."""
        return next((each.tokens for each in self.findings if each.tokens is not None), None)


def configured(options: Options, config: ConfigFile, targets: Mapping[Seat, Target]) -> list[Subject]:
    """The endpoints that the roles are set to, each model of each once, then their fallbacks. Raises
    ConfigError where all run here, and there is no endpoint to examine."""
    subjects: dict[tuple[str, str], Subject] = {}
    for role in ROLE_NAMES:
        target = targets[role]
        if target.local is not None:
            continue
        subject = subjects.setdefault(
            (target.base_url, target.model), Subject(target, origins(role, options, config, environment()))
        )
        subject.roles = (*subject.roles, role)
    if not subjects:
        raise ConfigError(
            f"{targets['user'].model} needs no endpoint: a run serves its file itself.",
            hint="Use it with `duologue run`; `duologue doctor --local` looks for servers on this machine.",
        )
    for role in ROLE_NAMES:
        for target in targets[role].fallbacks:
            by = _FALLBACK if target.api_key is None else _FALLBACK_WITH_KEY
            subject = subjects.setdefault((target.base_url, target.model), Subject(target, by, fallback=True))
            if subject.fallback:
                subject.roles = (*subject.roles, role)
    return list(subjects.values())


async def on_this_machine(ports: Sequence[int], options: Options) -> list[Subject]:
    """What listens at these ports, with the model that the options name. No key is sent."""
    named = Origins("found on this machine", "--model" if options.model else None, None)
    return [
        Subject(
            Target(server.base_url, options.model or "", local_only=True),
            named,
            server=server,
            served=server.served,
        )
        for server in await discover(ports)
    ]

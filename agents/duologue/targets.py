"""Where a role's completions come from, how they are sampled, and how long to wait for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A GGUF file that llama.cpp serves on this machine while a run lasts.

    `path` is the file, None where it is first fetched from `url`, for which `api_key` goes to that URL's
    origin alone. `sha256` is the digest that the file has to have, None where none was told; `origin` says
    who told it. `size` is the file's, in bytes, None until it is known. `threads` and `gpu_layers` of None
    leave the number to us and to llama.cpp."""

    path: Path | None
    url: str | None = None
    sha256: str | None = None
    origin: str = "the config file"
    api_key: SecretStr | None = None
    threads: int | None = None
    gpu_layers: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A model at an endpoint. `base_url` is what `/chat/completions` is appended to; the key is sent to
    that URL's origin and nowhere else, None sends none. `sampling` holds request fields such as
    `temperature`, `top_p`, `max_tokens`, `seed`, sent as they are. `local` is the file behind
    a model that runs here; its address is known once it is served. `local_only` refuses any address that is
    not this machine's. `fallbacks` answer in its place while it is out, sampled as it is; theirs are not
    looked at."""

    base_url: str
    model: str
    api_key: SecretStr | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    local: LocalModel | None = None
    local_only: bool = False
    fallbacks: tuple["Target", ...] = ()


Cadence = Literal["every", "on-claim", "auto"]
MOST_VOTES: Final = 9


@dataclass(frozen=True, slots=True)
class Judging:
    """How often the judge is asked, and for how many votes at a time.

    `every`: after each exchange; `on-claim`: when the user agent claims that the goal is reached or out of
    reach; `auto`: also when the assistant delivers a result, when a guard is raised, and after at most three
    exchanges without a verdict.
    """

    cadence: Cadence = "auto"
    votes: int = 1


@dataclass(frozen=True, slots=True)
class Clocks:
    """Four clocks, in seconds. `first_token_s` runs from the request to the first content and is generous,
    because local servers load models; `idle_s` runs between pieces of content, and keep-alives do not
    reset it; `total_s` ends an attempt whatever it is doing."""

    connect_s: float = 5.0
    first_token_s: float = 300.0
    idle_s: float = 60.0
    total_s: float = 900.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter over `base_s` doubling up to `cap_s`; ends after `attempts` tries or `elapsed_s` seconds,
    whichever is first. A wait that the server names may last as long as the run still may."""

    attempts: int = 8
    elapsed_s: float = 900.0
    base_s: float = 1.0
    cap_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Rates:
    """What the person allows one endpoint at most: requests and tokens a minute, and requests at a time;
    None sets no limit."""

    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None

    def stricter(self, other: "Rates") -> "Rates":
        """The lower of each."""
        pairs = ((self.rpm, other.rpm), (self.tpm, other.tpm), (self.concurrency, other.concurrency))
        return Rates(*(min((most for most in pair if most is not None), default=None) for pair in pairs))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an endpoint is tried while another could answer in its place, and for how many seconds it is
    left alone after that."""

    attempts: int = 3
    elapsed_s: float = 60.0
    cool_off_s: float = 300.0

    def with_less(self, policy: RetryPolicy) -> RetryPolicy:
        """The policy, given up as early as this."""
        attempts, elapsed_s = min(self.attempts, policy.attempts), min(self.elapsed_s, policy.elapsed_s)
        return replace(policy, attempts=attempts, elapsed_s=elapsed_s)

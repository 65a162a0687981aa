"""What a check is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`spec` is as the person wrote it, `text` says it to people, `detail` is what models are told
    besides; `fault` returns None where the result passes, else the reason in one sentence. `material` is
    the content of a file that the check rests on, kept with the run."""

    spec: str
    text: str
    fault: Callable[[str], str | None]
    detail: str | None = None
    material: bytes | None = None

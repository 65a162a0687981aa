"""Pairs: the prompts and defaults of a user role, an assistant role and a judge, as folders of data."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duologue.errors import PairError
from duologue.messages import ROLE_NAMES, RoleName
from duologue.tomltext import fault, nearest

_PLACEHOLDER: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TAG: Final = re.compile(r"^<(/?)(goal|criteria)>[ \t]*$", re.MULTILINE)
_ALLOWED: Final[Mapping[RoleName, frozenset[str]]] = {
    "user": frozenset({"goal", "criteria", "sources"}),
    "assistant": frozenset({"goal", "sources"}),
    "judge": frozenset({"goal", "criteria", "sources"}),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair: `prompts` are templates with `{{goal}}`, `{{criteria}}` and `{{sources}}`; `criteria` hold
    for every goal pursued with it; `sampling` are request fields a role uses unless told otherwise;
    `grounded` asks for results that cite their sources."""

    name: str
    path: Path
    title: str
    description: str
    version: int
    criteria: tuple[str, ...]
    prompts: Mapping[RoleName, str]
    sampling: Mapping[RoleName, Mapping[str, Any]]
    grounded: bool = False


class _PairFile(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    title: str = Field(min_length=1)
    description: str = ""
    version: int = Field(ge=1)
    criteria: list[str] = Field(default_factory=list)
    grounded: bool = False
    roles: dict[RoleName, dict[str, Any]] = Field(default_factory=dict)


def pairs_folder() -> Path:
    """Where the bundled pairs are: `roles/` of a checkout or an editable install, else inside the package."""
    package = Path(__file__).resolve().parent
    checkout = package.parent.parent / "roles"
    return checkout if (checkout / "general" / "pair.toml").is_file() else package / "_roles"


def list_pairs() -> list[Pair]:
    """The bundled pairs, by name."""
    return [load_pair(path.parent.name) for path in sorted(pairs_folder().glob("*/pair.toml"))]


def load_pair(name: str) -> Pair:
    """The pair of that name, or in the folder of that path. Raises PairError, naming file and reason."""
    folder = _find(name)
    file = _read_toml(folder / "pair.toml")
    prompts = {role: load_prompt(folder / f"{role}.md", role) for role in ROLE_NAMES}
    return Pair(
        folder.name,
        folder,
        file.title,
        file.description,
        file.version,
        tuple(file.criteria),
        prompts,
        file.roles,
        file.grounded,
    )


def _find(name: str) -> Path:
    # os.path answers False where pathlib raises: for a name that no file can have.
    bundled, folder = pairs_folder() / name, Path(os.path.expanduser(name))
    if re.fullmatch(r"[\w-]+", name) and os.path.isfile(bundled / "pair.toml"):
        return bundled
    if os.path.isfile(folder / "pair.toml"):
        return folder.resolve()
    if os.path.isdir(folder):
        raise PairError(
            f"{name} is not a pair: it has no pair.toml.", hint="See roles/README.md for the files."
        )
    known = [path.parent.name for path in sorted(pairs_folder().glob("*/pair.toml"))]
    close = difflib.get_close_matches(name, known, 1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    raise PairError(f"There is no pair {name!r}.", hint=f"{meant}The pairs are: {', '.join(known)}.")


def _read_toml(path: Path) -> _PairFile:
    try:
        text = path.read_text("utf-8")
        return _PairFile.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise PairError(f"{path} cannot be read: {exc}.") from exc
    except ValidationError as exc:
        found = fault(exc, str(path), text, lambda key: nearest(key, _PairFile.model_fields))
        raise PairError(found.message, hint=found.hint) from exc


def load_prompt(path: Path, role: RoleName) -> str:
    """The template in the file; raises PairError where it cannot be read or has an unknown placeholder."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise PairError(
            f"{path} cannot be read: {exc}.", hint="A pair needs user.md, assistant.md, judge.md."
        ) from exc
    for found in _PLACEHOLDER.finditer(text):
        if found.group(1) not in _ALLOWED[role]:
            line = text.count("\n", 0, found.start()) + 1
            allowed = ", ".join(sorted(_ALLOWED[role]))
            raise PairError(
                f"{path}, line {line}: unknown placeholder {found.group()}.", hint=f"Known: {allowed}."
            )
    return text


def render(prompt: str, values: Mapping[str, str], mark: str = "") -> str:
    """The prompt with its placeholders replaced, once: what is put in is not looked at again. A mark is put
    into the tags around the goal and the criteria, so that nothing between them can close them."""
    if mark:
        prompt = _TAG.sub(rf"<\1\2-{mark}>", prompt)
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], prompt).strip()

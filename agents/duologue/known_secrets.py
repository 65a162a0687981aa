"""Which values of the environment are secrets: those of variables whose names say so."""

import os.path
import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import SecretStr

LEAST_CHARACTERS: Final = 8
"""Shorter values of secret variables are left alone: they would be found in words."""

_LONG: Final = 16
_LEAST_DIFFERENT: Final = 5
_CLASSES: Final = tuple(map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]")))
_SECRET_NAMES: Final = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE)$", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a variable's name says that its value is secret."""
    return _SECRET_NAMES.search(name) is not None


def secret_values(environ: Mapping[str, str]) -> list[str]:
    """The values of the variables whose names say that they are secret."""
    return [value for name, value in environ.items() if is_secret(name)]


def known_secrets(environ: Mapping[str, str], keys: Iterable[SecretStr | None]) -> tuple[SecretStr, ...]:
    """What must not leave a run: the keys in use, and the environment's secrets that could not be mistaken
    for words or paths of ordinary text."""
    values = [key.get_secret_value() for key in keys if key is not None]
    values += [value for value in secret_values(environ) if _cannot_be_prose(value.strip())]
    return tuple(SecretStr(value) for value in dict.fromkeys(values))


def _cannot_be_prose(value: str) -> bool:
    if len(value) < LEAST_CHARACTERS or len(set(value)) < _LEAST_DIFFERENT:
        return False
    mixed = sum(bool(found.search(value)) for found in _CLASSES) > 1
    # A variable such as SSH_KEY often holds the path of a file, which is no secret.
    return (mixed or len(value) >= _LONG) and not os.path.exists(os.path.expanduser(value))

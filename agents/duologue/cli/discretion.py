"""What is told of a fault, without the secrets that it may repeat: those of the environment, of the config
file and of the command line."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from secrets import token_bytes

from pydantic import SecretStr

from duologue.config import environment, load_config
from duologue.errors import ConfigError
from duologue.known_secrets import known_secrets
from duologue.record.redact import in_flight
from duologue.record.redact_key import KEY_BYTES


def discreet(text: str) -> str:
    """The text, each secret in it replaced. Only for faults: everything is read anew."""
    known = known_secrets(environment(), [*_typed(sys.argv[1:]), *_configured(sys.argv[1:])])
    return in_flight([each.get_secret_value() for each in known], token_bytes(KEY_BYTES))(text)


def _typed(arguments: Sequence[str]) -> Iterator[SecretStr]:
    """Keys on the command line, as `--api-key` and `--set ROLE.api_key=` give them."""
    for before, argument in zip(("", *arguments), arguments, strict=False):
        name, _, value = argument.partition("=")
        if before == "--api-key":
            yield SecretStr(argument)
        elif value and (name == "--api-key" or name.endswith(".api_key")):
            yield SecretStr(value)


def _configured(arguments: Sequence[str]) -> Iterator[SecretStr | None]:
    """Keys of the config file, where it can be read."""
    named = [value for option, value in pairwise(arguments) if option == "--config"]
    with suppress(ConfigError):
        for table in load_config(Path(named[-1]) if named else None).endpoints:
            yield table.api_key
            yield SecretStr(environment().get(table.api_key_env or "", ""))

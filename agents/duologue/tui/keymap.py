"""Keys that the person sets: bindings by the names of their actions, and which keys collide."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from textual.binding import Binding, BindingType

from duologue.errors import ConfigError
from duologue.habits import Action

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def named(bindings: Sequence[BindingType], prefix: str = "") -> list[BindingType]:
    """The bindings, each with the name under which its keys can be set: its description in one word.

    A second binding of the same description keeps its keys, whatever is set for the first.
    """
    used: set[str] = set()
    made: list[BindingType] = []
    for given in bindings:
        binding = given if isinstance(given, Binding) else Binding(*given)
        name = binding.id or prefix + _NO_WORD.sub("_", binding.description.lower()).strip("_")
        made.append(binding if name in used else replace(binding, id=name))
        used.add(name)
    return made


def keymap(bindings: Iterable[BindingType], keys: Mapping[Action, str]) -> dict[str, str]:
    """Keys by binding, for Textual: those that are set, and what remains to others whose key was taken.

    Raises ConfigError where two actions of one screen are given the same key, and where one that is not
    set would be left with none.
    """
    held = _held(bindings)
    taken: dict[str, str] = {}
    for name, told in keys.items():
        for key in _split(told) if name in held else ():
            if (first := taken.setdefault(key, name)) != name:
                raise ConfigError(f"The key {key!r} is set for both {first!r} and {name!r}.", hint=_WHERE)
    mapped: dict[str, str] = {name: told for name, told in keys.items() if name in held}
    for other, own in held.items():
        left = [key for key in own if key not in taken]
        if other in mapped or len(left) == len(own):
            continue
        if not left:
            key = next(iter(own))
            raise ConfigError(
                f"The key {key!r}, set for {taken[key]!r}, is all that {other!r} has.",
                hint=f"Set another key for {other!r} too, under [keys] in the config file.",
            )
        mapped[other] = ",".join(left)
    return mapped


_WHERE: Final = "Keys are set under [keys] in the config file."


def _held(bindings: Iterable[BindingType]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for binding in Binding.make_bindings(bindings):
        if binding.id:
            held.setdefault(binding.id, []).append(binding.key)
    return held


def _split(told: str) -> list[str]:
    return [binding.key for binding in Binding.make_bindings([Binding(told, "")])]

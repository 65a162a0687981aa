"""Keys that the person sets, by the names of their actions: which collide, and how they are spelt."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from textual.binding import Binding, BindingType
from textual.keys import key_to_character
from textual.screen import Screen

from duologue.errors import ConfigError
from duologue.habits import Action

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def named(bindings: Sequence[BindingType], prefix: str = "", scope: str = "") -> list[BindingType]:
    """The bindings, each with the name under which its keys can be set: its description in one word.

    A second binding of the same description keeps its keys, whatever is set for the first. The bindings of a
    dialog have a `scope`, as one name may have other keys in another dialog.
    """
    used: set[str] = set()
    made: list[BindingType] = []
    for given in bindings:
        binding = given if isinstance(given, Binding) else Binding(*given)
        name = binding.id or prefix + _NO_WORD.sub("_", binding.description.lower()).strip("_")
        known = f"{scope}:{name}" if scope and name else name
        made.append(binding if name in used else replace(binding, id=known))
        used.add(name)
    return made


def keymap(
    bindings: Iterable[BindingType], keys: Mapping[Action, str], *, typed: bool = False
) -> dict[str, str]:
    """Keys by binding, for Textual: those that are set, and what remains to others whose key was taken. Where
    something is `typed`, keys that are characters are not set.

    Raises ConfigError where two actions of one screen are given the same key, and where one that is not
    set would be left with none.
    """
    held = _held(bindings)
    told = {known: _split(keys.get(_name(known), ""), typed) for known in held}  # type: ignore[call-overload]
    taken: dict[str, str] = {}
    for known, wanted in told.items():
        for key in wanted:
            if (first := taken.setdefault(key, known)) != known:
                both = f"{_name(first)!r} and {_name(known)!r}"
                raise ConfigError(f"The key {key!r} is set for both {both}.", hint=_WHERE)
    mapped = {known: ",".join(wanted) for known, wanted in told.items() if wanted}
    for other, own in held.items():
        left = [key for key in own if key not in taken]
        if other in mapped or len(left) == len(own):
            continue
        if not left:
            key, name = next(iter(own)), _name(other)
            raise ConfigError(
                f"The key {key!r}, set for {_name(taken[key])!r}, is all that {name!r} has.",
                hint=f"Set another key for {name!r} too, under [keys] in the config file.",
            )
        mapped[other] = ",".join(left)
    return mapped


_WHERE: Final = "Keys are set under [keys] in the config file."
_SPELT: Final = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "backslash": "\\",
}

_SIGNS: Final = {"escape": "esc", "enter": "⏎", "ctrl+": "^", "shift+": "⇧"}
_NARROW: Final = 30
"""Columns below which keys are told by signs."""
_BESIDE: Final = 6
"""Columns of a frame and what stands in its corners."""


def _name(known: str) -> str:
    """The name without its scope."""
    return known.rpartition(":")[2]


def _held(bindings: Iterable[BindingType]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for binding in Binding.make_bindings(bindings):
        if binding.id:
            held.setdefault(binding.id, []).append(binding.key)
    return held


def _split(told: str, typed: bool) -> list[str]:
    keys = [binding.key for binding in Binding.make_bindings([Binding(told, "")])] if told else []
    return [key for key in keys if not (typed and _is_character(key))]


def _is_character(key: str) -> bool:
    character = key_to_character(key)
    return character is not None and character.isprintable()


def spelt(key: str) -> str:
    """The key as a person would write it: `?`, `↑`, `ctrl+j`, `enter`."""
    character = key_to_character(key)
    if character is not None and character.isprintable() and not character.isspace():
        return character
    *held, last = key.split("+")
    return "+".join([*held, _SPELT.get(last, last)])


def hint(screen: Screen[Any], *words: str) -> str:
    """The first of the wordings for which a line has room, else the last, and that with signs for keys where
    the screen is narrow. `{name}` is replaced by the first key that the dialog has for that action now."""
    keys: dict[str, str] = {}
    for key, active in screen.active_bindings.items():
        if active.node is screen:
            keys.setdefault(_name(active.binding.id or ""), spelt(key))
    room = screen.size.width - _BESIDE
    if fitting := [said for each in words if len(said := each.format_map(keys)) <= room]:
        return fitting[0]
    signs = {name: _signs(key) if screen.size.width < _NARROW else key for name, key in keys.items()}
    return words[-1].format_map(signs)


def _signs(key: str) -> str:
    for word, sign in _SIGNS.items():
        key = key.replace(word, sign)
    return key


def helped(*keys: str) -> Binding:
    """The key that shows the keys of a dialog; where something is typed, give `f1` alone."""
    return Binding(",".join(keys or ("question_mark", "f1")), "app.keys", "these keys", id="help")

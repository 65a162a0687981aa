"""A command line that Click cannot read, put as every other fault is: one sentence and a hint that works."""

import re
import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import click

_GOALS: Final = frozenset({"duologue run"})
"""Commands whose words are a goal, which is typed without quotation marks at times."""

_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)


def misuse(fault: click.UsageError) -> tuple[str, str]:
    """What is wrong with the command line, in one sentence, and what to type."""
    match fault:
        case click.NoSuchOption():
            return _unknown(fault)
        case click.MissingParameter():
            return _missing(fault)
        case click.BadParameter(param=click.Parameter() as param):
            return _bad(fault, param)
        case _ if extra := _EXTRA.fullmatch(fault.message):
            return _extra(fault, extra[1])
        case _:
            return f"{fault.message.removesuffix('.')}.", _help(fault)


def _called(fault: click.UsageError) -> str:
    return fault.ctx.command_path if fault.ctx else "duologue"


def _help(fault: click.UsageError) -> str:
    return f"`{_called(fault)} --help` explains it."


def _unknown(fault: click.NoSuchOption) -> tuple[str, str]:
    message = f"`{_called(fault)}` has no option {fault.option_name}."
    close = _near(fault.option_name, _options(fault.ctx))
    if close:
        return message, f"Did you mean {close}?"
    if _called(fault) in _GOALS:
        return message, f"A goal that begins with - goes behind --, as in: {_called(fault)} -- '-…'"
    return message, _help(fault)


def _options(context: click.Context | None) -> list[str]:
    params = context.command.params if context else []
    return [name for param in params for name in (*param.opts, *param.secondary_opts) if name[:2] == "--"]


def _near(word: str, among: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(word, list(among), 1)), None)


def _missing(fault: click.MissingParameter) -> tuple[str, str]:
    param = fault.param
    if isinstance(param, click.Option):
        metavar, option = param.metavar or param.type.name, max(param.opts, key=len)
        hint = f"{option}: {param.help}" if param.help else _help(fault)
        return f"`{_called(fault)}` needs {option} {metavar}.", hint
    name = param.human_readable_name.upper() if param else "an argument"
    return f"`{_called(fault)}` needs {name}.", _help(fault)


def _bad(fault: click.BadParameter, param: click.Parameter) -> tuple[str, str]:
    name = max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name
    if not isinstance(param.type, click.Choice):
        return f"{name}: {fault.message.removesuffix('.')}.", _help(fault)
    choices = [str(choice) for choice in param.type.choices]
    typed = re.match(r"'(.*)' is not one of", fault.message, re.DOTALL)
    close = _near(typed[1], choices) if typed else None
    said = f"{typed[1]!r} is not one of {', '.join(choices)}" if typed else fault.message.removesuffix(".")
    return f"{name}: {said}.", f"Did you mean {close}?" if close else _help(fault)


def _extra(fault: click.UsageError, words: str) -> tuple[str, str]:
    """One word of a goal without quotation marks is read as the goal, and the rest is too much."""
    path, first = _called(fault), fault.ctx.params.get("goal") if fault.ctx else None
    if first and path in _GOALS:
        return "The goal is one argument, in quotation marks.", f"{path} {shlex.quote(f'{first} {words}')}"
    return f"`{path}` does not know what to do with: {words}.", _help(fault)

"""Options that take a number: what they take is said in words, in the help and where it is something else."""

from math import isfinite
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    _Type = click.ParamType[Any]
else:
    # Click before 8.4 has no types in brackets.
    _Type = click.ParamType


class _Number(_Type):
    """A finite number within bounds; `most` None: without an upper one."""

    def __init__(self, least: float | None, most: float | None, *, above: bool = False) -> None:
        self._least = least
        self._most = most
        self._above = above

    def _within(self, number: float) -> bool:
        if not isfinite(number) or (self._most is not None and number > self._most):
            return False
        return self._least is None or (number > self._least if self._above else number >= self._least)

    def _bounds(self) -> str:
        if self._least is None:
            return ""
        if self._most is not None:
            return f" from {self._least:g} to {self._most:g}"
        return f" above {self._least:g}" if self._above else f" from {self._least:g} up"


class Whole(_Number):
    """A whole number."""

    name = "N"

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        super().__init__(least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; usage error where it is none, or out of bounds."""
        try:
            number = int(value)
        except ValueError:
            number = None
        if number is None or not self._within(number):
            self.fail(f"{str(value)!r} is not a whole number{self._bounds()}.", param, ctx)
        return number


class Decimal(_Number):
    """A number with or without a fraction; `above`: the least is not one of them."""

    name = "X"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; usage error where it is none, not finite, or out of bounds."""
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not self._within(number):
            self.fail(f"{str(value)!r} is not a number{self._bounds()}.", param, ctx)
        return number

"""What is being fetched or loaded before a run begins: a bar on a terminal, lines elsewhere."""

import sys
import time
from typing import Final

import click

from duologue.display import display_safe

_WIDTH: Final = 30
_EVERY_S: Final = 0.1
_EVERY_PERCENT: Final = 10


class Bar:
    """Shows progress on stderr. On a terminal it is one line, drawn ten times a second; elsewhere it is a
    line for every tenth part, and of what has no size only what has to be known."""

    def __init__(self) -> None:
        self._drawn_s = 0.0
        self._tenth = -1
        self._what = ""

    def show(self, what: str, done: int, total: int | None) -> None:
        """Progress, as `endpoint.fetch` tells it."""
        if what != self._what:
            self._what, self._drawn_s, self._tenth = what, 0.0, -1
        if sys.stderr.isatty():
            self._draw(what, done, total)
        elif total:
            self._tell(what, done, total)
        elif not done and what.startswith("Not "):
            click.echo(display_safe(what), err=True)

    def _tell(self, what: str, done: int, total: int) -> None:
        tenth = 100 * done // total // _EVERY_PERCENT
        if tenth > self._tenth:
            self._tenth = tenth
            click.echo(f"{display_safe(what)}: {tenth * _EVERY_PERCENT} % of {_size(total)}", err=True)

    def _draw(self, what: str, done: int, total: int | None) -> None:
        whole = total is not None and done >= total
        if not whole and time.monotonic() - self._drawn_s < _EVERY_S:
            return
        self._drawn_s = time.monotonic()
        if total is None:
            text = f"{what}: {_size(done)}" if done else f"{what}."
        else:
            filled = _WIDTH * done // max(total, 1)
            text = f"{what} [{'█' * filled}{' ' * (_WIDTH - filled)}] {_size(done)} of {_size(total)}"
        lasting = whole or not done
        click.echo(f"\r\x1b[K{display_safe(text)}", nl=(lasting and total is None) or whole, err=True)


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"

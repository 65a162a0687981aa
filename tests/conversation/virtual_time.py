"""An event loop on which time passes only where somebody waits for it, and then at once.

Sockets stay real. Whenever nothing can be read or written and no thread has anything to say, the clock jumps
to the next timer; ten minutes of waiting take as long as the work in them.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
_SETTLE_S = 0.005
"""How long the kernel gets to bring what is on its way, in real time, before the clock jumps."""


class _Jumping(selectors.DefaultSelector):
    """Says that nothing happened for as long as was asked, without having waited that long."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _SETTLE_S:
            return super().select(timeout)
        happened = super().select(_SETTLE_S)
        if not happened:
            self.jumped_s += timeout - _SETTLE_S
        return happened


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; its time is the real one and what was jumped over."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds, with all that was jumped over."""
        return time.monotonic() + self._jumping.jumped_s


def run_virtually(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What the coroutine comes to, on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)

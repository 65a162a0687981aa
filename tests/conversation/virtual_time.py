"""An event loop on which time passes only where somebody waits for it, and then at once.

Sockets stay real. Whenever nothing can be read or written and no thread is at work for the loop, the clock
jumps to the next timer; ten minutes of waiting take as long as the work in them.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
_SETTLE_S: Final = 0.001
"""How long the kernel gets to bring what is on its way, in real time, before the clock jumps."""


class _Threads(ThreadPoolExecutor):
    """The loop's threads, which know how much is under way in them."""

    def __init__(self) -> None:
        super().__init__()
        self.working: set[Future[Any]] = set()

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(*args, **kwargs)
        self.working.add(future)
        future.add_done_callback(self.working.discard)
        return future


class _Jumping(selectors.DefaultSelector):
    """Says that nothing happened for as long as was asked, without having waited that long."""

    def __init__(self, threads: _Threads) -> None:
        super().__init__()
        self._threads = threads
        self.jumped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _SETTLE_S:
            return super().select(timeout)
        busy = bool(self._threads.working)
        happened = super().select(_SETTLE_S)
        if not happened and not busy:
            self.jumped_s += timeout - _SETTLE_S
        return happened


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; its time is the real one and what was jumped over."""

    def __init__(self) -> None:
        threads = _Threads()
        self._jumping = _Jumping(threads)
        super().__init__(self._jumping)
        self.set_default_executor(threads)

    def time(self) -> float:
        """Seconds, with all that was jumped over."""
        return time.monotonic() + self._jumping.jumped_s


def run_virtually(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What the coroutine comes to, on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)

"""Where a sync is waited for: in the event loop's own thread while the disk is quick, else beside it.

Every paid call waits for a sync before it. A quick disk has done one sooner than another thread has been
told of it and has won the interpreter back: with 64 runs at once, syncs of 0.2 ms took 1.4 ms there. A slow
disk would hold up everything else, so its syncs happen in threads that do nothing else, several at a time.
`asyncio.to_thread` takes as much CPU as the sync itself: it copies the context, and wraps one kind of future
in another.
"""

import asyncio
import functools
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

_QUICK_S: Final = 0.002
"""Seconds that a sync may take in the loop's own thread where nobody but its own run waits for it."""
_QUICK_AMONG_OTHERS_S: Final = 0.0008
"""The same where other runs wait too: from here on, a thread costs them less than waiting."""
_SLOW_FOR: Final = 64
"""Syncs that are handed to other threads after two running that took longer."""
_MOST_THREADS: Final = 16
"""A file system joins the syncs that reach it together: sixteen at once take as long as four alone."""
_Done = asyncio.Future[None]
_Job = tuple[Callable[[], None], asyncio.AbstractEventLoop, _Done]


class Disk:
    """A disk as its last syncs showed it, whichever logs they were of. `logs` is how many are open on it."""

    def __init__(self) -> None:
        self.logs = 0
        self._slow_for = 0
        self._was_slow = False

    async def wait_for(self, sync: Callable[[], None]) -> None:
        """Do the sync; raises what it raises."""
        if self._slow_for > 0:
            self._slow_for -= 1
            await beside_the_loop(sync)
            return
        before = time.perf_counter()
        sync()
        slow = time.perf_counter() - before > (_QUICK_S if self.logs < 2 else _QUICK_AMONG_OTHERS_S)
        # A single one is a hiccup, such as that of a file's first sync.
        if slow and self._was_slow:
            self._slow_for = _SLOW_FOR
        self._was_slow = slow


@functools.cache
def disk_of(device: int) -> Disk:
    """The disk with this number (`st_dev`), the same one for all files on it."""
    return Disk()


async def beside_the_loop(work: Callable[[], None]) -> None:
    """Do the work in another thread; raises what it raises. It goes on where its caller is cancelled."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    _crew().put((work, loop, done))
    await done


class _Crew:
    """The threads that do what is given to them, a new one where all are busy, up to a number. They end with
    the process: a disk that hangs does not keep it."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads = 0

    def put(self, job: _Job) -> None:
        self._jobs.put(job)
        if not self._idle.acquire(blocking=False) and self._threads < _MOST_THREADS:
            self._threads += 1
            threading.Thread(target=self._serve, name="sync", daemon=True).start()

    def _serve(self) -> None:
        while True:
            # In a function of its own, so that nothing of a job is kept while the next is waited for.
            self._do(*self._jobs.get())

    def _do(self, work: Callable[[], None], loop: asyncio.AbstractEventLoop, done: _Done) -> None:
        fault = None
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - raised again where the work was asked for
            fault = exc
        self._idle.release()
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(_settle, done, fault)


@functools.cache
def _crew() -> _Crew:
    """The process's crew. A child process inherits no threads: it makes its own."""
    os.register_at_fork(after_in_child=_crew.cache_clear)
    return _Crew()


def _settle(done: _Done, fault: Exception | None) -> None:
    if done.done():
        return
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)

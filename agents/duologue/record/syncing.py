"""Syncing beside the event loop, in threads that do nothing else.

Every paid call waits for a sync before it, and `asyncio.to_thread` takes as much CPU as the sync itself: it
copies the context, and wraps one kind of future in another. Here a job goes over a queue and comes back.
"""

import asyncio
import functools
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

_THREADS: Final = 4
_Job = tuple[Callable[[], None], asyncio.AbstractEventLoop, asyncio.Future[None]]


async def beside_the_loop(work: Callable[[], None]) -> None:
    """Do the work in another thread; raises what it raises. It goes on where its caller is cancelled."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    _jobs().put((work, loop, done))
    await done


@functools.cache
def _jobs() -> SimpleQueue[_Job]:
    """What the threads are to do; they are started with the first job."""
    jobs: SimpleQueue[_Job] = SimpleQueue()
    for _ in range(_THREADS):
        threading.Thread(target=_serve, args=(jobs,), name="sync", daemon=True).start()
    # A child process inherits no threads: it starts its own.
    os.register_at_fork(after_in_child=_jobs.cache_clear)
    return jobs


def _serve(jobs: SimpleQueue[_Job]) -> None:
    while True:
        work, loop, done = jobs.get()
        fault: Exception | None = None
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - raised again where the work was asked for
            fault = exc
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(_settle, done, fault)
        del work, loop, done, fault


def _settle(done: asyncio.Future[None], fault: Exception | None) -> None:
    if done.done():
        return
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)

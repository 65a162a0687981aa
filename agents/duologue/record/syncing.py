"""Syncing beside the event loop, in a thread that does nothing else.

Every paid call waits for a sync before it, and `asyncio.to_thread` takes as much CPU as the sync itself: it
copies the context, and wraps one kind of future in another. Here jobs go over a queue; the thread takes all
that are waiting, and tells the loop of them together, since each word between threads is a fight for the
interpreter.
"""

import asyncio
import functools
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

_MOST_TOGETHER: Final = 64
_Job = tuple[Callable[[], None], asyncio.AbstractEventLoop, "asyncio.Future[None]"]
_Done = tuple["asyncio.Future[None]", Exception | None]


async def beside_the_loop(work: Callable[[], None]) -> None:
    """Do the work in another thread; raises what it raises. It goes on where its caller is cancelled."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    _jobs().put((work, loop, done))
    await done


@functools.cache
def _jobs() -> SimpleQueue[_Job]:
    """What the thread is to do; it is started with the first job."""
    jobs: SimpleQueue[_Job] = SimpleQueue()
    threading.Thread(target=_serve, args=(jobs,), name="sync", daemon=True).start()
    # A child process inherits no threads: it starts its own.
    os.register_at_fork(after_in_child=_jobs.cache_clear)
    return jobs


def _serve(jobs: SimpleQueue[_Job]) -> None:
    while True:
        # In a function of its own, so that nothing of a job is kept while the next is waited for.
        _do(_waiting(jobs))


def _do(jobs: list[_Job]) -> None:
    finished: dict[asyncio.AbstractEventLoop, list[_Done]] = {}
    for work, loop, done in jobs:
        finished.setdefault(loop, []).append((done, _fault_of(work)))
    for loop, settled in finished.items():
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(_settle, settled)


def _waiting(jobs: SimpleQueue[_Job]) -> list[_Job]:
    """The next job, as soon as there is one, and those that wait behind it."""
    taken = [jobs.get()]
    with suppress(Empty):
        while len(taken) < _MOST_TOGETHER:
            taken.append(jobs.get_nowait())
    return taken


def _fault_of(work: Callable[[], None]) -> Exception | None:
    try:
        work()
    except Exception as exc:  # noqa: BLE001 - raised again where the work was asked for
        return exc
    return None


def _settle(finished: list[_Done]) -> None:
    for done, fault in finished:
        if done.done():
            continue
        if fault is None:
            done.set_result(None)
        else:
            done.set_exception(fault)

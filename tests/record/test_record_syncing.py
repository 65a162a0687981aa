"""Work beside the event loop: done in another thread, with its faults raised where it was asked for."""

import asyncio
import os
import subprocess
import sys
import threading
import time
import weakref
from contextlib import ExitStack
from pathlib import Path

import pytest

from duologue.errors import RecordError
from duologue.record.events import BudgetWarned
from duologue.record.log import LogWriter
from duologue.record.syncing import Disk, beside_the_loop, disk_of


async def test_work_is_done_in_another_thread_while_the_loop_goes_on() -> None:
    """The loop turns while the work waits for it, and the caller goes on after the work."""
    turned, threads = threading.Event(), []

    def work() -> None:
        assert turned.wait(10)
        threads.append(threading.current_thread())

    asyncio.get_running_loop().call_soon(turned.set)
    await beside_the_loop(work)
    assert threads != [threading.current_thread()]
    assert len(threads) == 1


async def test_what_the_work_raises_is_raised_where_it_was_asked_for() -> None:
    """A fault comes to the caller, and the threads go on."""

    def work() -> None:
        raise RecordError("The disk is full.")

    for _ in range(6):
        with pytest.raises(RecordError, match="full"):
            await beside_the_loop(work)


async def test_work_goes_on_when_its_caller_is_cancelled() -> None:
    """A cancelled caller leaves at once; the work ends by itself and disturbs nobody."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go_on.wait(10)
        ended.set()

    task = asyncio.ensure_future(beside_the_loop(work))
    assert await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await beside_the_loop(lambda: None)
    assert ended.wait(10)


def test_work_may_outlive_its_loop() -> None:
    """A loop that is closed meanwhile is not told, and the next loop is served."""
    go_on = threading.Event()

    async def leave() -> None:
        task = asyncio.ensure_future(beside_the_loop(lambda: go_on.wait(10) and None))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    go_on.set()
    served: list[int] = []
    for number in range(3):
        asyncio.run(beside_the_loop(lambda number=number: served.append(number)))
    assert served == [0, 1, 2]


async def test_many_at_once_are_all_done() -> None:
    """More jobs than threads wait for their turn."""
    done: list[int] = []
    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(beside_the_loop(lambda number=number: done.append(number)))
    assert sorted(done) == list(range(50))


async def test_several_are_done_together() -> None:
    """Jobs that wait for one another end: each has a thread to itself."""
    all_there = threading.Barrier(4)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(beside_the_loop(lambda: all_there.wait(10) and None))
    assert not all_there.broken


_ONE_AFTER_ANOTHER = """
import asyncio, threading
from duologue.record.syncing import beside_the_loop

async def main():
    for _ in range(9):
        await beside_the_loop(lambda: None)
    print(threading.active_count())

asyncio.run(main())
"""


def test_a_thread_that_is_free_is_used_again() -> None:
    """Jobs one after another need one thread beside the main one."""
    done = subprocess.run(
        [sys.executable, "-c", _ONE_AFTER_ANOTHER], capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"


async def test_nothing_of_a_job_is_kept() -> None:
    """The threads hold no job that is done."""

    class Thing:
        def work(self) -> None:
            pass

    thing = Thing()
    gone = weakref.ref(thing)
    await beside_the_loop(thing.work)
    del thing
    for _ in range(1000):
        if gone() is None:
            break
        await asyncio.sleep(0.001)
    assert gone() is None


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_child_process_has_threads_of_its_own() -> None:
    """After a fork the child's work is done as well."""
    asyncio.run(beside_the_loop(lambda: None))
    child = os.fork()
    if child == 0:
        asyncio.run(asyncio.wait_for(beside_the_loop(lambda: None), 10))
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


async def test_a_disk_that_stays_slow_is_waited_for_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """One slow sync is a hiccup, two running are a slow disk: from then on the loop goes on meanwhile."""
    pauses_s = iter([0.05, 0.0, 0.05, 0.05, 0.0])
    in_loop, loop_thread = list[bool](), threading.current_thread()
    now_s = 0.0

    def sync() -> None:
        nonlocal now_s
        in_loop.append(threading.current_thread() is loop_thread)
        now_s += next(pauses_s)

    monkeypatch.setattr(time, "perf_counter", lambda: now_s)
    disk = Disk()
    for _ in range(5):
        await disk.wait_for(sync)
    assert in_loop == [True, True, True, True, False]


async def test_a_slow_disk_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After sixty-four syncs beside the loop the next is done in it: the disk may have become quick."""
    in_loop, loop_thread = list[bool](), threading.current_thread()
    now_s = 0.0

    def sync() -> None:
        nonlocal now_s
        in_loop.append(threading.current_thread() is loop_thread)
        now_s += 0.05 if len(in_loop) <= 2 else 0.0

    monkeypatch.setattr(time, "perf_counter", lambda: now_s)
    disk = Disk()
    for _ in range(68):
        await disk.wait_for(sync)
    assert in_loop == [True, True, *[False] * 64, True, True]


async def test_no_more_threads_than_a_disk_has_use_for() -> None:
    """However many jobs wait for a slow disk, sixteen threads serve them."""
    go_on = threading.Event()
    jobs = [asyncio.create_task(beside_the_loop(lambda: bool(go_on.wait(20)) and None)) for _ in range(40)]
    try:
        await asyncio.sleep(0)
        assert sum(thread.name == "sync" for thread in threading.enumerate()) == 16
    finally:
        go_on.set()
        await asyncio.wait(jobs)


@pytest.mark.parametrize(
    ("sync_s", "logs", "in_loop"),
    [
        (0.05, 1, [True, True, False, False]),
        (0.05, 2, [True, True, False, False]),
        (0.001, 1, [True, True, True, True]),
        (0.001, 2, [True, True, False, False]),
        (0.0005, 2, [True, True, True, True]),
    ],
)
async def test_how_quick_the_disk_is_is_known_to_every_log_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync_s: float, logs: int, in_loop: list[bool]
) -> None:
    """Two slow syncs, be they of two logs, and none holds up the loop; a log alone waits longer by itself."""
    disk_of.cache_clear()
    were_in_loop, loop_thread = list[bool](), threading.current_thread()
    now_s = 0.0

    def fdatasync(descriptor: int) -> None:
        nonlocal now_s
        were_in_loop.append(threading.current_thread() is loop_thread)
        now_s += sync_s

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(time, "perf_counter", lambda: now_s)
    with ExitStack() as stack:
        opened = [stack.enter_context(LogWriter.create(tmp_path / str(number))) for number in range(logs)]
        for turn in range(4):
            log = opened[turn % logs]
            log.append(BudgetWarned(turn=1, limit="tokens", spent=1, of=100.0))
            await log.commit()
        assert were_in_loop == in_loop
    disk = disk_of((tmp_path / "0").stat().st_dev)
    assert (disk.logs, disk_of(-1).logs) == (0, 0)
    assert disk is not disk_of(-1)
    disk_of.cache_clear()


async def test_a_commit_that_nobody_waited_for_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a commit is cancelled while a slow disk syncs, the next one does not take its word for it."""
    disk_of.cache_clear()
    syncs, now_s = 0, 0.0
    begun, go_on = threading.Event(), threading.Event()

    def fdatasync(descriptor: int) -> None:
        nonlocal syncs, now_s
        syncs, now_s = syncs + 1, now_s + 0.05
        if syncs == 3:
            begun.set()
            go_on.wait(20)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(time, "perf_counter", lambda: now_s)
    with LogWriter.create(tmp_path / "run") as log:
        for _ in range(2):
            log.append(BudgetWarned(turn=1, limit="tokens", spent=1, of=100.0))
            await log.commit()
        log.append(BudgetWarned(turn=1, limit="tokens", spent=1, of=100.0))
        commit = asyncio.create_task(log.commit())
        await asyncio.to_thread(begun.wait, 20)
        commit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await commit
        go_on.set()
        await log.commit()
        await log.commit()
    assert syncs == 4
    disk_of.cache_clear()

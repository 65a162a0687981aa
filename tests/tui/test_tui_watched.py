"""A long run that goes on, opened at its end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from long_log import folded, long_log, written
from screen_reading import shown, talk
from screen_sample import Log

from duologue.record import events as ev
from duologue.record.follow import Poll
from duologue.record.items import Item, MarkItem, TurnItem
from duologue.record.lines import encode_line
from duologue.record.view import RunView
from duologue.tui.app import RunApp
from duologue.tui.header import Header
from duologue.tui.reel import Reel
from duologue.tui.search import Search
from duologue.tui.watched import Watched

TURNS = 700


class Written:
    """A log that is written as far as its first `count` records, and then goes on."""

    def __init__(self, log: Log, folder: Path, count: int) -> None:
        self._rest = iter(log.records[count:])
        self.path = written(replace(log, records=log.records[:count]), folder)
        self._sum = self.path.read_bytes().rstrip(b"}\n").rsplit(b'"', 2)[1].decode()

    def write(self, count: int) -> None:
        """Write so many records more."""
        with self.path.open("ab") as file:
            for _, record in zip(range(count), self._rest, strict=False):
                line, self._sum = encode_line(record.seq, record.at, record.mono, record.event, self._sum)
                file.write(line)


@pytest.fixture(scope="module")
def log() -> Log:
    """Some ten pages of log."""
    return long_log(TURNS)


@pytest.fixture
def growing(log: Log, tmp_path: Path) -> Iterator[Written]:
    """All but the last 60 records of it."""
    return Written(log, tmp_path, len(log.records) - 60)


def state(view: RunView) -> RunView:
    """What a view says of the whole run."""
    return replace(view.bare(0), _cut=None, _checks=[], _told_parent=True)


def advanced(reel: Reel) -> Reel:
    """The reel with all that is there."""
    reel.advance()
    while reel.loading:
        reel.advance()
    return reel


def test_it_opens_at_its_end_and_follows(growing: Written, log: Log) -> None:
    """The last turns are there at once and the first ones are not; what is written then comes."""
    watched = Watched(growing.path)
    reel = advanced(Reel(watched))
    assert watched.first > 3
    assert reel.view.partial
    assert reel.view.started is not None
    assert reel.view.seq == len(log.records) - 60
    assert len(reel.view.items) < len(folded(log).items) / 2
    growing.write(60)
    assert advanced(reel).view.seq == len(log.records)


def test_once_counted_it_is_known_in_whole(growing: Written, log: Log) -> None:
    """Criteria, bill, plan and marks are those of the whole run when what came before has been counted, with
    what was written meanwhile; nothing is told twice."""
    watched = Watched(growing.path)
    reel = advanced(Reel(watched))
    growing.write(30)
    advanced(reel)
    watched.ledger.work(60)
    growing.write(30)
    view = advanced(reel).view
    assert not view.partial
    whole = folded(log)
    assert state(view) == state(whole)
    assert view.items == whole.items[-len(view.items) :]
    plain = Reel(StillLog(log))
    assert [reel.chronicle.flags(turn, turn) for turn in range(1, TURNS + 1)] == [
        advanced(plain).chronicle.flags(turn, turn) for turn in range(1, TURNS + 1)
    ]


def test_what_is_skipped_is_told_once(log: Log, tmp_path: Path) -> None:
    """Of damage before the last pages and in them, each is counted once, as by one who reads it all."""
    path = written(log, tmp_path)
    data = path.read_bytes()
    for part in (0.1, 0.99):
        place = data.index(b'"completion.received"', int(part * len(data)))
        data = data[:place] + b'"c0mpletion.received"' + data[place + 21 :]
    path.write_bytes(data)
    watched = Watched(path)
    reel = advanced(Reel(watched))
    assert reel.problems == 1
    watched.ledger.work(60)
    advanced(reel).advance()
    assert reel.problems == 2


def test_a_question_that_was_answered_long_ago_is_not_asked_again(tmp_path: Path) -> None:
    """Until it is known what came between, nothing is waited for but what is said at the end."""
    log = Log()
    log.start()
    log.add(ev.GoalSpecified(goal="a haiku", question="About what?"))
    for turn in range(1, 300):
        log.turn(turn, "user" if turn % 2 else "assistant", f"line of words {turn}\n" * 40)
        if turn == 100:
            log.add(ev.GoalSpecified(goal="a haiku", question="About what?", answer="rain"))
    reel = advanced(Reel(Watched(written(log, tmp_path))))
    assert reel.view.partial
    assert not reel.view.steered.waits


def test_a_turn_that_is_being_written_is_searched_again() -> None:
    """Words that come late in a turn are found, as are those of what stands after it, each once."""
    items: list[Item] = [
        TurnItem(1, "user", 2, 0.0, text="early"),
        MarkItem("guard.raised", "late", 1, 4, 0.0),
    ]
    search = Search("late", None, 0, lambda: items)
    search.work(1)
    assert search.hits == [4]
    items[0] = TurnItem(1, "user", 2, 0.0, 1.0, text="early and late")
    items.append(TurnItem(2, "assistant", 6, 1.0, text="too late"))
    search.work(1)
    assert search.hits == [2, 4, 6]


def test_a_short_run_is_given_whole(tmp_path: Path) -> None:
    """Where all of a run is on its last pages, nothing has to be counted."""
    log = long_log(5)
    watched = Watched(written(log, tmp_path))
    assert watched.counted
    assert advanced(Reel(watched)).view == folded(log)


class StillLog:
    """A feed of all records at once."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def poll(self) -> Poll:
        """All of them, and then nothing."""
        records, self._log = self._log.records, replace(self._log, records=[])
        return Poll(records, None, [], live=True)


def header(app: RunApp) -> str:
    return "\n".join(shown(app.screen_stack[0].query_one(Header)))


async def test_the_screen_shows_goes_back_and_finds(growing: Written, log: Log) -> None:
    """The last turn stands there first; turns long ago are gone to; a search finds words of old turns and of
    those that come after it was begun, without calling the reader away."""
    app = RunApp(Watched(growing.path), mode="watch", folder=growing.path.parent)
    async with app.run_test(size=(100, 30)) as pilot:
        last = max(r.event.turn for r in log.records[:-60] if isinstance(r.event, ev.TurnCompleted))
        assert f"turn {last}" in talk(app)
        assert "counting" in header(app)
        await pilot.press("g", *"40", "enter")
        await pilot.pause()
        assert "turn 40" in talk(app)
        await pilot.press("slash", *f"turn {TURNS}", "enter")
        for _ in range(40):
            app.tick()
        await pilot.pause()
        assert f"/turn {TURNS} 0/0" in header(app)
        growing.write(60)
        for _ in range(5):
            app.tick()
        await pilot.pause()
        assert f"/turn {TURNS} 0/1" in header(app)
        assert "turn 40" in talk(app)
        await pilot.press("n")
        await pilot.pause()
        assert f"turn {TURNS}" in talk(app)


@pytest.mark.parametrize("counted", [False, True])
async def test_marks_of_long_ago_are_gone_to(growing: Written, log: Log, counted: bool) -> None:
    """Braces lead from a turn long ago to the mark before it and the one after it, counted or not."""
    watched = Watched(growing.path)
    if counted:
        watched.ledger.work(60)
    app = RunApp(watched, mode="watch")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("g", *"42", "enter")
        await pilot.pause()
        top = app.transcript.seq_at_top
        raised = [r.seq for r in log.records if isinstance(r.event, ev.GuardRaised | ev.VerdictGiven)]
        for key, wanted in (
            ("right_curly_bracket", min(seq for seq in raised if seq > top)),
            ("left_curly_bracket", max(seq for seq in raised if seq <= top)),
        ):
            await pilot.press(key)
            for _ in range(5):
                app.tick()
            await pilot.pause()
            assert app.transcript.seq_at_top == wanted

"""Playing a recorded run."""

from dataclasses import dataclass

import pytest
from screen_sample import Log, haiku

from duologue.record import events as ev
from duologue.record.view import RunView
from duologue.tui.player import Player
from duologue.tui.reel import Reel
from duologue.tui.timeline import timeline, typed


@dataclass
class Clock:
    """A clock that a test moves."""

    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


def fold(records: list[ev.Record]) -> RunView:
    view = RunView()
    for record in records:
        view.apply(record)
    return view


def test_the_whole_run_is_played_in_order() -> None:
    """By the end of its time, every record was given out once, in order, and the player stopped."""
    clock = Clock()
    player = Player(haiku().records, clock=clock)
    seen: list[int] = []
    while player.playing:
        clock.now_s += 0.05
        seen += [record.seq for record in player.poll().records]
    assert seen == [record.seq for record in haiku().records]
    assert player.position_s == player.duration_s


def test_text_is_typed_as_it_arrived() -> None:
    """Before a completion is shown, its text grows as its pace says, its reasoning first."""
    log = Log()
    log.start()
    log.begin(1, "user")
    log.say(1, "user", "x" * 60, "y" * 40)
    clock = Clock()
    player = Player(log.records, clock=clock)
    lengths: list[tuple[int, int]] = []
    while player.playing:
        clock.now_s += 0.1
        if (draft := player.poll().draft) is not None:
            lengths.append((len(draft.reasoning), len(draft.text)))
    assert lengths == sorted(lengths)
    assert (40, 0) in lengths
    assert (40, 30) in lengths
    assert player.poll().draft is None


def test_a_pace_of_the_text_alone_shows_the_reasoning_at_once() -> None:
    """Where the pace does not cover the reasoning, only the text is typed."""
    event = ev.CompletionReceived(
        turn=1,
        role="user",
        purpose="turn",
        attempt="a",
        model="m",
        text="abcd",
        reasoning="because",
        pace=[(100, 2), (100, 2)],
    )
    draft = typed(ev.Record(1, "", 1.0, event, ""), 0.15, 2.0)
    assert draft is not None
    assert (draft.reasoning, draft.text) == ("because", "ab")


def test_idle_stretches_are_cut_short() -> None:
    """No pause lasts longer than the idle limit, between records or within a text."""
    log = Log()
    log.start()
    log.add(ev.TurnStarted(turn=1, role="user"), 3600.0)
    event = ev.CompletionReceived(
        turn=1, role="user", purpose="turn", attempt="a", model="m", text="ab", pace=[(1000, 1), (600_000, 1)]
    )
    log.add(event, 4000.0)
    moments = timeline(log.records, 2.0)
    assert moments[-1].shown_s == pytest.approx(0.5 + 2 + 2 + 1 + 2, abs=0.01)


def test_speed_doubles_and_halves_within_its_bounds() -> None:
    """The speed goes from a quarter to thirty-two, and time runs by it."""
    clock = Clock()
    player = Player(haiku().records, clock=clock)
    player.faster()
    player.faster()
    clock.now_s += 1
    player.poll()
    assert player.position_s == pytest.approx(4.0, abs=0.01)
    for _ in range(9):
        player.faster()
    assert player.speed == 32
    for _ in range(20):
        player.slower()
    assert player.speed == 0.25


def test_a_paused_player_stands_still() -> None:
    """While paused, nothing new comes however much time goes by."""
    clock = Clock()
    player = Player(haiku().records, clock=clock, playing=False)
    assert [record.seq for record in player.poll().records] == [1]
    clock.now_s += 1000
    assert player.poll().records == []


def test_steps_go_record_by_record_both_ways() -> None:
    """A step shows exactly one record more or fewer, and pauses."""
    player = Player(haiku().records, clock=Clock())
    reel = Reel(player)
    for expected in (2, 3, 4):
        player.step(1)
        reel.advance()
        assert reel.view.seq == expected
    player.step(-1)
    reel.advance()
    assert reel.view.seq == 3
    assert not player.playing


def test_going_back_shows_the_run_as_it_stood() -> None:
    """At whatever record one arrives, and from whichever side, the view is that of the log up to there."""
    log = haiku()
    player = Player(log.records, clock=Clock(), playing=False)
    reel = Reel(player)
    player.end()
    reel.advance()
    for count in range(len(log.records) - 1, 0, -1):
        player.step(-1)
        reel.advance()
        assert reel.view == fold(log.records[:count])


def test_turns_are_reached_complete() -> None:
    """Going to a turn, by number or one by one, shows it complete and nothing of the next."""
    player = Player(haiku().records, clock=Clock())
    player.go_to_turn(3)
    player.poll()
    assert player.turn == 3
    player.step_turn(-1)
    assert player.turn == 2
    player.step_turn(1)
    player.step_turn(1)
    assert player.turn == player.turns == 4
    player.step_turn(1)
    assert player.position_s == player.duration_s
    player.go_to_turn(99)
    assert player.position_s == player.duration_s
    player.go_to_turn(1)
    player.step_turn(-1)
    assert player.turn == 0


def test_playing_at_the_end_starts_over() -> None:
    """At the end, play begins again from the start."""
    player = Player(haiku().records, clock=Clock())
    player.end()
    player.poll()
    assert not player.playing
    player.toggle()
    assert player.playing
    assert [record.seq for record in player.poll().records] == [1]


def test_an_empty_recording_is_played() -> None:
    """A recording without records is at its end from the start."""
    player = Player([], clock=Clock(), problems=["line 1: torn"])
    player.step(1)
    player.home()
    assert player.poll().problems == ["line 1: torn"]
    assert player.poll().problems == []
    assert player.duration_s == 0

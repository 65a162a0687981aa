"""No silent end: whatever ends a run, the log and the person are told how, why and with what."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from scripted_run import ASK, DONE, EXCHANGE, NOT_DONE, WORK, make_assignment, play, reply, scripted, varied

from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.errors import EndpointError, SourceError, UserError
from duologue.record import events as ev


@pytest.mark.parametrize(
    ("limits", "name", "turns"),
    [({"turns": 1}, "turns", 1), ({"turns": 2}, "turns", 2), ({"tokens": 1}, "tokens", 1)],
)
async def test_limits(tmp_path: Path, limits: dict[str, Any], name: str, turns: int) -> None:
    """A spent limit ends the run before the next turn or call, and the hint says how to raise it."""
    run = await play(tmp_path, EXCHANGE, reply("judge", NOT_DONE), limits=limits)
    assert run.ending.outcome == "limit"
    assert f"--max-{name} " in run.ending.next
    (ended,) = run.of(ev.RunEnded)
    assert (ended.outcome, ended.unmet) == ("limit", ["c1"])
    assert ended.spent.turns <= turns


async def test_tokens_run_out_in_mid_reply(tmp_path: Path) -> None:
    """A reply that passes the token limit is cut off while it streams, and what it cost is counted."""
    flood = reply("assistant", varied(40_000))
    run = await play(tmp_path, reply("user", ASK), flood, limits={"tokens": 9000})
    assert run.ending.outcome == "limit"
    assert "tokens" in run.ending.reason
    failed = run.of(ev.AttemptFailed)[-1]
    assert failed.kind == "cancelled"
    assert 0 < len(failed.partial) < 200_000
    assert run.of(ev.RunEnded)[0].spent.tokens > 5000


async def test_time_runs_out_while_a_call_hangs(tmp_path: Path) -> None:
    """The run's time ends a call that hangs."""
    hangs = reply("user", ASK, delay_ms=600_000)
    run = await play(tmp_path, hangs, limits={"minutes": 0.004})
    assert run.ending.outcome == "limit"
    assert "0.004 minutes" in run.ending.reason
    assert run.of(ev.AttemptFailed)[-1].kind == "cancelled"


async def test_warnings_come_once(tmp_path: Path) -> None:
    """A limit that is four fifths spent is warned of, once."""
    replies = [
        reply("user", f"Look at offer {n} of them.") + reply("assistant", f"{WORK} {n}") for n in range(5)
    ]
    run = await play(tmp_path, *replies, reply("judge", NOT_DONE, repeat=5), limits={"turns": 10})
    assert [(w.limit, w.spent, w.of) for w in run.of(ev.BudgetWarned)] == [("turns", 8.0, 10.0)]


async def test_endpoint_out_parks(tmp_path: Path) -> None:
    """An endpoint that stays out parks the run, with every attempt on record."""
    run = await play(
        tmp_path, EXCHANGE, reply("judge", status=500, error="It is down.", repeat=9), attempts=3
    )
    assert run.ending.outcome == "parked"
    assert "It is down" in run.ending.reason
    assert [failed.wait_s is None for failed in run.of(ev.AttemptFailed)] == [False, False, True]
    (parked,) = run.of(ev.RunParked)
    assert parked.unmet == ["c1"]
    assert parked.result is not None
    assert parked.next


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (401, "Wrong key.", "failed"),
        (403, "Not yours.", "failed"),
        (400, "The field is wrong.", "failed"),
        (402, "Pay first.", "parked"),
        (503, "Overloaded.", "parked"),
    ],
)
async def test_endpoint_refuses(tmp_path: Path, status: int, error: str, outcome: str) -> None:
    """What no retry cures fails the run, what time or money cures parks it; both with the server's words."""
    run = await play(tmp_path, reply("user", ASK), reply("assistant", status=status, error=error))
    assert run.ending.outcome == outcome
    assert error.rstrip(".") in run.ending.reason
    assert run.events[-1].type == ("run.parked" if outcome == "parked" else "run.ended")


async def test_cut_reply_is_asked_again(tmp_path: Path) -> None:
    """A reply whose connection dies is asked for again; what had come is on record, and costs."""
    cut = reply("assistant", WORK, cut_after=20)
    run = await play(
        tmp_path, reply("user", ASK), cut, reply("assistant", WORK), reply("judge", DONE), attempts=2
    )
    assert run.ending.outcome == "done"
    (failed,) = run.of(ev.AttemptFailed)
    assert failed.partial
    assert WORK.startswith(failed.partial)


class Defect(httpx.AsyncBaseTransport):
    """A stand-in whose third completion meets a defect that nobody thought of."""

    def __init__(self, inner: httpx.AsyncBaseTransport, error: BaseException) -> None:
        self._inner = inner
        self._error = error
        self._asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._asked += request.url.path.endswith("/completions")
        if self._asked == 3:
            raise self._error
        return await self._inner.handle_async_request(request)


async def test_defect_of_ours(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A defect of the program itself ends the run as failed, with what was talked safe, and shows no key."""
    transport = Defect(scripted(tmp_path, EXCHANGE), ZeroDivisionError("nobody thought of it"))
    assignment = make_assignment()
    targets = {r: replace(t, api_key=SecretStr("sk-123")) for r, t in assignment.settings.targets.items()}
    assignment = replace(assignment, settings=replace(assignment.settings, targets=targets))
    run = await play(tmp_path, transport=transport, assignment=assignment)
    assert run.ending.outcome == "failed"
    assert run.ending.reason == "Duologue itself failed: ZeroDivisionError: nobody thought of it"
    assert run.ending.result == "Corva is the cheapest supplier."
    assert run.of(ev.RunEnded)[0].outcome == "failed"
    shown = "".join(capfd.readouterr())
    assert "nobody thought of it" in shown
    assert "sk-123" not in shown + run.log.read_text("utf-8")


async def test_no_room_for_a_talk(tmp_path: Path) -> None:
    """A goal whose prompt fills the window is refused before anything is paid for or saved."""
    transport = scripted(tmp_path, EXCHANGE)
    with pytest.raises(SourceError, match="leave no room") as refused:
        await launch(make_assignment(context_tokens=1024), tmp_path / "run", Host(transport=transport))
    assert "--context" in str(refused.value.hint)
    assert transport.seen == []
    assert not (tmp_path / "run").exists()


def test_empty_goal() -> None:
    """A goal of white space is none."""
    with pytest.raises(UserError, match="goal is empty"):
        replace(make_assignment(), goal=" \n")


async def test_endpoint_that_is_not_there(tmp_path: Path) -> None:
    """An address where nothing listens is told before the run begins, and leaves no folder."""
    assignment = make_assignment()
    targets = {
        r: replace(t, base_url="http://127.0.0.1:9/v1") for r, t in assignment.settings.targets.items()
    }
    assignment = replace(assignment, settings=replace(assignment.settings, targets=targets))
    with pytest.raises(EndpointError) as caught:
        await launch(assignment, tmp_path / "run", Host())
    assert caught.value.kind == "refused"
    assert not (tmp_path / "run").exists()


async def test_what_a_failed_attempt_used_counts_while_its_retry_streams(tmp_path: Path) -> None:
    """The token limit that is left after a broken attempt ends the next one in mid-stream."""
    first = await play(tmp_path, reply("user", ASK), limits={"turns": 1})
    prompt = first.of(ev.CompletionReceived)[0].usage.prompt
    (tmp_path / "again").mkdir()
    # Room for the prompt and more than the long reply, but not for the broken attempt's prompt as well.
    assignment = make_assignment(limits={"tokens": prompt + 1500}, attempts=2)
    paced, broken = "characters_per_second = 20000\n", reply("user", "half of it", cut_after=4)
    long = reply("user", "word " * 2000)
    run = await play(tmp_path / "again", paced, broken, long, assignment=assignment)
    assert run.ending.outcome == "limit"
    assert [failed.kind for failed in run.of(ev.AttemptFailed)] == ["broken_stream", "cancelled"]
    assert run.of(ev.CompletionReceived) == []


async def test_no_retry_is_paid_for_that_the_limit_has_no_room_for(tmp_path: Path) -> None:
    """A failed attempt that uses up the token limit is the last: nothing is sent again."""
    first = await play(tmp_path, reply("user", ASK), limits={"turns": 1})
    prompt = first.of(ev.CompletionReceived)[0].usage.prompt
    (tmp_path / "again").mkdir()
    assignment = make_assignment(limits={"tokens": prompt - 50}, attempts=3)
    broken = reply("user", "half of it", cut_after=4, repeat=3)
    run = await play(tmp_path / "again", broken, assignment=assignment)
    assert run.ending.outcome == "limit"
    assert "--max-tokens " in run.ending.next
    assert len(run.seen) == 1

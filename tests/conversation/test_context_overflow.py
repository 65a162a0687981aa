"""A talk that is longer than the context window: compacted, and where that does not help, ended in order."""

from pathlib import Path

import pytest
from scripted_run import DONE, EXCHANGE, NOT_DONE, WORK, play, reply, varied

from duologue.record import events as ev

OVERFLOW = "This model's maximum context length is 1500 tokens. Please reduce the length of the messages."


async def test_overflow_is_compacted_once(tmp_path: Path) -> None:
    """A talk that no longer fits is compacted and sent again; the size that the endpoint names is kept to."""
    replies = [
        reply("user", f"Look at offer {n} of them.") + reply("assistant", f"{n} " * 300) for n in range(4)
    ]
    refused = reply("user", status=400, error=OVERFLOW.replace("1500", "2400"))
    summary = reply("user", "Offers 0 to 3 were looked at.")
    last = reply("user", "Deliver it.") + reply("assistant", WORK)
    judged = reply("judge", NOT_DONE, repeat=4) + reply("judge", DONE)
    run = await play(tmp_path, *replies, refused, summary, last, judged)
    assert run.ending.outcome == "done"
    assert "overflow" in [failed.kind for failed in run.of(ev.AttemptFailed)]
    compacted = next(one for one in run.of(ev.ContextCompacted) if one.role == "user")
    assert compacted.bytes_after < compacted.bytes_before
    messages = run.asked("user")[-1]["messages"]
    assert [message["role"] for message in messages[:2]] == ["system", "user"]
    assert messages[1]["content"].startswith("<note>\nEarlier messages of this conversation are left out")
    assert len(messages) < len(run.asked("user")[-2]["messages"])


async def test_overflow_that_nothing_cures(tmp_path: Path) -> None:
    """Where nothing can be left out, or it does not help, the run ends with what it has."""
    run = await play(tmp_path, EXCHANGE, reply("judge", status=400, error=OVERFLOW, repeat=3))
    assert (run.ending.outcome, run.ending.result) == ("limit", "Corva is the cheapest supplier.")
    assert "context window is too small" in run.ending.reason
    assert "--context" in str(run.ending.hint)
    assert len(run.asked("judge")) == 1


async def test_overflow_that_less_does_not_cure(tmp_path: Path) -> None:
    """Where even the compacted talk is refused, the run ends with what it has, and asks no further time."""
    replies = [
        reply("user", f"Look at offer {n} of them.") + reply("assistant", f"{n} " * 300) for n in range(4)
    ]
    refused = reply("user", status=400, error=OVERFLOW.replace("1500", "2400"))
    summary = reply("user", "Offers 0 to 3 were looked at.")
    judged = reply("judge", NOT_DONE, repeat=4)
    run = await play(tmp_path, *replies, refused, summary, refused, judged)
    assert run.ending.outcome == "limit"
    assert "context window is too small" in run.ending.reason
    assert "--context" in str(run.ending.hint)
    assert len(run.asked("user")) == 7


@pytest.mark.parametrize("size", ["1500", "exceeded: fewer"])
async def test_overflow_of_the_criteria_call_that_the_endpoint_tells(size: str, tmp_path: Path) -> None:
    """A list of criteria that the endpoint refuses as too long is asked for again without the failed try,
    whether or not it names its size."""
    refused = reply("judge", status=400, error=OVERFLOW.replace("1500", size))
    rambling = reply("judge", varied(500)) + refused
    listed = reply("judge", '{"criteria": ["It is short."]}')
    run = await play(
        tmp_path, rambling, listed, EXCHANGE, reply("judge", NOT_DONE), derive=True, limits={"turns": 2}
    )
    assert run.of(ev.CriteriaSet)[0].criteria[-1].text == "It is short."
    _, long, again = (len(str(asked["messages"])) for asked in run.asked("judge")[:3])
    assert again < 0.8 * long


async def test_overflow_of_the_criteria_call(tmp_path: Path) -> None:
    """A list of criteria whose long first try fills the window is tried again in less room."""
    rambling = reply("judge", varied(6000)) + reply("judge", '{"criteria": ["It is short."]}')
    run = await play(
        tmp_path,
        rambling,
        EXCHANGE,
        reply("judge", NOT_DONE),
        derive=True,
        context_tokens=6000,
        limits={"turns": 2},
    )
    assert run.ending.outcome == "limit", run.ending.reason
    assert [c.text for c in run.of(ev.CriteriaSet)[0].criteria][-1] == "It is short."

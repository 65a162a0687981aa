"""What no longer fits is summed up by a call before it is left out; what an endpoint drops is noticed."""

import json
from pathlib import Path
from typing import Any

import httpx
from scripted_run import ASK, DONE, NOT_DONE, WORK, Outcome, play, reply

from duologue.conversation.standing import Standing
from duologue.conversation.summary import most_words, summary_request
from duologue.conversation.talk import Talk
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import ScriptedTransport
from duologue.messages import estimate_tokens
from duologue.record import events as ev

_FULL = "This model's maximum context length is {} tokens. Please reduce the length of the messages."
_NOTES = "Offers 0 to 3 were looked at; Corva asks 17 euros."


def looked_at(first: int, last: int, words: int = 300) -> str:
    """Exchanges about so many offers, each with a long answer."""
    return "".join(
        reply("user", f"Look at offer {n} of them and say what is new in it.")
        + reply("assistant", " ".join(f"{n}-{word}" for word in range(words)))
        for n in range(first, last)
    )


async def overflowing(folder: Path, *after: str, size: str = "2400", words: int = 300) -> Outcome:
    """A run whose user agent's talk overflows after four exchanges; `after` is what it is answered then."""
    refused = reply("user", status=400, error=_FULL.format(size))
    last = reply("user", "Deliver it.") + reply("assistant", WORK)
    judged = reply("judge", NOT_DONE, repeat=4) + reply("judge", DONE)
    return await play(folder, looked_at(0, 4, words), refused, *after, last, judged)


async def test_the_agent_sums_up_what_is_left_out(tmp_path: Path) -> None:
    """The summary is asked for at the end of the talk as it was, is logged, and leads what stays."""
    run = await overflowing(tmp_path, reply("user", _NOTES))
    assert run.ending.outcome == "done"
    (summary,) = (got for got in run.of(ev.CompletionReceived) if got.purpose == "summary")
    (compacted,) = (got for got in run.of(ev.ContextCompacted) if got.role == "user")
    assert (summary.text, summary.role, summary.turn) == (_NOTES, "user", compacted.turn)
    assert run.events[(compacted.summary or 0) - 1] == summary
    *_, refused, asked, following = run.asked("user")
    left_out = refused["messages"][1 : compacted.messages_dropped + 1]
    assert asked["messages"][0] == refused["messages"][0]
    assert asked["messages"][1:-1] == left_out[-len(asked["messages"]) + 2 :]
    assert "is about to be left out" in asked["messages"][-1]["content"]
    assert asked["max_tokens"] > 0
    assert "response_format" not in asked
    head = following["messages"][1]["content"]
    assert f">\n{_NOTES}\n</own-summary-" in head
    assert head.startswith("<note>\nEarlier messages of this conversation are left out")
    assert "Your plan" not in json.dumps(following["messages"])


async def test_a_summary_that_does_not_fit_either_is_gone_without(tmp_path: Path) -> None:
    """Where the endpoint refuses the summary too, less of the talk is tried, then none; the run goes on."""
    refused = reply("user", status=400, error=_FULL.format(4000), repeat=2)
    run = await overflowing(tmp_path, refused, size="4000", words=200)
    assert run.ending.outcome == "done"
    (compacted,) = (got for got in run.of(ev.ContextCompacted) if got.role == "user")
    assert compacted.summary is None
    first, second = (asked["messages"] for asked in run.asked("user")[-3:-1])
    assert len(second) < len(first)
    assert [got.purpose for got in run.of(ev.AttemptFailed)] == ["turn", "summary", "summary"]
    assert "own-summary" not in run.asked("user")[-1]["messages"][1]["content"]


async def test_a_summary_that_is_refused_for_another_reason_ends_the_run(tmp_path: Path) -> None:
    """A key that is refused while the agent sums up is told as such; the run can be gone on with."""
    run = await overflowing(tmp_path, reply("user", status=401, error="Wrong key."))
    assert run.ending.outcome == "failed"
    assert "Wrong key" in run.ending.reason
    assert [got for got in run.of(ev.ContextCompacted) if got.role == "user"] == []


async def test_a_window_that_is_not_named_is_taken_to_be_smaller(tmp_path: Path) -> None:
    """An endpoint that names no size has shown that this prompt was too much: what is sent then is well below
    it, and the judge, whose talk was not refused, keeps its own."""
    run = await overflowing(tmp_path, reply("user", _NOTES), size="exceeded: fewer")
    assert run.ending.outcome == "done"
    *_, refused, _, following = (len(json.dumps(asked["messages"])) for asked in run.asked("user"))
    assert following < 0.5 * refused
    assert [got.role for got in run.of(ev.ContextCompacted)] == ["user"]


async def test_the_judge_needs_no_summary(tmp_path: Path) -> None:
    """The judge is told its last verdict and the result: what it heard before is left out without a call."""
    refused = reply("judge", status=400, error=_FULL.format(2400))
    run = await play(
        tmp_path,
        looked_at(0, 2, 500),
        reply("user", ASK) + reply("assistant", WORK),
        reply("judge", NOT_DONE, repeat=2) + refused + reply("judge", DONE),
    )
    assert run.ending.outcome == "done"
    (compacted,) = (got for got in run.of(ev.ContextCompacted) if got.role == "judge")
    assert compacted.summary is None
    assert "summary" not in [got.purpose for got in run.of(ev.CompletionReceived)]


async def test_summaries_roll_on(tmp_path: Path) -> None:
    """A talk that fills up again is summed up again, with the earlier summary in what is summed up."""
    sums = [reply("user", f"{_NOTES} Part {n}.") for n in range(3)]
    judged = reply("judge", NOT_DONE, repeat=11) + reply("judge", DONE)
    replies = [looked_at(0, 5), sums[0], looked_at(5, 9), sums[1], looked_at(9, 12)]
    run = await play(tmp_path, *replies, judged, context_tokens=4096, limits={"turns": 22})
    summaries = [got.text for got in run.of(ev.CompletionReceived) if got.purpose == "summary"]
    assert len(summaries) >= 2
    second = [asked for asked in run.asked("user") if "left out" in asked["messages"][-1]["content"]][1]
    assert summaries[0] in second["messages"][1]["content"]


async def test_one_agent_sums_up_again_and_again(tmp_path: Path) -> None:
    """A talk whose window turned out to be small is summed up each time it is full, though no other one is:
    nothing more has to be refused for it."""
    refused = reply("user", status=400, error=_FULL.format(2400))
    sums = [reply("user", f"{_NOTES} Part {n}.") for n in range(2)]
    said = (looked_at(0, 4), refused, sums[0], looked_at(4, 5), sums[1], looked_at(5, 6))
    run = await play(tmp_path, *said, reply("judge", NOT_DONE, repeat=6))
    assert [got.role for got in run.of(ev.ContextCompacted)] == ["user", "user"]
    assert len(run.of(ev.AttemptFailed)) == 1


def test_the_request_is_the_talk_with_one_message_more() -> None:
    """Of a talk that fits, all that is left out is sent as it was, so that an endpoint can reuse its work."""
    talk = Talk("System.", 4000)
    for number in range(6):
        talk.hear(f"heard {number}")
        talk.say(f"said {number}")
    before = talk.messages()
    request = summary_request(talk, 8, 1.0)
    assert request is not None
    assert request[:-1] == before[:9]
    assert request[-1].role == "user"
    assert f"at most {most_words(talk)} words" in request[-1].content


def test_only_what_fits_is_summed_up() -> None:
    """What is too long is left out from its old end, at a message that was heard; nothing may be left."""
    talk = Talk("System.", 1000)
    for number in range(20):
        talk.hear(f"{number} " + "h" * 200)
        talk.say("s" * 200)
    request = summary_request(talk, 30, 1.0)
    assert request is not None
    assert [request[1].role, request[-2].role] == ["user", "assistant"]
    assert sum(len(message.encoded) for message in request[:-1]) <= 3000
    assert request[-2] == talk.messages()[30]
    half = summary_request(talk, 30, 0.5)
    assert half is not None
    assert len(half) < len(request)
    assert summary_request(talk, 30, 0.01) is None


class Forgetful(httpx.AsyncBaseTransport):
    """An endpoint that leaves out the oldest messages of a prompt that is too long for it, and says nothing;
    it counts what it read."""

    def __init__(self, scenario: Path, tokens: int) -> None:
        self.behind = ScriptedTransport(load_scenario(scenario))
        self._tokens = tokens

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return await self.behind.handle_async_request(request)
        body: dict[str, Any] = json.loads(await request.aread())
        system, *rest = body["messages"]
        while len(rest) > 1 and estimate_tokens(len(json.dumps([system, *rest]))) > self._tokens:
            rest = rest[1:]
        content = json.dumps({**body, "messages": [system, *rest]}).encode()
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        sent = httpx.Request("POST", request.url, headers=headers, content=content)
        return await self.behind.handle_async_request(sent)


async def test_a_prompt_that_is_cut_in_silence_is_noticed_once(tmp_path: Path) -> None:
    """An endpoint whose count shrinks while the talk grows drops messages: that is warned of once, and the
    talk is kept within what it read from there on."""
    replies = [looked_at(0, 6), reply("user", _NOTES), looked_at(6, 7), reply("user", _NOTES, repeat=3)]
    judged = reply("judge", NOT_DONE, repeat=9)
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("".join([*replies, judged]), "utf-8")
    forgetful = Forgetful(scenario, 3000)
    run = await play(tmp_path, *replies, judged, transport=forgetful, limits={"turns": 14})
    (warned,) = (got for got in run.of(ev.BudgetWarned) if got.limit == "context")
    assert 1500 < warned.spent <= 3000 < warned.of
    assert any(got.role == "user" for got in run.of(ev.ContextCompacted))


def test_a_count_below_the_last_shows_that_a_prompt_was_cut() -> None:
    """A talk only grows. A count of less than half leaves out what was in a cache, as some servers do; after
    a compaction there is nothing to compare with."""
    talk = Talk("System.", 4000)
    talk.hear("heard " * 100)
    talk.say("said " * 100)
    assert not talk.was_cut(100)
    talk.learn(1000)
    talk.hear("more")
    assert talk.was_cut(999)
    assert not talk.was_cut(1000)
    assert not talk.was_cut(400)
    talk.drop(0, "")
    assert not talk.was_cut(999)


def test_the_note_quotes_the_summary() -> None:
    """The summary stands between marks that no model can guess, and is cut where it is far too long."""
    note = Standing("7f3a").note("m4rk", "x" * 10_000)
    assert "<own-summary-m4rk>\n" + "x" * 6000 + " […]\n</own-summary-m4rk>" in note
    assert "own-summary" not in Standing("7f3a").note("m4rk", "  ")

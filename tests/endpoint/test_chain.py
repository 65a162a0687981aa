"""Who answers while an endpoint is out, at real sockets that count what they are asked."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr

from duologue.endpoint.chain import Outages, none_answers
from duologue.endpoint.client import Client
from duologue.endpoint.completion import Completion, Request
from duologue.errors import EndpointError
from duologue.messages import Message, ToolCall
from duologue.targets import Clocks, Patience, RetryPolicy, Target
from tests.endpoint.conftest import ASK, Ear
from tests.endpoint.wire import Answer, Wire, chunked, refusal, said, stream, whole

HERE, THERE = chunked(said("here")), chunked(said("there"))
HURRIED = Clocks(first_token_s=0.4)
SECRETS = (SecretStr("first-key"), SecretStr("second-key"))


@dataclass
class Two:
    """An endpoint and its fallback, a clock for outages, and an ear. Nothing is really waited for."""

    first: Wire
    second: Wire
    stack: AsyncExitStack
    ear: Ear = field(default_factory=Ear)
    now: float = 0.0
    outages: Outages = field(default_factory=Outages)

    async def client(self, *first: Answer, then: list[Answer] | None = None, **options: Any) -> Client:
        self.first.answers[:], self.second.answers[:] = first, then or [THERE]
        options = {"policy": RetryPolicy(attempts=5), "sleep": self.ear.sleep, **options}
        url = options.pop("url", self.first.url)
        other = Client(Target(self.second.url, "n", SECRETS[1]), **options)
        target = Target(url, "m", SECRETS[0])
        self.outages = Outages(lambda: self.now)
        one = Client(target, others=[other], patience=Patience(), outages=self.outages, **options)
        for each in (one, other):
            await self.stack.enter_async_context(each)
        return one

    async def ask(self, client: Client) -> Completion:
        return await client.complete(ASK, self.ear.listener)

    @property
    def asked(self) -> tuple[int, int]:
        return len(self.first.requests), len(self.second.requests)


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    async with Wire() as first, Wire() as second, AsyncExitStack() as stack:
        yield Two(first, second, stack)


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        (refusal(500), 3),
        (refusal(503), 3),
        (stream(end="hang"), 3),
        (stream(end="reset"), 3),
        (refusal(429), 3),
        (refusal(429, code="insufficient_quota"), 1),
        (refusal(402), 1),
    ],
    ids=["server", "overload", "timeout", "broken", "rate", "quota", "payment"],
)
async def test_the_fallback_answers(two: Two, answer: Answer, times: int) -> None:
    """An endpoint that is out is tried a few times, or once where waiting does not help; then the other
    answers, and the completion says which."""
    clocks = HURRIED if answer.end == "hang" else Clocks()
    got = await two.ask(await two.client(answer, clocks=clocks))
    assert (got.text, got.endpoint) == ("there", two.second.url)
    assert two.asked == (times, 1)
    assert [(failed.endpoint, failed.wait_s is None) for failed in two.ear.failures][-1] == (None, True)


async def test_an_endpoint_that_refuses_connections(two: Two) -> None:
    """Where nothing listens the fallback answers."""
    async with Wire() as gone:
        url = gone.url
    got = await two.ask(await two.client(HERE, url=url))
    assert (got.text, two.ear.kinds) == ("there", ["refused"] * 3)


@pytest.mark.parametrize("status", [400, 401, 404], ids=["bad request", "auth", "not found"])
async def test_what_the_person_must_mend_stays(two: Two, status: int) -> None:
    """A refusal that says that the request or the key is wrong is raised at once."""
    with pytest.raises(EndpointError) as caught:
        await two.ask(await two.client(refusal(status)))
    assert caught.value.status == status
    assert two.asked == (1, 0)


async def test_an_overflow_stays(two: Two) -> None:
    """A talk that is too long is made shorter, and not sent elsewhere."""
    with pytest.raises(EndpointError) as caught:
        await two.ask(await two.client(refusal(400, "too long", code="context_length_exceeded")))
    assert (caught.value.kind, two.asked) == ("overflow", (1, 0))


async def test_the_next_calls_go_to_the_fallback(two: Two) -> None:
    """For the cool-off the first endpoint is left alone; after it, it is asked again and answers."""
    client = await two.client(refusal(402), HERE)
    for now in (0.0, 299.0):
        two.now = now
        got = await two.ask(client)
        assert (got.text, got.asked_again_s) == ("there", 300 - now)
    assert two.asked == (1, 2)
    two.now = 301.0
    got = await two.ask(client)
    assert (got.text, got.fallback, got.asked_again_s, two.asked) == ("here", None, None, (2, 2))
    assert (await two.ask(client)).text == "here"


async def test_a_fallback_that_fails_in_the_cool_off(two: Two) -> None:
    """Before it is given up, the endpoint that was left alone is asked again; if it answers, it is out no
    more."""
    client = await two.client(refusal(402), HERE, then=[THERE, refusal(402)])
    assert (await two.ask(client)).text == "there"
    assert two.outages.last(client.target)
    assert (await two.ask(client)).text == "here"
    assert not two.outages.last(client.target)


async def test_both_are_out(two: Two) -> None:
    """The last endpoint is tried as often as the policy allows; the error names both and parks the run."""
    with pytest.raises(EndpointError, match="No endpoint answers") as caught:
        await two.ask(await two.client(refusal(500), then=[refusal(503)]))
    assert caught.value.parks
    assert all(wire.origin in caught.value.message for wire in (two.first, two.second))
    assert two.asked == (3, 5)
    assert [failed.endpoint for failed in two.ear.failures] == [None] * 3 + [two.second.url] * 5


async def test_the_first_fault_tells_what_becomes_of_the_run(two: Two) -> None:
    """Where none answers, all that is known of the first one's refusal stands in the error."""
    out = whole({"error": {"message": "no credit"}}, 402)
    with pytest.raises(EndpointError) as alone:
        await Client(Target((await two.client(out)).target.base_url, "m")).complete(ASK)
    with pytest.raises(EndpointError) as caught:
        await two.ask(await two.client(out, then=[refusal(503)]))
    for name in ("kind", "status", "body", "hint"):
        assert getattr(caught.value, name) == getattr(alone.value, name)
        assert getattr(caught.value, name)
    assert none_answers([alone.value]) is alone.value


@pytest.mark.parametrize(("time_left_s", "asked"), [(3600.0, (3, 5)), (0.0, (1, 1))])
async def test_waits_end_with_the_runs_time(two: Two, time_left_s: float, asked: tuple[int, int]) -> None:
    """Neither endpoint is waited for longer than the run has left."""
    client = await two.client(refusal(500), then=[refusal(503)])
    with pytest.raises(EndpointError):
        await client.complete(ASK, two.ear.listener, time_left_s=time_left_s)
    assert two.asked == asked


async def test_a_talk_that_is_too_long_for_the_fallback(two: Two) -> None:
    """It is made shorter, as it would be without a fallback."""
    long = refusal(400, "too long", code="context_length_exceeded")
    with pytest.raises(EndpointError) as caught:
        await two.ask(await two.client(refusal(402), then=[long]))
    assert (caught.value.kind, two.asked) == ("overflow", (1, 1))


def test_keys_of_one_endpoint_are_out_by_themselves() -> None:
    """An account without credit says nothing of another one's, nor a model of another."""
    outages = Outages(lambda: 7.0)
    target = Target("http://host/v1", "m", SECRETS[0])
    outages.note(target, 5.0)
    assert outages.left_s(replace(target, api_key=SecretStr("first-key"))) == 5.0
    others = {"api_key": SECRETS[1]}, {"api_key": None}, {"model": "n"}, {"base_url": "http://other/v1"}
    assert [outages.left_s(replace(target, **other)) for other in others] == [0.0] * 4


async def test_a_fallback_that_wants_another_key(two: Two) -> None:
    """The run waits for its endpoint then, and does not fail."""
    with pytest.raises(EndpointError) as caught:
        await two.ask(await two.client(refusal(500), then=[refusal(401)]))
    assert (caught.value.kind, caught.value.parks, two.asked) == ("server", True, (3, 1))


async def test_a_long_wait_is_not_begun_where_another_could_answer(two: Two) -> None:
    """A Retry-After beyond the patience goes to the fallback at once."""
    client = await two.client(whole({"error": "slow"}, 429, Retry_After="61"))
    assert (await client.complete(ASK, two.ear.listener, time_left_s=3600)).text == "there"
    assert (two.asked, two.ear.slept) == ((1, 1), [])


async def test_keys_stay_with_their_origins(two: Two) -> None:
    """Neither endpoint sees the other's key, model or what it was told before."""
    await two.ask(await two.client(refusal(500)))
    for wire, key, other in ((two.first, *SECRETS), (two.second, *SECRETS[::-1])):
        for request in wire.requests:
            assert f"Bearer {key.get_secret_value()}" in request.head
            assert other.get_secret_value() not in request.head + request.body.decode()
    assert two.second.requests[0].json["model"] == "n"


async def test_a_fallback_has_a_dialect_of_its_own(two: Two) -> None:
    """What one endpoint refuses is still sent to the other."""
    refused = refusal(400, "Unsupported parameter: 'stream_options'", param="stream_options")
    got = await two.ask(await two.client(refused, refusal(402)))
    assert got.adapted == ()
    assert "stream_options" in two.second.requests[0].json
    assert "stream_options" not in two.first.requests[1].json


async def test_what_an_endpoint_puts_beside_a_message_goes_back_to_it_alone(two: Two) -> None:
    """A signature on a call, or reasoning beside it, is of no use elsewhere and might be refused."""
    call = ToolCall("t1", "f", "{}", {"extra_content": "signed"})
    beside = {"reasoning_details": "thought"}
    told = Message("assistant", "", [call], extra=beside, said_at=two.first.url)
    request = Request([*ASK.messages, told, Message("tool", "1", tool_call_id="t1")])
    client = await two.client(refusal(402), HERE)
    assert (await client.complete(request)).text == "there"
    for wire, kept in ((two.first, True), (two.second, False)):
        body = wire.requests[0].body
        assert (b"signed" in body, b"thought" in body, b'"id": "t1"' in body) == (kept, kept, True)
    two.now = 1000.0
    assert (await client.complete(request)).text == "here"
    assert b"signed" in two.first.requests[1].body

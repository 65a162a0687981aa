"""What a run costs is in its log as it was paid, and is a limit like the others."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_run import ASK, DONE, NOT_DONE, WORK, make_assignment, play, reply
from tests.endpoint import wire
from tests.endpoint.wire import Answer, Wire

from duologue.config import LimitsTable, PriceTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.conversation.recall import header_of, recall_assignment
from duologue.conversation.resume import resume
from duologue.conversation.run import Ending
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import ScriptedTransport
from duologue.errors import ConfigError
from duologue.messages import ROLE_NAMES, RoleName
from duologue.prices import Prices
from duologue.record import events as ev
from duologue.record.items import TurnItem, VerdictItem
from duologue.record.log import LOG_NAME, LogWriter
from duologue.record.reader import read_strict
from duologue.record.view import RunView
from duologue.targets import Target

PRICE = PriceTable(input=2.0, output=8.0, cached=0.5)
MODELS = wire.whole({"object": "list", "data": []})


def paid(text: str, prompt: int, completion: int, cached: int = 0) -> Answer:
    """An answer that reports its usage as OpenAI does."""
    counted = {"prompt_tokens": prompt, "completion_tokens": completion}
    usage = {**counted, "prompt_tokens_details": {"cached_tokens": cached}}
    told = wire.event({"choices": [], "usage": usage})
    return wire.chunked(wire.delta(content=text), wire.finish(), told, wire.DONE)


def assignment(
    url: str, price: PriceTable | None = PRICE, limits: Mapping[str, Any] | None = None
) -> Assignment:
    """A goal whose three roles speak to one paid model at this URL."""
    wanted = make_assignment(limits=limits)
    targets: dict[RoleName, Target] = dict.fromkeys(ROLE_NAMES, Target(url, "paid"))
    prices = Prices({} if price is None else {"paid": price})
    return replace(wanted, settings=replace(wanted.settings, targets=targets, prices=prices))


def fold(run: Path) -> RunView:
    """The run as it is shown."""
    view = RunView()
    for record in read_strict(run / LOG_NAME):
        view.apply(record)
    return view


def events(run: Path) -> list[ev.Event]:
    """What is in its log."""
    return [record.event for record in read_strict(run / LOG_NAME)]


async def go_on(run: Path, wanted: Assignment) -> Ending:
    """Resume the run with these settings."""
    log, records = LogWriter.reopen(run)
    with log:
        return await resume(log, records, recall_assignment(header_of(records), run, wanted.settings), Host())


async def test_figures_are_exact(tmp_path: Path) -> None:
    """Each answer is priced as the server counted it, cached tokens apart; the sums are folds of the log."""
    answers = [paid(ASK, 1000, 100), paid(WORK, 2000, 300, cached=1500), paid(DONE, 500, 50)]
    async with Wire([MODELS, *answers]) as server:
        ending = await launch(assignment(server.url), tmp_path / "run", Host())
    assert ending.outcome == "done"
    told = [event.cost_usd for event in events(tmp_path / "run") if isinstance(event, ev.CompletionReceived)]
    assert told == [0.0028, 0.00415, 0.0014]
    view = fold(tmp_path / "run")
    assert {role: bill.usd for role, bill in view.bills.items()} == dict(zip(ROLE_NAMES, told, strict=True))
    parts = [item.bill.usd for item in view.items if isinstance(item, TurnItem | VerdictItem)]
    assert parts == told
    assert view.ending is not None
    assert (view.ending.spent.cost_usd, view.ending.spent.unpriced_tokens) == (0.00835, 0)
    assert (view.bill.usd, view.bill.tokens, view.ending.spent.tokens) == (0.00835, 3950, 3950)


async def test_a_server_on_this_machine_is_free(tmp_path: Path) -> None:
    """Without a price of the person's, a loopback server's answers cost nothing, limit or not."""
    answers = [paid(ASK, 1000, 100), paid(WORK, 2000, 300), paid(DONE, 500, 50)]
    async with Wire([MODELS, *answers]) as server:
        wanted = assignment(server.url, None, {"cost": 0.001})
        ending = await launch(wanted, tmp_path / "run", Host())
    assert ending.outcome == "done"
    bill = fold(tmp_path / "run").bill
    assert (bill.cost_usd, bill.unpriced, bill.words) == (0.0, 0, "")


async def test_failed_attempts_are_paid_for(tmp_path: Path) -> None:
    """A stream that breaks has its cost in the log, by estimate, and on the bill of its turn."""
    broken = wire.stream(wire.delta(content="I begin to say something."))
    answers = [broken, paid(ASK, 1000, 100), paid(WORK, 2000, 300), paid(DONE, 500, 50)]
    async with Wire([MODELS, *answers]) as server:
        wanted = assignment(server.url)
        policy = replace(wanted.settings.policy, attempts=2)
        await launch(
            replace(wanted, settings=replace(wanted.settings, policy=policy)), tmp_path / "run", Host()
        )
    failed = next(event for event in events(tmp_path / "run") if isinstance(event, ev.AttemptFailed))
    assert failed.cost_usd is not None
    used = failed.usage
    assert failed.cost_usd == pytest.approx((used.prompt * 2 + used.completion * 8) / 1e6)
    assert failed.cost_usd > 0
    first = next(item for item in fold(tmp_path / "run").items if isinstance(item, TurnItem))
    assert first.bill.usd == pytest.approx(0.0028 + failed.cost_usd)


async def test_the_limit_ends_a_run_between_calls(tmp_path: Path) -> None:
    """Spent money is warned of, ends the run before the next call, and is named with the way on."""
    answers = [paid(ASK, 1000, 100), paid(WORK, 2000, 300, cached=1500)]
    async with Wire([MODELS, *answers]) as server:
        ending = await launch(assignment(server.url, limits={"cost": 0.0069}), tmp_path / "run", Host())
        asked = sum("POST" in request.head for request in server.requests)
    assert (ending.outcome, asked) == ("limit", 2)
    assert ending.reason == "The limit of $0.0069 is reached: $0.0069 is spent."
    assert "--max-cost " in ending.next
    assert ending.next == "duologue resume run --max-cost 0.0138"
    warned = [event for event in events(tmp_path / "run") if isinstance(event, ev.BudgetWarned)]
    assert [(event.limit, event.spent, event.of) for event in warned] == [("cost", 0.00695, 0.0069)]


async def test_the_limit_cuts_off_an_answer_that_streams(tmp_path: Path) -> None:
    """An answer that grows dearer than what is left is ended in its midst, and what it cost is counted."""
    piece = " ".join(str(n * n) for n in range(2000))
    flood = wire.stream(*[wire.delta(content=f"{n} {piece}") for n in range(200)], wire.finish(), wire.DONE)
    async with Wire([MODELS, paid(ASK, 1000, 100), flood]) as server:
        ending = await launch(assignment(server.url, limits={"cost": 0.1}), tmp_path / "run", Host())
    assert ending.outcome == "limit"
    assert ending.reason.startswith("The limit of $0.10 is reached: $0.1")
    failed = next(event for event in events(tmp_path / "run") if isinstance(event, ev.AttemptFailed))
    assert failed.kind == "cancelled"
    assert 0 < len(failed.partial) < 200 * len(piece)
    view = fold(tmp_path / "run")
    assert view.ending is not None
    assert view.ending.spent.cost_usd is not None
    # What had arrived with the piece that passed the limit is paid for too, and nothing after it.
    assert 0.09 < view.ending.spent.cost_usd < 0.5


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"cost": 0.1, "tokens": 10_000_000}, "The limit of $0.10 is reached: $0.1"),
        ({"cost": 100, "tokens": 9000}, "The limit of 9000 tokens is reached."),
    ],
)
async def test_the_nearer_of_two_limits_cuts_off(limits: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """Where tokens and cost are limited, an answer that streams is ended by whichever is reached first."""
    piece = " ".join(str(n * n) for n in range(2000))
    flood = wire.stream(*[wire.delta(content=f"{n} {piece}") for n in range(200)], wire.finish(), wire.DONE)
    async with Wire([MODELS, paid(ASK, 1000, 100), flood]) as server:
        ending = await launch(
            assignment(server.url, PriceTable(input=0.2, output=0.8), limits), tmp_path / "run", Host()
        )
    assert (ending.outcome, ending.reason[: len(reason)]) == ("limit", reason)
    failed = next(event for event in events(tmp_path / "run") if isinstance(event, ev.AttemptFailed))
    assert (failed.kind, len(failed.partial) < 200 * len(piece)) == ("cancelled", True)


async def test_a_prompt_that_is_too_dear_is_not_sent(tmp_path: Path) -> None:
    """Where the prompt alone would pass the limit, the call is not made."""
    async with Wire([MODELS, paid(ASK, 1000, 100)]) as server:
        wanted = assignment(server.url, PriceTable(input=1e6, output=1e6), {"cost": 0.5})
        ending = await launch(wanted, tmp_path / "run", Host())
        asked = sum("POST" in request.head for request in server.requests)
    assert (ending.outcome, asked) == ("limit", 0)
    assert ending.reason == "The limit of $0.50 is reached: $0 is spent, and the next call would pass it."


async def test_going_on_does_not_price_the_past_again(tmp_path: Path) -> None:
    """A resumed run's sum is what was paid then at the price of then, and what is paid now at that of now."""
    run = tmp_path / "run"
    async with Wire([MODELS, paid(ASK, 1000, 100)]) as server:
        before = await launch(assignment(server.url, limits={"cost": 0.0028}), run, Host())
    assert before.outcome == "limit"
    dearer = PriceTable(input=20.0, output=80.0)
    async with Wire([MODELS, paid(WORK, 2000, 300), paid(DONE, 500, 50)]) as server:
        after = await go_on(run, assignment(server.url, dearer, {"cost": 1.0}))
    assert after.outcome == "done"
    view = fold(run)
    assert view.ending is not None
    assert view.ending.spent.cost_usd == view.bill.usd == round(0.0028 + 0.064 + 0.014, 9)
    last = [event for event in events(run) if isinstance(event, ev.RunResumed)][-1]
    assert last.limits.max_cost_usd == 1.0


async def test_an_unknown_price_is_said_and_counted_apart(tmp_path: Path) -> None:
    """Without a limit of cost, a model without a price talks as ever; its tokens are told as unpriced."""
    replies = (reply("user", ASK), reply("assistant", WORK), reply("judge", DONE))
    hosted = make_assignment()
    targets: dict[RoleName, Target] = {r: Target("https://models.example/v1", r) for r in ROLE_NAMES}
    hosted = replace(hosted, settings=replace(hosted.settings, targets=targets))
    run = await play(tmp_path, *replies, assignment=hosted)
    (ended,) = run.of(ev.RunEnded)
    assert (ended.outcome, ended.spent.cost_usd) == ("done", None)
    assert ended.spent.unpriced_tokens == ended.spent.tokens > 0
    assert fold(run.log.parent).bill.words == "price unknown"


async def test_a_limit_that_could_not_be_kept_is_refused(tmp_path: Path) -> None:
    """With a limit of cost and one role's model without a price, nothing is begun, asked or written."""
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(reply("user", ASK) + reply("judge", NOT_DONE), "utf-8")
    stand_in = ScriptedTransport(load_scenario(scenario))
    wanted = make_assignment()
    targets = {**wanted.settings.targets, "judge": Target("https://models.example/v1", "judge")}
    limits = LimitsTable(cost=1.0)
    wanted = replace(wanted, settings=replace(wanted.settings, targets=targets, limits=limits))
    with pytest.raises(
        ConfigError, match=r"the price of judge at https://models\.example/v1 is not known"
    ) as told:
        await launch(wanted, tmp_path / "run", Host(transport=stand_in))
    assert "--max-tokens" in str(told.value.hint)
    assert not (tmp_path / "run").exists()
    assert stand_in.seen == []


async def test_an_appeal_is_paid_at_its_own_models_price(tmp_path: Path) -> None:
    """The second opinion has a price of its own; it stands on the bill of the judge and of the verdict."""
    answers = [paid(ASK, 1000, 100), paid(WORK, 2000, 300), paid(DONE, 500, 50), paid(DONE, 500, 50)]
    async with Wire([MODELS, *answers]) as server:
        wanted = assignment(server.url)
        targets = {**wanted.settings.targets, "appeal": Target(server.url, "dear")}
        prices = Prices({"paid": PRICE, "dear": PriceTable(input=20.0, output=80.0)})
        settings = replace(wanted.settings, targets=targets, prices=prices)
        ending = await launch(replace(wanted, settings=settings), tmp_path / "run", Host())
    assert ending.outcome == "done"
    told = [event for event in events(tmp_path / "run") if isinstance(event, ev.CompletionReceived)]
    assert [(event.purpose, event.cost_usd) for event in told[2:]] == [("verdict", 0.0014), ("appeal", 0.014)]
    view = fold(tmp_path / "run")
    verdict = next(item for item in view.items if isinstance(item, VerdictItem))
    assert view.bills["judge"].usd == verdict.bill.usd == 0.0154

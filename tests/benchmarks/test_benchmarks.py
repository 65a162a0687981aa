"""The benchmarks measure what they say they do; nothing here looks at a time."""

import asyncio
import json
from pathlib import Path

import pytest

from duologue.conversation.verdict import JudgeAnswer
from tests.benchmarks import bare, product, screen
from tests.benchmarks.__main__ import measure
from tests.benchmarks.replies import reply
from tests.benchmarks.server import noted_by, serving
from tests.benchmarks.table import Row, Sizes, middle


@pytest.mark.timeout(240)
def test_every_measurement_gives_a_value() -> None:
    """At the smallest sizes each row is measured, names what it is, and knows whether its bound holds."""
    rows = list(measure(Sizes(short=2, long=3, repeats=1, crowd=2, crowd_exchanges=1, replies=1, saved=3)))
    assert len(rows) == 17
    assert all(row.value > 0 for row in rows)
    assert len({row.what for row in rows}) == len(rows)


@pytest.mark.timeout(240)
def test_every_measurement_of_the_screen_gives_a_value(tmp_path: Path) -> None:
    """At the smallest lengths each row of the screen is measured, and names the lengths it was taken with."""
    small = screen.Lengths(60, short=4, long=12, launches=1, openings=2, jumps=1, appends=1, stream_s=0.05)
    rows = list(screen.rows(small, tmp_path))
    assert len(rows) == 9
    assert all(row.value > 0 for row in rows)
    assert len({row.what for row in rows}) == len(rows)
    assert sum("12 turns, to 4" in row.what for row in rows) == 3


async def test_both_sides_ask_the_same_agents_equally_often(tmp_path: Path) -> None:
    """Ten exchanges are ten prompts for each agent on either side, and ten more for Duologue's judge."""
    for kind in ("bare", "product"):
        with serving() as url:
            if kind == "bare":
                async with bare.new_client() as client:
                    calls = await bare.converse(client, url, 10)
            else:
                calls = await product.converse(url, 10, tmp_path)
            prompts = (await asyncio.to_thread(noted_by, url)).prompts
        judged = 10 * (kind == "product")
        assert calls == 20 + judged
        assert prompts["user"].count == prompts["assistant"].count == 10
        assert sum(each.count for each in prompts.values()) == calls


async def test_the_server_counts_what_repeats() -> None:
    """Of a history that only grows, all but the newest messages of each prompt repeats."""
    with serving() as url:
        async with bare.new_client() as client:
            await bare.converse(client, url, 2)
        user = (await asyncio.to_thread(noted_by, url)).prompts["user"]
    assert user.repeated == user.total - user.longest > 0


def test_replies_are_as_long_as_real_ones_and_differ() -> None:
    """The user writes some 200 characters, the assistant some 1,200 with a result, the judge a verdict."""
    assert 150 <= len(reply("user", 1)) <= 250
    assert 1_100 <= len(reply("assistant", 1)) <= 1_300
    assert "<result>\n" in reply("assistant", 1)
    assert JudgeAnswer.model_validate(json.loads(reply("judge", 1))).decision == "continue"
    assert len({reply("assistant", number) for number in range(50)}) == 50


def test_a_bound_is_an_upper_one_unless_it_is_said_to_be_a_lower_one() -> None:
    """A row tells whether it keeps its bound, in the direction that the bound has."""
    assert Row("a", 1.2, "×", 1.3).holds
    assert not Row("a", 94.0, "%", 95.0, least=True).holds
    assert Row("a", 1.2, "×").holds is None
    assert middle([3.0, 1.0, 2.0]) == 2.0
    assert middle([1.0, 2.0]) == 1.5

"""What a run costs, as people meet it: on the lines, in the list, in exports, and as a limit."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from duologue.record.log import LOG_NAME
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import only_run
from tests.cli.test_bad_input import assert_told

GOLDEN = Path(__file__).parents[1] / "record" / "golden" / "1.0.jsonl"
WORK = "Here it is.\n<result>\nrain on the roof\n</result>"
EVIDENCE = {"where": "result", "quote": "rain on the roof"}
WORDS = [{"id": f"c{n}", "state": "met", "reason": "It is.", "evidence": [EVIDENCE]} for n in (1, 2)]
DONE = json.dumps({"criteria": WORDS, "decision": "done", "summary": "It is done."})
USAGE = {
    "prompt_tokens": 2000,
    "completion_tokens": 300,
    "prompt_tokens_details": {"cached_tokens": 1500},
}
RUN = ("run", "Write about rain.", "--no-derive", "-c", "It is about rain.", "--plain", "--base-url")


@pytest.fixture
def paid(tmp_path: Path, runs: Path) -> Iterator[Endpoint]:
    """An endpoint that answers a user, an assistant and a judge, each for $0.00415 by the config file."""
    config = tmp_path / "config" / "duologue" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[prices.small]\ninput = 2.0\noutput = 8.0\ncached = 0.5\n", "utf-8")
    with listening(Endpoint(texts=("Write one line, please.", WORK, DONE), usage=dict(USAGE))) as endpoint:
        yield endpoint


def test_a_run_tells_its_cost_wherever_it_is_shown(duologue: Duologue, paid: Endpoint, runs: Path) -> None:
    """Per turn, per role and in all: as it runs, in `show`, in `ls`, and in what is exported."""
    ran = duologue(*RUN, paid.url)
    assert ran.code == 0, ran.err
    for text in (ran.out, duologue("show", "last").out):
        assert "── user · turn 1 · 2300 tokens · $0.0042 · " in text
        assert "── judge · after turn 2 · $0.0042 · done" in text
        assert "  2 turns, 3 calls, 6,900 tokens, $0.012, " in text
        shares = (f"{role} 2,300 tokens $0.0042" for role in ("user", "assistant", "judge"))
        assert f"  {' · '.join(shares)}" in text
    assert "6,900 tokens  $0.012  " in duologue("ls").out
    (listed,) = map(json.loads, duologue("ls", "--json").out.splitlines())
    assert (listed["cost_usd"], listed["unpriced_tokens"]) == (0.01245, 0)
    for name in ("talk.md", "talk.html"):
        assert duologue("export", "last", "-o", name).code == 0
        assert "$0.012" in Path(name).read_text("utf-8").replace("\\$", "$")


def test_the_lines_of_the_log_carry_it(duologue: Duologue, paid: Endpoint) -> None:
    """`--json` prints each answer's cost and the sum."""
    words = [word for word in RUN if word != "--plain"]
    lines = [json.loads(line) for line in duologue(*words, paid.url, "--json").out.splitlines()]
    told = [line["cost_usd"] for line in lines if line["type"] == "completion.received"]
    assert told == [0.00415] * 3
    assert lines[-1]["spent"]["cost_usd"] == 0.01245


def test_a_part_of_a_log_does_not_claim_to_be_all(duologue: Duologue, paid: Endpoint) -> None:
    """`show --tail` tells the whole cost that the ending names, and no shares, which it has not read."""
    duologue(*RUN, paid.url)
    text = duologue("show", "last", "--tail", "2").out
    assert "6,900 tokens, $0.012, " in text
    assert "assistant 2,300" not in text


def test_a_log_that_was_cut_off_tells_what_was_spent(duologue: Duologue, paid: Endpoint, runs: Path) -> None:
    """A run without an end shows what its answers came to."""
    duologue(*RUN, paid.url)
    log = only_run(runs) / LOG_NAME
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-2]))
    assert "  2 turns, 3 calls, 6,900 tokens, $0.012, " in duologue("show", "last").out
    assert " –  " in duologue("ls").out


def test_the_limit_and_the_way_on(duologue: Duologue, paid: Endpoint) -> None:
    """`--max-cost` ends the run with code 3 and the command that goes on; that command goes on."""
    ran = duologue(*RUN, paid.url, "--max-cost", "0.008")
    assert (ran.code, paid.asked) == (3, 2)
    assert "══ limit: The limit of $0.008 is reached: $0.0083 is spent." in ran.out
    assert "! $0.0083 of $0.008 are spent" in ran.out
    assert " --max-cost 0.016" in ran.out
    assert_told(duologue("resume", "last", "--plain"), 2, "The limit of $0.008 is reached", "--max-cost")
    ran = duologue("resume", "last", "--max-cost", "0.016", "--plain")
    assert ran.code == 0, ran.err
    assert "6,900 tokens, $0.012, " in ran.out


def test_the_config_files_limit_holds(duologue: Duologue, paid: Endpoint, tmp_path: Path) -> None:
    """`[limits] cost` is the limit where the command names none."""
    config = tmp_path / "config" / "duologue" / "config.toml"
    config.write_text(config.read_text("utf-8") + "[limits]\ncost = 0.008\n", "utf-8")
    assert duologue(*RUN, paid.url).code == 3


@pytest.mark.parametrize("cost", ["0", "-1", "nan", "inf", "$2", ""])
def test_a_sum_that_is_none_is_refused(duologue: Duologue, paid: Endpoint, cost: str) -> None:
    """Only a finite sum above nothing is a limit."""
    ran = duologue(*RUN, paid.url, "--max-cost", cost)
    assert (ran.code, paid.asked) == (2, 0)
    assert "--max-cost" in ran.err


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("[prices.small]\ninput = 2.0\n", ("prices.small.output", "line 1")),
        ("[prices.small]\ninput = -2.0\noutput = 1\n", ("prices.small.input", "line 2")),
        ("[prices.small]\ninput = 1\noutput = 1\nchached = 1\n", ("unknown setting", "'cached'")),
        ("[limits]\ncost = 0\n", ("limits.cost", "line 2")),
    ],
)
def test_a_wrong_price_is_told_with_its_line(
    duologue: Duologue, paid: Endpoint, tmp_path: Path, entry: str, words: tuple[str, ...]
) -> None:
    """A mistake in the table of prices is one sentence that says where it is."""
    (tmp_path / "config" / "duologue" / "config.toml").write_text(entry, "utf-8")
    assert_told(duologue(*RUN, paid.url), 2, *words)


def test_a_limit_without_a_price_is_refused(duologue: Duologue, runs: Path) -> None:
    """A hosted model of unknown price and a limit of cost: refused before anything is sent or written."""
    ran = duologue(*RUN, "https://models.invalid.example/v1", "-m", "grand", "--max-cost", "1")
    assert_told(ran, 2, "the price of grand at https://models.invalid.example/v1", '[prices."grand"]')
    assert list(runs.glob("*")) == []


def test_an_old_log_is_shown_without_a_price(duologue: Duologue, runs: Path) -> None:
    """A log from before costs were kept shows its tokens, and that their price is unknown."""
    (runs / "old").mkdir(parents=True)
    lines = GOLDEN.read_bytes().splitlines(keepends=True)
    ended = next(number for number, line in enumerate(lines, 1) if b'"run.ended"' in line)
    (runs / "old" / LOG_NAME).write_bytes(b"".join(lines[:ended]))
    assert "387 tokens, price unknown, " in duologue("show", "old").out
    assert "387 tokens  ?  " in duologue("ls").out

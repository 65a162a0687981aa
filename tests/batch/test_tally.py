"""What findings come to, and how they are shown."""

from duologue.batch.tally import tally
from duologue.batch.trial import Finding
from duologue.cli.eval_table import table
from duologue.outcomes import Outcome


def finding(
    goal: str, variant: str, outcome: Outcome | None, reached: bool | None = None, number: int = 1
) -> Finding:
    return Finding(
        goal, variant, number, outcome, "", reached=reached, passed=reached, turns=2, tokens=100, seconds=1.5
    )


FOUND = [
    finding("a", "one", "done", True),
    finding("b", "one", "done", False),
    finding("c", "one", "limit", True),
    finding("d", "one", "stalled", False),
    finding("e", "one", "done"),
    finding("f", "one", "failed"),
    finding("g", "one", None),
    *(finding(goal, "two", "done", True) for goal in "abcdefg"),
]


def test_agreement_is_that_of_trials_whose_truth_is_known() -> None:
    """A done is true or false, another end is right or has missed; what failed is in none of these, nor is
    what has nothing held out."""
    of = tally("one", FOUND)
    assert (of.true_done, of.false_done, of.missed, of.truly_undone) == (1, 1, 1, 1)
    assert (of.trials, of.ran, of.done, of.told, of.passed, of.agreement) == (7, 5, 3, 4, 2, 0.5)
    assert of.outcomes == {"done": 3, "limit": 1, "stalled": 1, "failed": 1, "not begun": 1}
    assert (of.turns, of.tokens, of.seconds) == (14, 700, 10.5)
    assert tally("two", FOUND).agreement == 1
    assert tally("one", [finding("a", "one", "done")]).agreement is None


def test_a_price_that_is_not_known_is_not_counted_as_nothing() -> None:
    """Tokens without a price stay apart from the dollars of those with one."""
    priced = Finding("a", "one", 1, "done", "", tokens=100, cost_usd=0.5, unpriced_tokens=10)
    of = tally("one", [priced, finding("b", "one", "done")])
    assert (of.cost_usd, of.unpriced_tokens) == (0.5, 110)
    assert tally("one", [finding("b", "one", "done")]).cost_usd is None


def test_the_tables_fit_the_terminal() -> None:
    """Side by side where there is room, below each other where there is none; no line is wider."""
    tallies = [tally(name, FOUND) for name in ("one", "two")]
    wide, narrow = (list(table(tallies, FOUND, columns)) for columns in (80, 30))
    assert wide[0].split() == ["one", "two"]
    assert "judge agrees 2 of 4 7 of 7" in [" ".join(line.split()) for line in wide]
    assert [line.split() for line in wide if line.startswith("b ")] == [["b", "done", "✗", "done", "✓"]]
    assert [line.split() for line in wide if line.startswith("g ")] == [["g", "not", "begun", "done", "✓"]]
    assert narrow[0].split() == ["one"]
    assert max(map(len, narrow[:-1])) <= 30


def test_repeated_trials_are_counted_in_one_cell() -> None:
    """How often it was done, and how often it was right."""
    twice = [finding("a", "one", "done", True), finding("a", "one", "limit", False, number=2)]
    lines = list(table([tally("one", twice)], twice, 80))
    assert [line for line in lines if line.startswith("a ")] == ["a     done 1/2 ✓ 1/2"]


def test_names_cannot_act_on_the_terminal() -> None:
    """A variant's name is made safe, and cut where it begins, as versions differ at the end."""
    found = [finding("a", "x" * 50 + "\x1b[31m-v2", "done")]
    lines = "\n".join(table([tally(found[0].variant, found)], found, 80))
    assert "\x1b" not in lines
    assert "x" * 20 not in lines
    assert "-v2" in lines

"""Rate limits as people set them."""

from pathlib import Path

from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening
from tests.cli.running import run_child


def test_a_limit_past_the_runs_time_parks_it(runs: Path, home: Path) -> None:
    """The first call is made, the second would have to wait longer than the run may last."""
    with listening(Endpoint()) as endpoint:
        ran = run_child(
            "run", "Say hello.", "--base-url", endpoint.url, "--no-derive", "-c", "It greets.", "--rpm", "1",
            "--max-minutes", "0.5", "--plain",
        )  # fmt: skip
    assert (ran.code, endpoint.asked) == (6, 1), ran.err
    reason = f"parked: The rate limit of {endpoint.url.removesuffix('/v1')} leaves no room for another"
    assert reason in " ".join(ran.out.split())
    assert "resume" in ran.out


def test_wrong_rates(home: Path, tmp_path: Path, duologue: Duologue) -> None:
    """A limit is a number above nothing, wherever it is set."""
    assert duologue("run", "x", "--rpm", "0").code == 2
    config = tmp_path / "wrong.toml"
    config.write_text('model = "m"\n[rate]\nconcurrency = 0\n', "utf-8")
    ran = duologue("run", "x", "--config", config)
    assert ran.code == 2
    assert "line 3: rate.concurrency" in ran.err

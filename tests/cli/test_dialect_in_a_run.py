"""What an endpoint refuses of a run's requests, as a person meets it."""

from pathlib import Path

from duologue.record.events import AttemptFailed, CompletionReceived
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.conftest import Duologue
from tests.cli.endpoint import Endpoint, listening

GOAL = ("run", "Say hello.", "--no-derive", "-c", "It greets.", "--plain", "--max-turns", "3")


def test_a_run_goes_on_without_tools(runs: Path, home: Path, duologue: Duologue, tmp_path: Path) -> None:
    """An endpoint that refuses tools costs one request, once: the log says what was dropped, and the next
    run knows it from the start."""
    counts = []
    with listening(Endpoint(takes_tools=False)) as endpoint:
        for number in (1, 2):
            endpoint.bodies.clear()
            folder = tmp_path / str(number)
            ran = duologue(*GOAL, "--base-url", endpoint.url, "--runs", folder)
            assert ran.code == 3, ran.err
            [log] = folder.glob(f"*/{LOG_NAME}")
            events = [record.event for record in read_strict(log)]
            said = [event for event in events if isinstance(event, CompletionReceived)]
            failed = [event for event in events if isinstance(event, AttemptFailed)]
            counts.append((len(endpoint.bodies) - len(said), len(failed), said[0].adapted))
            assert sum("tools" in body for body in endpoint.bodies) == len(failed)
            assert [event.adapted for event in said[1:]] == [[]] * len(said[1:])
    assert counts == [(1, 1, ["tools dropped"]), (0, 0, ["tools dropped (known)"])]

"""An endpoint that is out for longer than a run may wait, as people live through it, in child processes."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duologue.record.events import AttemptFailed, CompletionReceived, RunEnded, RunParked
from duologue.record.log import LOG_NAME
from duologue.record.reader import read_strict
from tests.cli.running import only_run, run_child
from tests.servers.pretending import Answer, json_of, model_list, pretending, refused

WORK = "Here it is.\n<result>\nrain on the roof\n</result>"
EVIDENCE = {"where": "result", "quote": "rain on the roof"}
WORDS = [{"id": f"c{n}", "state": "met", "reason": "It is.", "evidence": [EVIDENCE]} for n in (1, 2)]
SAYS = {
    "user": "Write one line about rain, please.",
    "assistant": WORK,
    "judge": json.dumps({"criteria": WORDS, "decision": "done", "summary": "It is done."}),
}
MODELS = ("--user-model", "user", "--assistant-model", "assistant", "--judge-model", "judge")
PARTIAL = b'data: {"choices": [{"index": 0, "delta": {"content": "Here it"}}]}\n\n'


class Outage:
    """Answers the user agent, then fails five times, every second time in mid-text, and is back then."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failed = 0

    def __call__(self, body: Mapping[str, Any]) -> Answer:
        model = body["model"]
        self.asked.append(model)
        if model == "assistant" and self.failed < 5:
            self.failed += 1
            if self.failed % 2:
                return refused("Not now.", 503)(body)
            return 200, "text/event-stream", PARTIAL
        choice = {"index": 0, "message": {"content": SAYS[model]}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1000, "completion_tokens": 100}
        return json_of({"model": model, "choices": [choice], "usage": usage})


def test_a_run_that_is_parked_goes_on_until_it_is_done(runs: Path, home: Path, tmp_path: Path) -> None:
    """Exit code 6 as long as the endpoint is out; what was paid for is paid for once, and each attempt is on
    record with its own id, what had arrived, and its cost."""
    config = tmp_path / "hasty.toml"
    config.write_text('[retry]\nattempts = 2\n[prices."*"]\ninput = 1\noutput = 1\n', "utf-8")
    outage = Outage()
    routes = {"GET /v1/models": model_list(*SAYS), "POST /v1/chat/completions": outage}
    with pretending(routes) as server:
        goal = ("run", "Write about rain.", "--no-derive", "-c", "It is about rain.", "--plain", *MODELS)
        first = run_child(*goal, "--base-url", server.url, "--config", config)
        second = run_child("resume", "last", "--plain", "--config", config)
        third = run_child("resume", "last", "--plain", "--config", config)
    assert [ran.code for ran in (first, second, third)] == [6, 6, 0], (first, second, third)
    run = only_run(runs)
    assert f"duologue resume {run.name}" in first.out
    assert Counter(outage.asked) == {"user": 1, "assistant": 6, "judge": 1}
    events = [record.event for record in read_strict(run / LOG_NAME)]
    failed = [event for event in events if isinstance(event, AttemptFailed)]
    received = [event for event in events if isinstance(event, CompletionReceived)]
    assert [event.partial for event in failed] == ["", "Here it", "", "Here it", ""]
    assert [bool(event.cost_usd) for event in failed] == [False, True, False, True, False]
    assert [event.wait_s is None for event in failed] == [False, True, False, True, False]
    assert len({event.attempt for event in (*failed, *received)}) == 8
    assert [type(event) for event in events if isinstance(event, RunParked | RunEnded)] == [
        *(RunParked, RunParked, RunEnded)
    ]
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    whole = sum(event.cost_usd or 0 for event in (*failed, *received))
    assert ended.spent.cost_usd == round(whole, 9)

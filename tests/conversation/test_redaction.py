"""Placeholders stay the same wherever a run goes on, and what was not redacted then is redacted now."""

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from scripted_run import NOT_DONE, make_assignment, play, reply
from test_fork import fork_off
from test_resume import go_on
from test_resume_scenarios import judged

from duologue.config import LimitsTable
from duologue.conversation.assignment import Assignment
from duologue.conversation.checks import parse_check
from duologue.conversation.fork import Fork
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.conversation.sources import Source
from duologue.record.blobs import BLOBS_NAME
from duologue.record.compress import compress_run
from duologue.record.control import Say, send
from duologue.record.events import ControlReceived
from duologue.record.log import LOG_NAME, LogWriter
from duologue.record.reader import read_strict
from duologue.record.redact_key import KEY_NAME

CANARY = "canarykey-7Hq2vTz9Lm4X"
PLACEHOLDER = re.compile("⟨secret-[0-9a-f]{4}⟩")


def exchanges(count: int) -> tuple[str, ...]:
    """So many exchanges, in each of which the secret is said."""
    said = []
    for number in range(count):
        said.append(reply("user", f"Part {number} of the offer is {CANARY}: say what is new in {number}."))
        result = f"{CANARY} is what stands in {number}; Corva is cheap."
        said.append(reply("assistant", f"I saw {CANARY} in {number}.\n<result>\n{result}\n</result>"))
    return tuple(said)


def knowing(turns: int, *, redact: bool = True) -> Assignment:
    """An assignment whose settings know the secret."""
    made = make_assignment()
    limits = LimitsTable(turns=turns)
    known = (SecretStr(CANARY),)
    settings = replace(made.settings, secrets=known, redact=redact, limits=limits)
    return replace(made, goal=f"{made.goal} It is not {CANARY}.", settings=settings)


async def test_placeholders_are_the_same_after_resume_and_fork(tmp_path: Path) -> None:
    """A secret has one placeholder in a run, in what goes on from it, and in what a model is asked then."""
    replies = (*exchanges(4), *judged(*[NOT_DONE] * 4))
    first = await play(tmp_path, *replies, assignment=knowing(4))
    run = first.log.parent
    resumed = await go_on(run, tmp_path / "scenario.toml", knowing(6))
    known = knowing(4).settings
    forked = await fork_off(run, Fork(2), tmp_path / "scenario.toml", settings=known)
    asked = str([first.seen, resumed.seen, forked.seen])
    logs = [(folder / LOG_NAME).read_text("utf-8") for folder in (run, forked.run)]
    assert CANARY not in asked + "".join(logs)
    found = [set(PLACEHOLDER.findall(text)) for text in (*logs, asked)]
    assert len(found[0]) == 1
    assert found == [found[0]] * 3
    assert (run / KEY_NAME).read_bytes() == (forked.run / KEY_NAME).read_bytes()


async def test_what_was_said_unredacted_is_redacted_when_it_is_gone_on_with(tmp_path: Path) -> None:
    """No request holds the secret any more, and the result is the same words, though they have moved."""
    replies = (*exchanges(4), *judged(*[NOT_DONE] * 4))
    first = await play(tmp_path, *replies, assignment=knowing(2, redact=False))
    assert CANARY in first.log.read_text("utf-8")
    assert first.ending.result == f"{CANARY} is what stands in 0; Corva is cheap."
    before = len(read_strict(first.log))
    tight = knowing(3)
    resumed = await go_on(first.log.parent, tmp_path / "scenario.toml", tight)
    assert resumed.ending.outcome == "limit"
    result = resumed.ending.result or ""
    assert PLACEHOLDER.sub("…", result) == "… is what stands in 0; Corva is cheap."
    assert CANARY not in str(resumed.seen)
    later = first.log.read_text("utf-8").splitlines()[before:]
    assert CANARY not in "".join(later)


async def test_what_has_become_a_secret_since_goes_out_no_more(tmp_path: Path) -> None:
    """A value that was logged before anybody knew that it is a secret is in no request of a resumed run or a
    fork, and in nothing that these write of what was said."""
    replies = (*exchanges(4), *judged(*[NOT_DONE] * 4))
    told = knowing(2)
    unaware = replace(told, settings=replace(told.settings, secrets=()))
    first = await play(tmp_path, *replies, assignment=unaware)
    assert CANARY in first.log.read_text("utf-8")
    run, before = first.log.parent, len(read_strict(first.log))
    forked = await fork_off(run, Fork(2), tmp_path / "scenario.toml", settings=knowing(4).settings)
    resumed = await go_on(run, tmp_path / "scenario.toml", knowing(3))
    assert resumed.ending.outcome == "limit"
    assert CANARY not in str([resumed.seen, forked.seen, resumed.ending.result])
    later = first.log.read_text("utf-8").splitlines()[before:]
    assert CANARY not in "".join(later)


async def test_what_a_resumed_run_is_told_is_not_written_either(tmp_path: Path) -> None:
    """What the person says to a run that goes on, and the reason why it ends, hold the placeholder alone."""
    refused = reply("assistant", status=400, error=f"The header says {CANARY}.")
    asked = reply("user", "Once more, with the sum.")
    first = await play(tmp_path, *exchanges(1), asked, refused, *judged(NOT_DONE), assignment=knowing(2))
    run = first.log.parent
    with LogWriter.reopen(run)[0]:
        send(run, Say(text=f"Mind {CANARY}, please."))
    resumed = await go_on(run, tmp_path / "scenario.toml", knowing(4))
    assert resumed.ending.outcome == "failed"
    assert PLACEHOLDER.search(resumed.ending.reason)
    log = first.log.read_text("utf-8")
    assert CANARY not in log + resumed.ending.reason
    (said,) = (event for event in resumed.events if isinstance(event, ControlReceived))
    assert PLACEHOLDER.sub("…", said.text) == "Mind …, please."


class Broken(httpx.AsyncBaseTransport):
    """A stand-in for the network in which a defect of ours names the secret."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise ZeroDivisionError(f"over {CANARY}")
        return httpx.Response(200, json={"data": []})


async def test_a_defect_tells_no_secret(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What the person is told of a defect, on the screen and as the reason, holds the placeholder alone."""
    ending = await launch(knowing(2), tmp_path / "run", Host(transport=Broken()))
    assert PLACEHOLDER.sub("…", ending.reason) == "Duologue itself failed: ZeroDivisionError: over …"
    shown = "".join(capfd.readouterr())
    assert "ZeroDivisionError" in shown
    assert CANARY not in shown + (tmp_path / "run" / LOG_NAME).read_text("utf-8")


async def test_nothing_that_a_run_is_given_tells_a_secret(tmp_path: Path) -> None:
    """Goal, criteria, sources, and a pair's prompts and criteria are sent and saved without it."""
    made = knowing(2)
    prompts = {role: f"{prompt}\nMind {CANARY}." for role, prompt in made.pair.prompts.items()}
    pair = replace(made.pair, prompts=prompts, criteria=(f"It is not {CANARY}.",))
    source = Source("note.txt", f"Arno says {CANARY}.")
    made = replace(made, pair=pair, sources=(source,), criteria=(f"It is without {CANARY}.",))
    run = await play(tmp_path, *exchanges(1), *judged(NOT_DONE), assignment=made)
    saved = [
        path.read_text("utf-8")
        for path in run.log.parent.rglob("*")
        if path.name != KEY_NAME and path.is_file()
    ]
    assert CANARY not in "".join([*saved, str(run.seen)])
    for role in ("user", "assistant", "judge"):
        system = run.asked(role)[0]["messages"][0]["content"]
        assert len(PLACEHOLDER.findall(system)) >= 3


async def test_who_wants_nothing_redacted_goes_on_so(tmp_path: Path) -> None:
    """A run without redaction is gone on with as it was said."""
    replies = (*exchanges(2), *judged(NOT_DONE, NOT_DONE))
    first = await play(tmp_path, *replies, assignment=knowing(2, redact=False))
    resumed = await go_on(first.log.parent, tmp_path / "scenario.toml", knowing(4, redact=False))
    assert resumed.ending.result == f"{CANARY} is what stands in 1; Corva is cheap."
    assert PLACEHOLDER.search(first.log.read_text("utf-8")) is None


async def test_a_secret_in_a_check_is_neither_written_nor_told(tmp_path: Path) -> None:
    """A schema that names a secret is saved, and tested, with the placeholder in its place."""
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"type": "object", "description": f"Not {CANARY}."}), "utf-8")
    checked = replace(knowing(2), checks=(parse_check(f"json_schema:{schema}"), parse_check("max_words:9")))
    run = (await play(tmp_path, *exchanges(1), *judged(NOT_DONE), assignment=checked)).log.parent
    saved = [path.read_text("utf-8") for path in (run / BLOBS_NAME).iterdir()]
    assert [len(PLACEHOLDER.findall(text)) for text in saved] == [1]
    assert CANARY not in "".join([*saved, (run / LOG_NAME).read_text("utf-8")])


async def test_the_key_stays_in_its_folder(tmp_path: Path) -> None:
    """Neither the log, a blob nor the packed log holds it."""
    run = (await play(tmp_path, *exchanges(1), *judged(NOT_DONE), assignment=knowing(2))).log.parent
    key = (run / KEY_NAME).read_bytes()
    compress_run(run)
    assert (run / KEY_NAME).read_bytes() == key
    others = [path for path in run.rglob("*") if path.is_file() and path.name != KEY_NAME]
    assert others
    for path in others:
        assert key not in path.read_bytes(), path
        assert key.hex().encode() not in path.read_bytes(), path

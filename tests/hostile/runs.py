"""Saved runs in which hostile words stand wherever a log has words."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from duologue.messages import RoleName
from duologue.record import events as ev
from duologue.record.lines import encode_line
from duologue.record.log import LOG_NAME
from duologue.record.parts import (
    Criterion,
    CriterionVerdict,
    Evidence,
    LimitsRecord,
    PairRecord,
    PlanTask,
    SourceRecord,
    Span,
    Spent,
    ToolCallRecord,
)

_A_TURN = 100
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def save(folder: Path, events: Sequence[ev.Event], at: str = "2026-01-02T03:04:05.000Z") -> Path:
    """A log of these events in that new folder."""
    folder.mkdir(parents=True)
    lines, previous = [], ""
    for seq, event in enumerate(events, 1):
        line, previous = encode_line(seq, at, seq / 2, event, previous)
        lines.append(line)
    (folder / LOG_NAME).write_bytes(b"".join(lines))
    return folder


def started(words: Sequence[str], run: str = "run") -> ev.RunStarted:
    """The header, with these words in all its fields."""
    return ev.RunStarted(
        program=words[0],
        run=run,
        goal=" ".join(words),
        pair=PairRecord(name=words[-1], title=words[-1], version=1, prompts={}),
        settings={words[0]: words[0]},
        limits=LimitsRecord(),
        seed=1,
        sources=[SourceRecord(name=each, size=1, blob="b") for each in words[:3]],
    )


def talk(words: Sequence[str], beside_every: int = 1) -> Iterator[ev.Event]:
    """All the words said in turns, and all of them, or some, once more in what happens beside the talk;
    criteria in the beginning, an ending at the end."""
    yield started(words[:_A_TURN])
    yield ev.CriteriaSet(criteria=list(criteria(words[:_A_TURN])))
    seq = 2
    for turn, at in enumerate(range(0, len(words), _A_TURN), 1):
        part, role = words[at : at + _A_TURN], _role(turn)
        yield ev.TurnStarted(turn=turn, role=role)
        calls = [ToolCallRecord(id=part[0], name=part[1 % len(part)], arguments=" ".join(part[:20]))]
        yield ev.CompletionReceived(
            turn=turn,
            role=role,
            purpose="turn",
            attempt="a",
            model=part[2 % len(part)],
            text=" ".join(part),
            reasoning=" ".join(part[:10]),
            tool_calls=calls,
            flags=part[:1],
            adapted=part[:2],
        )
        yield ev.TurnCompleted(
            turn=turn, role=role, completions=[seq + 2], result=Span(completion=seq + 2, start=0, end=400)
        )
        beside = list(_beside(turn, role, part)) if turn % beside_every == 0 else []
        yield from beside
        seq += 3 + len(beside)
    spent = Spent(turns=1, calls=1, tokens=1, seconds=1)
    yield ev.RunEnded(
        outcome="failed", reason=" ".join(words[:50]), unmet=list(words[:9]), spent=spent, next=words[1]
    )


def _role(turn: int) -> RoleName:
    return "user" if turn % 2 else "assistant"


def criteria(words: Sequence[str]) -> Iterator[Criterion]:
    """A criterion each."""
    for number, word in enumerate(words):
        yield Criterion(id=f"{number}{word}", text=word, kind="judged", origin="goal")


def _beside(turn: int, role: RoleName, words: Sequence[str]) -> Iterator[ev.Event]:
    """Each of the words in some field of what stands between two turns."""
    few = [words[at : at + 10] for at in range(0, len(words), 10)]
    texts = [" ".join(each) for each in few]
    text = texts[turn % len(texts)]
    yield ev.GuardRaised(turn=turn, role=role, guard=words[0], reason=text, rung="nudge")
    yield ev.AttemptFailed(
        turn=turn, role=role, purpose="turn", attempt="a", kind=words[0], message=text, partial=text, wait_s=1
    )
    yield ev.ToolStarted(turn=turn, role=role, call="x", name=words[0], arguments=text)
    yield ev.ToolFinished(turn=turn, role=role, call="x", name=words[-1], ok=False, text=text)
    yield ev.PlanChanged(turn=turn, tasks=[PlanTask(id=word, text=word) for word in words[:8]])
    yield ev.ControlReceived(command="say", by=words[0], text=text)
    yield ev.MemoryStored(turn=turn, role=role, text=text)
    yield ev.MemoryRecalled(turn=turn, role=role, query=words[0], texts=[text])
    yield ev.UnknownEvent.model_validate({"type": words[0], "words": text})
    yield ev.CheckFinished(turn=turn, criterion=f"0{words[0]}", passed=False, reason=text)
    judged = [
        CriterionVerdict(
            id=f"{number}{word}",
            state="unmet",
            reason=word,
            evidence=[Evidence(where=where, quote=quote, stands=False, why=why)],
        )
        for number, (word, where, quote, why) in enumerate(
            zip(words[:40], words[40:], words[41:], words[42:], strict=False)
        )
    ]
    yield ev.VerdictGiven(turn=turn, decision="done", summary=text, criteria=judged)
    yield ev.VerdictOverruled(turn=turn, reasons=list(words[:9]))


def shelf(runs: Path, words: Sequence[str], a_run: int = 16) -> None:
    """Many small runs: hostile names of folders where the disk takes them, goals, pairs and parents."""
    for number, at in enumerate(range(0, len(words), a_run)):
        part = words[at : at + a_run]
        name = f"{number:04}{file_name(part[0])}"
        spent = Spent(turns=1, calls=1, tokens=1, seconds=1)
        ended = ev.RunEnded(outcome="done", reason=part[0], unmet=[], spent=spent, next=part[0])
        save(runs / name, [started(part, name), ended])


def file_name(word: str) -> str:
    """What of the word a file may be called; lone surrogates become the bytes that they stand for."""
    legal = _HALVES.sub("h", word.replace("/", "|").replace("\0", "\x01"))
    return legal.encode("utf-8", "surrogateescape")[:200].decode("utf-8", "surrogateescape")

"""Logs of Inspect AI: `.eval`, a zip with a JSON file a sample, and the same as one JSON file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from duologue.errors import SourceError
from duologue.outcomes import Outcome
from duologue.record.archive import Archive, BadArchive
from duologue.record.import_json import BadJson, as_dict, as_seconds, as_text, head_of, parse_json, read_all
from duologue.record.import_message import BadMessage, read_messages
from duologue.record.imported import MOST_BYTES, MOST_CONVERSATIONS, Conversation

ZIP: Final = b"PK\x03\x04"
_SAMPLE: Final = re.compile(r"samples/[^/\\]+\.json")
_ATTACHMENT: Final = re.compile(r"attachment://([0-9a-f]{32})")
_FULL_MARKS: Final = ("C", 1, True)


def read_eval(path: Path) -> list[Conversation]:
    """A conversation for each sample. Raises SourceError, which names the sample where one is wrong."""
    header, samples = _packed(path) if head_of(path) == ZIP else _plain(path)
    found: list[Conversation] = []
    for name, sample in samples:
        try:
            found.append(_conversation(path, header, sample))
        except BadMessage as exc:
            raise SourceError(f"{path}, {name}: {exc}.") from exc
    if not found:
        raise SourceError(f"{path} holds no samples.", hint="Was it written with --no-log-samples?")
    return found


def _packed(path: Path) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    try:
        with Archive(path, MOST_BYTES) as archive:
            names = [name for name in archive.names if _SAMPLE.fullmatch(name)]
            if len(names) > MOST_CONVERSATIONS:
                raise SourceError(f"{path} holds more than {MOST_CONVERSATIONS:,} samples.")
            start = next(
                (name for name in ("header.json", "_journal/start.json") if name in archive.names), ""
            )
            header = _json(path, start, archive.read(start)) if start else {}
            return as_dict(header), [(name, _json(path, name, archive.read(name))) for name in names]
    except BadArchive as exc:
        raise SourceError(f"{path} cannot be read as an .eval file: {exc}.", hint=exc.hint) from exc


def _plain(path: Path) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    header = as_dict(_json(path, "the file", read_all(path)))
    samples = header.get("samples")
    listed = samples if isinstance(samples, list) else []
    return header, [(f"sample {number}", sample) for number, sample in enumerate(listed, 1)]


def _json(path: Path, name: str, text: bytes) -> Any:
    try:
        return parse_json(text)
    except BadJson as exc:
        raise SourceError(f"{path}, {name} is not JSON: {exc}.") from exc


def _conversation(path: Path, header: Mapping[str, Any], sample: Any) -> Conversation:
    fields = as_dict(sample)
    facts = as_dict(header.get("eval"))
    messages = read_messages(_attached(fields.get("messages"), as_dict(fields.get("attachments"))))
    name = f"sample {as_text(fields.get('id'))}, epoch {as_text(fields.get('epoch'))}"
    outcome, remark = _judged(fields)
    given = fields.get("input")
    return Conversation(
        f"{path.name}, {name}",
        "eval",
        messages,
        goal=given if isinstance(given, str) and not _ATTACHMENT.fullmatch(given) else "",
        model=as_text(facts.get("model")),
        outcome=outcome,
        remark=remark,
        facts={key: as_text(facts[key]) for key in ("task", "model", "eval_id") if facts.get(key)}
        | {"sample": as_text(fields.get("id")), "target": as_text(fields.get("target"))},
        began_s=as_seconds(fields.get("started_at")),
    )


def _judged(sample: Mapping[str, Any]) -> tuple[Outcome, str]:
    """The outcome that the sample's error, limit or scores come to, and what to say of it."""
    if error := as_text(as_dict(sample.get("error")).get("message")):
        return "failed", f"it ended with the error: {error[:500]}"
    scores = {name: as_dict(score).get("value") for name, score in as_dict(sample.get("scores")).items()}
    told = ", ".join(f"{name} {as_text(value)}" for name, value in scores.items())
    if limit := as_text(as_dict(sample.get("limit")).get("type")):
        return "limit", f"it reached its {limit} limit" + (f"; scores: {told}" if told else "")
    if not scores:
        return "stopped", ""
    # A dictionary or list of values is no full mark; `in` compares, so it may be anything.
    full = all(value in _FULL_MARKS for value in scores.values())
    return ("done" if full else "stopped"), f"scores: {told}"


def _attached(value: Any, attachments: Mapping[str, Any]) -> Any:
    """The JSON value with the texts put in that the log keeps apart, as far as they stay within bounds."""
    room = MOST_BYTES

    def text(found: re.Match[str]) -> str:
        nonlocal room
        attachment = as_text(attachments.get(found.group(1), found.group()))
        room -= len(attachment)
        return attachment if room >= 0 else found.group()

    def filled(inner: Any) -> Any:
        match inner:
            case str():
                return _ATTACHMENT.sub(text, inner)
            case list():
                return [filled(one) for one in inner]
            case dict():
                return {key: filled(one) for key, one in inner.items()}
            case _:
                return inner

    return filled(value) if attachments else value

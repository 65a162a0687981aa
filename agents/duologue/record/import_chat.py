"""OpenAI chat messages: a JSON list of them, or an object with `messages`, one or one a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from duologue.errors import SourceError
from duologue.outcomes import Outcome
from duologue.record.import_json import BadJson, parse_json, read_all, read_lines
from duologue.record.import_message import BadMessage, read_messages
from duologue.record.imported import MOST_CONVERSATIONS, Conversation

_HINT: Final = 'Each line, or the file, has to be a list of chat messages or {"messages": […]}.'
_NAMES: Final = ("id", "task_id", "conversation_id", "name")
_SCORES: Final = ("reward", "score")


def read_chat(path: Path) -> list[Conversation]:
    """All conversations of the file. Raises SourceError, which names the line where one is wrong."""
    found: list[Conversation] = []
    for where, value in _values(path):
        try:
            found.append(_conversation(path, where, value))
        except BadMessage as exc:
            raise SourceError(f"{path}, {where or 'its one conversation'}: {exc}.", hint=_HINT) from exc
        if len(found) > MOST_CONVERSATIONS:
            raise SourceError(
                f"{path} holds more than {MOST_CONVERSATIONS:,} conversations.", hint="Split it."
            )
    if not found:
        raise SourceError(f"{path} is empty.", hint=_HINT)
    return found


def _values(path: Path) -> Iterator[tuple[str, Any]]:
    """Where each conversation stands, and its JSON."""
    lines = read_lines(path)
    number, first = next(lines, (0, b""))
    if not first:
        return
    try:
        value = parse_json(first)
    except BadJson:
        # No line of its own: either a value over many lines, or nothing that can be read.
        yield from _parts(_whole(path))
        return
    second = next(lines, None)
    if second is None:
        yield from _parts(value)
        return
    yield f"line {number}", value
    yield _line(path, *second)
    for later in lines:
        yield _line(path, *later)


def _line(path: Path, number: int, line: bytes) -> tuple[str, Any]:
    try:
        return f"line {number}", parse_json(line)
    except BadJson as exc:
        raise SourceError(f"{path}, line {number} is not JSON: {exc}.", hint=_HINT) from exc


def _whole(path: Path) -> Any:
    try:
        return parse_json(read_all(path))
    except BadJson as exc:
        raise SourceError(f"{path} is not JSON, nor is its first line: {exc}.", hint=_HINT) from exc


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """A single value is one conversation, or a list of them."""
    if isinstance(value, list) and value and all(_is_conversation(one) for one in value):
        yield from ((f"conversation {number}", one) for number, one in enumerate(value, 1))
    else:
        yield "", value


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list) or (
        isinstance(value, dict) and "messages" in value and "role" not in value
    )


def _conversation(path: Path, where: str, value: Any) -> Conversation:
    facts = value if isinstance(value, dict) else {"messages": value}
    if "messages" not in facts:
        raise BadMessage("it has no messages")
    messages = read_messages(facts["messages"])
    name = next((str(facts[key]) for key in _NAMES if isinstance(facts.get(key), str | int)), "")
    score = next(((key, facts[key]) for key in _SCORES if isinstance(facts.get(key), int | float)), None)
    outcome: Outcome = "done" if score is not None and score[1] == 1 else "stopped"
    return Conversation(
        ", ".join(part for part in (path.name, where, name) if part),
        "chat",
        messages,
        outcome=outcome,
        remark="" if score is None else f"its {score[0]} is {score[1]}",
        facts={"id": name} if name else {},
    )

"""One foreign chat message, in the spellings that OpenAI, Inspect AI and mini-swe-agent give it."""

from collections.abc import Iterator
from typing import Any, Final

from duologue.messages import ChatRole, ToolCall
from duologue.record.import_json import as_dict, as_seconds, as_text
from duologue.record.imported import MOST_MESSAGES, Said

_ROLES: Final[dict[str, ChatRole]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


class BadMessage(ValueError):
    """The value is no chat message; the text says which and why."""


def read_messages(values: Any) -> list[Said]:
    """The messages of a JSON list. Raises BadMessage."""
    if not isinstance(values, list):
        raise BadMessage("its messages are not a list")
    if len(values) > MOST_MESSAGES:
        raise BadMessage(f"it has more than {MOST_MESSAGES:,} messages")
    said = [read_message(value, number) for number, value in enumerate(values, 1)]
    if not any(one.role in ("user", "assistant") for one in said):
        raise BadMessage("nobody says anything in it")
    return said


def read_message(value: Any, number: int) -> Said:
    """The message in a JSON object, the `number`-th of its conversation. Raises BadMessage."""
    if not isinstance(value, dict):
        raise BadMessage(f"message {number} is not a JSON object")
    role = _ROLES.get(as_text(value.get("role")))
    if role is None:
        raise BadMessage(
            f"message {number} has no role that is known here: {as_text(value.get('role'))[:40]!r}"
        )
    text, thought = _content(value.get("content"))
    if role == "assistant" and not text:
        text = as_text(value.get("refusal"))
    extra = as_dict(value.get("extra"))
    usage = as_dict(value.get("usage") or as_dict(extra.get("response")).get("usage"))
    error = value.get("error")
    return Said(
        role,
        text or (as_text(as_dict(error).get("message")) if role == "tool" else ""),
        reasoning=thought or as_text(value.get("reasoning_content") or value.get("reasoning")),
        calls=tuple(_calls(value)) if role == "assistant" else (),
        call_id=as_text(value.get("tool_call_id")),
        name=as_text(value.get("name") or value.get("function")),
        ok=not error,
        model=as_text(value.get("model") or as_dict(extra.get("response")).get("model")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        at_s=as_seconds(extra.get("timestamp") or value.get("timestamp")),
    )


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 1_000_000_000 else 0


def _content(value: Any) -> tuple[str, str]:
    """Text and reasoning of a message's content: a string, null, or a list of parts."""
    if not isinstance(value, list):
        return as_text(value), ""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in value:
        found = as_dict(part)
        kind = as_text(found.get("type")) or "text"
        if kind in ("reasoning", "thinking"):
            thoughts.append(as_text(found.get("reasoning") or found.get("thinking") or found.get("summary")))
        elif isinstance(part, str):
            texts.append(part)
        elif isinstance(found.get("text"), str):
            texts.append(found["text"])
        else:
            texts.append(f"[{kind}]")
    return "\n".join(texts), "\n".join(thoughts)


def _calls(value: dict[str, Any]) -> Iterator[ToolCall]:
    calls = value.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else [], 1):
        yield _call(as_dict(call), f"call-{number}")
    if isinstance(value.get("function_call"), dict):
        yield _call({"function": value["function_call"]}, "")


def _call(call: dict[str, Any], fallback: str) -> ToolCall:
    """OpenAI puts name and arguments into `function`; Inspect AI has the name there, arguments beside it."""
    function = call.get("function")
    inner = function if isinstance(function, dict) else {"name": function, "arguments": call.get("arguments")}
    return ToolCall(
        as_text(call.get("id")) or fallback, as_text(inner.get("name")), as_text(inner.get("arguments"))
    )

"""Trajectories of mini-swe-agent: JSON with `messages` and `info`, in its formats 1.0 and 1.1."""

from pathlib import Path
from typing import Any, Final

from duologue.errors import SourceError
from duologue.outcomes import Outcome
from duologue.record.import_json import BadJson, as_dict, as_text, parse_json, read_all
from duologue.record.import_message import BadMessage, read_messages
from duologue.record.imported import Conversation

_LIMITS: Final = ("LimitsExceeded", "TimeExceeded")


def read_swe(path: Path) -> list[Conversation]:
    """The one conversation of the file. Raises SourceError."""
    try:
        value = as_dict(parse_json(read_all(path)))
        return [_conversation(path, value)]
    except (BadJson, BadMessage) as exc:
        hint = "A trajectory is a JSON object with `messages` and `info`."
        raise SourceError(f"{path} is no mini-swe-agent trajectory: {exc}.", hint=hint) from exc


def _conversation(path: Path, value: dict[str, Any]) -> Conversation:
    if not isinstance(value.get("messages"), list):
        raise BadMessage("it has no list of messages")
    info = as_dict(value.get("info"))
    status = as_text(info.get("exit_status"))
    model = as_text(as_dict(as_dict(as_dict(info.get("config")).get("model"))).get("model_name"))
    name = as_text(value.get("instance_id"))
    messages = read_messages([_plain(one) for one in value["messages"] if not _is_exit(one)])
    outcome: Outcome = "limit" if status in _LIMITS else "stopped"
    return Conversation(
        ", ".join(part for part in (path.name, name) if part),
        "swe",
        messages,
        model=model,
        outcome=outcome,
        remark=f"it ended with {status}" if status else "",
        facts={key: as_text(info.get(key)) for key in ("mini_version", "exit_status") if info.get(key)},
        began_s=next((said.at_s for said in messages if said.at_s is not None), None),
    )


def _is_exit(value: Any) -> bool:
    return isinstance(value, dict) and value.get("role") == "exit"


def _plain(value: Any) -> Any:
    """The chat message that an item of OpenAI's other interface, Responses, comes to."""
    if not isinstance(value, dict):
        return value
    if value.get("type") == "function_call_output":
        return {**value, "role": "tool", "tool_call_id": value.get("call_id"), "content": value.get("output")}
    if value.get("object") != "response" or not isinstance(value.get("output"), list):
        return value
    items = [as_dict(item) for item in value["output"]]
    parts = [part for item in items if item.get("type") == "message" for part in _listed(item.get("content"))]
    calls = [
        {"id": item.get("call_id"), "function": item.get("name"), "arguments": item.get("arguments")}
        for item in items
        if item.get("type") == "function_call"
    ]
    extra = {"timestamp": as_dict(value.get("extra")).get("timestamp")}
    return {
        "role": "assistant",
        "content": parts,
        "tool_calls": calls,
        "model": value.get("model"),
        "extra": extra,
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

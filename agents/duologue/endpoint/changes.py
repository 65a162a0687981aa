"""What one endpoint wants otherwise than the protocol has it: each change a value, and its words."""

from dataclasses import dataclass
from typing import Final, Literal, assert_never

AnswerRung = Literal["json_object", "tool", "prompt"]
"""How a structured answer is asked for where `json_schema` is refused, each the next for the one before."""


@dataclass(frozen=True, slots=True)
class Rename:
    """A field goes by another name."""

    name: str
    to: str
    kind: Literal["rename"] = "rename"


@dataclass(frozen=True, slots=True)
class Drop:
    """A field is left out."""

    name: str
    kind: Literal["drop"] = "drop"


@dataclass(frozen=True, slots=True)
class Clamp:
    """A field's number is kept within what the server stated; None is no bound."""

    name: str
    least: float | None = None
    most: float | None = None
    kind: Literal["clamp"] = "clamp"


@dataclass(frozen=True, slots=True)
class Put:
    """A field that is sent gets another value."""

    name: str
    value: str | bool
    kind: Literal["put"] = "put"


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """A structured answer is asked for in another form than `json_schema`."""

    form: AnswerRung
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class SystemRole:
    """The system message goes by another role; `user` puts it before the first user message."""

    role: Literal["developer", "user"]
    kind: Literal["system"] = "system"


@dataclass(frozen=True, slots=True)
class Bridge:
    """No user message follows a tool's result: an assistant's stands between them."""

    kind: Literal["bridge"] = "bridge"


@dataclass(frozen=True, slots=True)
class ShortIds:
    """Ids of tool calls are nine letters and digits."""

    kind: Literal["ids"] = "ids"


@dataclass(frozen=True, slots=True)
class Strip:
    """A field of an endpoint's own is taken off the messages."""

    name: str
    kind: Literal["strip"] = "strip"


@dataclass(frozen=True, slots=True)
class Echo:
    """Every message with tool calls carries this field, empty where nothing came in it."""

    name: str
    kind: Literal["echo"] = "echo"


FieldChange = Rename | Drop | Clamp | Put
MessageChange = SystemRole | Bridge | ShortIds | Strip | Echo
Change = FieldChange | MessageChange | AnswerForm

_FORMS: Final[dict[AnswerRung, str]] = {
    "json_object": "json_object",
    "tool": "tool call",
    "prompt": "prompt",
}
_SYSTEM: Final = {"developer": "system -> developer", "user": "system -> first user message"}


def in_words(change: Change) -> str:
    """The change as the log and the person are told of it."""
    match change:
        case Rename(name, to):
            return f"{name} -> {to}"
        case Drop(name):
            return f"{name} dropped"
        case Clamp(name, least, most):
            bounds = (("at least", least), ("at most", most))
            stated = [f"{word} {bound:g}" for word, bound in bounds if bound is not None]
            return f"{name} {' and '.join(stated)}"
        case Put(name, value):
            return f"{name} -> {str(value).lower()}"
        case AnswerForm(form):
            return f"response_format json_schema -> {_FORMS[form]}"
        case SystemRole(role):
            return _SYSTEM[role]
        case Bridge():
            return "assistant message between tool and user"
        case ShortIds():
            return "tool ids of nine characters"
        case Strip(name):
            return f"{name} taken off messages"
        case Echo(name):
            return f"{name} with every tool call"
        case _:
            assert_never(change)

"""What a refusal asks for: the one change to the request that may cure it (rule 6)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from duologue.endpoint.body import Draft
from duologue.endpoint.changes import (
    AnswerForm,
    AnswerRung,
    Bridge,
    Change,
    Clamp,
    Drop,
    Echo,
    Put,
    Rename,
    ShortIds,
    Strip,
    SystemRole,
)
from duologue.endpoint.parameters import NAMES, named_parameters, stated_bounds
from duologue.endpoint.phrasing import NEEDED
from duologue.errors import EndpointError

_SECOND_NAMES: Final[Mapping[str, str]] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
"""Fields with a second name; one whose second name is refused as well is dropped."""

_NEXT_RUNG: Final[Mapping[AnswerRung | None, AnswerRung]] = {
    None: "json_object",
    "json_object": "tool",
    "tool": "prompt",
}

_FORMAT: Final = re.compile(
    r"response.?(format|schema)|json.?(schema|mode|object|validate)|guided|grammar|structured output"
    r"|generate json"
)
_CALLING: Final = re.compile(r"\btools?\b|tool.?(choice|call|use)|function|\bauto\b")
_NOT_BUILT: Final = re.compile(r"support|require|implement|unavailable|must be|needs?\b")
_TOOL_CHOICE: Final = re.compile(r"tool.choice")
_NO_TOOLS: Final = re.compile(
    r"(?:\btools?\b|\btool.?(?:call|use)\w*|function.?call\w*).{0,60}"
    r"\b(?:supported|unsupported|requires?|enabled?|implemented|available|unavailable|disabled)\b"
    r"|\b(?:support|supporting|enable|implement)\b.{0,30}(?:\btools?\b|\btool.?(?:call|use)|function.?call)"
)
_SHORT_ID: Final = re.compile(r"(tool.?call|call).{0,3}\bid\b.*(length of 9|9 char|nine|alphanumeric|a-z)")
_USER_AFTER_TOOL: Final = re.compile(
    r"role\W+user\W+after\W+role\W+tool|user.{0,20}(after|follow).{0,20}tool"
    r"|tool.{0,20}followed by.{0,20}user"
)
_NO_SYSTEM: Final = re.compile(
    r"\brole.{0,60}\b(system|developer)\b|\b(system|developer)\b.{0,30}\b(roles?|messages?|prompts?|instructions?)\b"
    r"|unknown variant .developer|.developer. is not one of|roles must alternate|unexpected message role"
    r"|unexpected role"
)
_DEVELOPER_TOO: Final = re.compile(r"messages\W*\d+\W*role|developer")
_MISSING: Final = re.compile(
    r"(missing|must be (passed|sent|provided|included)|is required"
    r"|should be (passed|included)|pass(ed)? back)"
)
_REASONING: Final = re.compile(r"\b(reasoning_content|reasoning_details|reasoning)\b")


_NO_STREAM: Final = re.compile(r"\bstream(ing)?\b(?!.?options)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal of a draft that was written with the known changes; `said` is the server's sentence in lower
    case, `body` all that is kept of its reply."""

    said: str
    body: str
    parameter: str | None
    draft: Draft
    known: tuple[Change, ...]

    @property
    def names(self) -> list[str]:
        """The fields that it names and that were sent, the likeliest first. A field of the person's own is
        unknown to parameters.py and looked for in the words."""
        if self.parameter in ("messages", "model"):
            return []
        own = [name for name in self.draft.fields if name not in NAMES and self._says(name)]
        named = [self.parameter, *named_parameters(self.said), *own]
        return [name for name in named if name is not None and name in self.draft.fields]

    def _says(self, name: str) -> bool:
        return re.search(rf"\b{re.escape(name.lower())}\b", self.said) is not None


def own_words(error: EndpointError) -> str:
    """The server's own sentence, on one line."""
    words = error.message.partition(f"(HTTP {error.status}): ")[2] or error.message
    return " ".join(words.split())


def change_for(error: EndpointError, draft: Draft, known: tuple[Change, ...]) -> Change | None:
    """The change that the refusal of this draft asks for, beyond the known ones, which the draft was
    written with; None where there is none to make."""
    said = own_words(error).lower()
    refusal = Refusal(said, error.body, error.parameter, draft, known)
    rules: tuple[_Rule, ...] = ()
    if error.kind == "bad_request":
        rules = _RULES
    elif error.kind == "server" and error.status in (500, 501) and _NOT_BUILT.search(said):
        # llama.cpp and its bindings say so when they were started without what was asked for.
        rules = (_of_tools, _of_answer)
    elif error.kind == "not_found":
        # OpenRouter, where no provider of the model takes tools.
        rules = (_of_tools,)
    found = (rule(refusal) for rule in rules)
    return next((change for change in found if change is not None and change not in known), None)


def _of_calls(refusal: Refusal) -> Change | None:
    """Tool calls and their results: the form of their ids, and what may follow them."""
    messages = refusal.draft.messages
    if any(message.tool_calls for message in messages) and _SHORT_ID.search(refusal.said):
        return ShortIds()
    roles = [message.role for message in messages]
    follows = ("tool", "user") in pairwise(roles)
    if follows and (_USER_AFTER_TOOL.search(refusal.said) or "3230" in refusal.body):
        return Bridge()
    return None


def _of_extras(refusal: Refusal) -> Change | None:
    """Fields of an endpoint's own on messages: missed where they are not sent back, or unknown."""
    messages = refusal.draft.messages
    if refusal.names:
        return None
    if _MISSING.search(refusal.said) and (found := _REASONING.search(refusal.said)):
        return Echo(found[1]) if any(message.tool_calls for message in messages) else None
    extras = {name for message in messages for name in message.extra}
    extras |= {name for message in messages for call in message.tool_calls for name in call.extra}
    words = f"{refusal.said} {refusal.body}"
    return next((Strip(name) for name in sorted(extras) if re.search(rf"\b{re.escape(name)}\b", words)), None)


def _of_system(refusal: Refusal) -> Change | None:
    role = refusal.draft.messages[0].role
    if refusal.names or role not in ("system", "developer") or not _NO_SYSTEM.search(refusal.said):
        return None
    tries_developer = role == "system" and _DEVELOPER_TOO.search(refusal.said)
    return SystemRole("developer" if tries_developer else "user")


def _of_stream(refusal: Refusal) -> Change | None:
    streams = refusal.draft.fields.get("stream") is True and "stream_options" not in refusal.names
    plain = refusal.parameter is None and _NO_STREAM.search(refusal.said) and _NOT_BUILT.search(refusal.said)
    return Put("stream", False) if streams and (refusal.parameter == "stream" or plain) else None


def _of_tool_choice(refusal: Refusal) -> Change | None:
    """A forced choice is asked for more and more softly."""
    choice = refusal.draft.fields.get("tool_choice")
    if not ("tool_choice" in refusal.names or _TOOL_CHOICE.search(refusal.said)):
        return None
    if isinstance(choice, dict):
        return Put("tool_choice", "required" if "required" in refusal.said else "auto")
    return Put("tool_choice", "auto") if choice == "required" else None


def _of_tools(refusal: Refusal) -> Change | None:
    """Tools that were offered, where it takes none at all. The one that a structured answer is asked for
    with is no offer: there the form of the answer changes."""
    draft = refusal.draft
    if "tools" not in draft.fields or draft.answer_is_call or "response_format" in refusal.names:
        return None
    named = refusal.names[:1] == ["tools"]
    return Drop("tools") if named or _NO_TOOLS.search(refusal.said) else None


def _of_answer(refusal: Refusal) -> Change | None:
    """The form of a structured answer: one rung further down."""
    if refusal.draft.schema is None or set(refusal.names) - _ABOUT_ANSWERS:
        return None
    rung = next((each.form for each in refusal.known if isinstance(each, AnswerForm)), None)
    words = _CALLING if rung == "tool" else _FORMAT
    if rung == "prompt" or not (_ABOUT_ANSWERS.intersection(refusal.names) or words.search(refusal.said)):
        return None
    return AnswerForm(_NEXT_RUNG[rung])


def _of_fields(refusal: Refusal) -> Change | None:
    """The field that it names kept within stated bounds, renamed, or dropped."""
    name = next((name for name in refusal.names if name not in _STAYING), None)
    if name is None:
        return None
    if clamp := _clamp(name, refusal):
        return clamp
    other = _SECOND_NAMES.get(name)
    tried = {change.name for change in refusal.known if isinstance(change, Rename)}
    return Rename(name, other) if other is not None and other not in tried else Drop(name)


def _clamp(name: str, refusal: Refusal) -> Clamp | None:
    value = refusal.draft.fields[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    least, most = stated_bounds(refusal.said)
    outside = (least is not None and value < least) or (most is not None and value > most)
    again = any(isinstance(change, Clamp) and change.name == name for change in refusal.known)
    return Clamp(name, least, most) if outside and not again else None


_Rule = Callable[[Refusal], Change | None]
_RULES: Final[tuple[_Rule, ...]] = (
    _of_calls,
    _of_extras,
    _of_system,
    _of_stream,
    _of_tool_choice,
    _of_tools,
    _of_answer,
    _of_fields,
)
_ABOUT_ANSWERS: Final = frozenset({"response_format", "tools", "tool_choice"})
_STAYING: Final = NEEDED | {"stream"}

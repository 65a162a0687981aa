"""A completion put together from the chunks of its stream."""

from collections.abc import Mapping
from typing import Any

from duologue.endpoint.loops import LoopDetector
from duologue.endpoint.strictjson import mend_surrogates
from duologue.endpoint.thinking import ThinkingSplitter, unwrap
from duologue.endpoint.toolcalls import ToolCallAssembly
from duologue.messages import ToolCall
from duologue.record.redact_stream import RedactedStreams

_NOTHING = ("", "")
_KNOWN = {"role", "content", "tool_calls", "reasoning_content", "reasoning", "refusal", "function_call"}


class Assembly:
    """What has arrived of one reply. `characters` counts text, reasoning and tool arguments; `pieces`
    counts the chunks that carried any of them."""

    __slots__ = (
        "_calls",
        "_extra",
        "_new_reasoning",
        "_new_text",
        "_reasoning",
        "_reasoning_loops",
        "_redact",
        "_redacting",
        "_splitter",
        "_text",
        "_text_loops",
        "_thought_in",
        "characters",
        "finish_reason",
        "model",
        "pieces",
        "usage",
    )

    def __init__(self, streams: RedactedStreams | None = None) -> None:
        self._redacting = (streams.open(), streams.open()) if streams is not None else None
        self._redact = streams.whole if streams is not None else None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._new_text: list[str] = []
        self._new_reasoning: list[str] = []
        self._splitter = ThinkingSplitter()
        self._calls = ToolCallAssembly()
        self._extra: dict[str, Any] = {}
        self._thought_in = ""
        self._text_loops = LoopDetector()
        self._reasoning_loops = LoopDetector()
        self.finish_reason: str | None = None
        self.usage: Mapping[str, Any] | None = None
        self.model = ""
        self.characters = 0
        self.pieces = 0

    def add(self, chunk: Mapping[str, Any]) -> None:
        """Take in one chunk."""
        usage = chunk.get("usage")
        if usage and isinstance(usage, dict):
            self.usage = usage
        choices = chunk.get("choices")
        if not choices or not isinstance(choices, list) or not isinstance(choices[0], dict):
            return
        choice = choices[0]
        if choice.get("finish_reason"):
            self._finish(choice["finish_reason"], chunk)
        delta = choice.get("delta")
        if delta is None and not self.pieces:
            delta = choice.get("message")
        if delta and isinstance(delta, dict):
            self._take(delta)

    def settle(self) -> tuple[str, str]:
        """The text and the reasoning that the chunks since the last time have added, as far as it is certain
        by now that no secret stands in them."""
        text, reasoning = "".join(self._new_text), "".join(self._new_reasoning)
        self._new_text.clear()
        self._new_reasoning.clear()
        if self._redacting is not None:
            texts, thoughts = self._redacting
            text, reasoning = texts.feed(text) if text else "", thoughts.feed(reasoning) if reasoning else ""
        self._keep(text, reasoning)
        return text, reasoning

    def flush(self, *, whole: bool = True) -> tuple[str, str]:
        """What was held back as the possible start of a tag or of a secret, once the stream has ended. Where
        it broke off, and the reply is not `whole`, the second may well be one: it is dropped."""
        text, reasoning = self._splitter.flush()
        self._new_text.append(text)
        self._new_reasoning.append(reasoning)
        text, reasoning = self.settle()
        if self._redacting is None or not whole:
            return text, reasoning
        rest, thought = (stream.flush() for stream in self._redacting)
        self._keep(rest, thought)
        return text + rest, reasoning + thought

    @property
    def whole(self) -> bool:
        """Whether the endpoint said that the reply is finished."""
        return self.finish_reason is not None

    @property
    def calls_whole(self) -> bool:
        """Whether there are tool calls and nothing is missing in them."""
        return self._calls.whole()

    @property
    def partial(self) -> str:
        """The text so far."""
        self.settle()
        return mend_surrogates("".join(self._text))

    def loops(self) -> bool:
        """Whether the reply has begun to repeat itself without end."""
        return self._text_loops.repeats(self._text) or self._reasoning_loops.repeats(self._reasoning)

    def result(self) -> tuple[str, str, tuple[ToolCall, ...]]:
        """Text, reasoning and tool calls of the whole reply."""
        text = mend_surrogates("".join(self._text))
        reasoning = mend_surrogates("".join(self._reasoning))
        text, reasoning = unwrap(text, reasoning, self._splitter.unclosed())
        return text, reasoning, self._calls.finished(self._redact) if self._calls else ()

    @property
    def extra(self) -> dict[str, Any]:
        """The fields of the endpoint's own that go back with a tool turn, its reasoning among them; empty
        where there are no tool calls."""
        if not self._calls:
            return {}
        thought = mend_surrogates("".join(self._reasoning))
        return {**self._extra, self._thought_in: thought} if self._thought_in else self._extra

    def _keep(self, text: str, reasoning: str) -> None:
        if text:
            self._text.append(text)
        if reasoning:
            self._reasoning.append(reasoning)

    def _take(self, delta: Mapping[str, Any]) -> None:
        content = delta.get("content")
        if content and type(content) is str:
            if self._splitter.plain and "<" not in content:
                text, reasoning = content, ""
            else:
                text, reasoning = self._splitter.split(content)
        else:
            text, reasoning = _parts(content) if content else _NOTHING
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if thought and isinstance(thought, str):
            reasoning = thought + reasoning
            self._thought_in = "reasoning_content" if delta.get("reasoning_content") else "reasoning"
        if not delta.keys() <= _KNOWN:
            self._take_extra(delta)
        calls = delta.get("tool_calls")
        if calls:
            self._take_calls(calls)
        if text or reasoning or calls:
            self.pieces += 1
            self.characters += len(text) + len(reasoning)
        if text:
            self._new_text.append(text)
        if reasoning:
            self._new_reasoning.append(reasoning)

    def _take_extra(self, delta: Mapping[str, Any]) -> None:
        """What comes in pieces is put together: texts and lists are joined, anything else replaced."""
        for key in delta.keys() - _KNOWN:
            value, before = delta[key], self._extra.get(key)
            if not value:
                continue
            joins = isinstance(value, str | list) and type(value) is type(before)
            self._extra[key] = before + value if joins else value

    def _take_calls(self, calls: Any) -> None:
        """Older versions of TGI send a single call, and not a list of them."""
        before = self._calls.characters
        for call in calls if isinstance(calls, list) else [calls]:
            if isinstance(call, dict):
                self._calls.add(call)
        self.characters += self._calls.characters - before

    def _finish(self, reason: Any, chunk: Mapping[str, Any]) -> None:
        self.finish_reason = str(reason)
        model = chunk.get("model")
        self.model = model if isinstance(model, str) else ""
        groq = chunk.get("x_groq")
        if isinstance(groq, dict) and isinstance(groq.get("usage"), dict):
            self.usage = groq["usage"]


def _parts(content: Any) -> tuple[str, str]:
    """Text and reasoning of content given as a list of typed parts."""
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    text = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    thoughts = [_parts(part.get("thinking"))[0] for part in parts if part.get("type") == "thinking"]
    return text, "".join(thoughts)

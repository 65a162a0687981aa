"""What one role has heard and said: the messages that its next call sends.

The talk only grows at its end, so that an endpoint can reuse what it computed for the beginning; when it
outgrows the context window, its older part is left out at once rather than a little at every call.
"""

from collections.abc import Sequence
from typing import Final

from duologue.messages import CHARACTERS_PER_TOKEN, Message

_FULL: Final = 0.75
"""Share of the window that a prompt may fill; the rest is for the answer and for errors of the estimate."""
_KEPT: Final = 0.25
"""Share of the permitted bytes that is kept when the talk is compacted. What is kept has to be computed anew,
since something else stands before it now; the less it is, the longer it lasts until the next time."""

_NOTHING: Final = "(nothing)"
"""Stands where nothing was heard or said: an endpoint takes no empty message, and no two of one role."""


class Talk:
    """One role's talk: a system message, then strictly alternating `user` (heard) and `assistant` (said).

    `window_tokens` is the model's context window; bytes are turned into tokens by the ratio that the
    endpoint's own usage shows, and by the usual estimate before the first usage. With `most_answers` the
    talk begins anew after that many answers, so that its cost grows with its length and no faster.
    """

    def __init__(self, system: str, window_tokens: int, most_answers: int | None = None) -> None:
        self._system = Message("system", system)
        self._history: list[Message] = []
        self._heard: list[str] = []
        self._window_tokens = window_tokens
        self._most_answers = most_answers
        self._bytes_per_token = float(CHARACTERS_PER_TOKEN)
        self._counted = 0
        self._size = len(self._system.encoded)

    def hear(self, text: str) -> None:
        """Something for the role to read; everything heard since it last spoke becomes one message."""
        if words := text.strip():
            self._heard.append(words)

    def say(self, text: str) -> None:
        """What the role itself said in answer to all that it had heard."""
        self._settle()
        if not self._history or self._history[-1].role == "assistant":
            self._append(Message("user", _NOTHING))
        self._append(Message("assistant", text.strip() or _NOTHING))

    def messages(self) -> list[Message]:
        """The whole talk, ending with a `user` message."""
        self._settle()
        return [self._system, *self._history]

    def _settle(self) -> None:
        if self._heard:
            text = "\n\n".join(self._heard)
            self._heard.clear()
            if self._history and self._history[-1].role == "user":
                last = self._history.pop()
                self._size -= len(last.encoded)
                text = f"{last.content}\n\n{text}"
            self._append(Message("user", text))

    def _append(self, message: Message) -> None:
        self._history.append(message)
        self._size += len(message.encoded)

    def instruct(self, system: str) -> None:
        """Give the role another system message."""
        self._size -= len(self._system.encoded)
        self._system = Message("system", system)
        self._size += len(self._system.encoded)

    def learn(self, prompt_tokens: int) -> None:
        """Take the endpoint's own count of the talk as it was just sent as the measure from now on."""
        if prompt_tokens > 0:
            self._settle()
            self._counted = prompt_tokens
            self._bytes_per_token = min(max(self._size / prompt_tokens, 1.0), 8.0)

    def was_cut(self, prompt_tokens: int) -> bool:
        """Whether the endpoint must have dropped messages in silence: a talk only grows, so a count below
        the last one shows it. A count below half of the last leaves out what was in a cache, as some do."""
        return self._counted // 2 < prompt_tokens < self._counted

    def tokens_in(self, size: int) -> int:
        """What this many bytes of the talk come to, by that measure."""
        return round(size / self._bytes_per_token)

    def learn_window(self, tokens: int) -> None:
        """The endpoint said how large its context window is."""
        self._window_tokens = min(self._window_tokens, tokens)

    @property
    def window_tokens(self) -> int:
        """The model's context window, as far as it is known."""
        return self._window_tokens

    @property
    def tokens(self) -> int:
        """About how many tokens the talk has, without what was heard since the last message."""
        return int(self._size / self._bytes_per_token)

    @property
    def size(self) -> int:
        """Bytes of the talk, encoded, without what was heard since the last message."""
        return self._size

    @property
    def _most_bytes(self) -> int:
        return int(self._window_tokens * self._bytes_per_token * _FULL)

    @property
    def is_full(self) -> bool:
        """Whether the talk should be compacted before the next call."""
        heard = sum(len(text.encode("utf-8", "replace")) for text in self._heard)
        return self._size + heard > self._most_bytes or self._is_old

    @property
    def _is_old(self) -> bool:
        if self._most_answers is None:
            return False
        return sum(message.role == "assistant" for message in self._history) >= self._most_answers

    def fits(self) -> bool:
        """Whether the system message alone leaves room for a talk at all."""
        return len(self._system.encoded) < self._most_bytes * 0.8

    def surplus(self) -> int:
        """How many of the oldest messages would have to be left out to get down to a quarter of what may
        be kept; 0 where nothing can be left out."""
        self._settle()
        return self._cut()

    def oldest(self, messages: int, share: float = 1.0) -> list[Message]:
        """The system message and the oldest messages; where they exceed this share of what a prompt may have,
        only the newest of them, beginning with a heard one."""
        size, start = len(self._system.encoded), messages
        for index in range(messages - 1, -1, -1):
            size += len(self._history[index].encoded)
            if size > self._most_bytes * share:
                break
            if self._history[index].role == "user":
                start = index
        return [self._system, *self._history[start:messages]]

    def drop(self, messages: int, note: str) -> None:
        """Leave out the oldest messages; `note` says what they came to and leads what stays."""
        self._settle()
        self._counted = 0
        kept = self._history[messages:]
        if kept and kept[0].role == "user":
            kept[0] = Message("user", f"{note}\n\n{kept[0].content}")
        self._replace(kept)

    def size_without(self, messages: int) -> int:
        """Bytes of the talk without its oldest messages."""
        return self._size - sum(len(message.encoded) for message in self._history[:messages])

    def _cut(self) -> int:
        """The index of the first message kept: a heard one, the newest two exchanges at the latest."""
        kept = 0.0 if self._most_answers is not None else _KEPT
        allowed = int(self._most_bytes * kept) - len(self._system.encoded)
        heard = [index for index, message in enumerate(self._history) if message.role == "user"]
        size, start = 0, len(self._history)
        for index in range(len(self._history) - 1, -1, -1):
            size += len(self._history[index].encoded)
            if size > allowed:
                break
            start = index
        return next((index for index in heard if index >= start), heard[-1] if heard else 0)

    def _replace(self, history: Sequence[Message]) -> None:
        self._history = list(history)
        self._size = len(self._system.encoded) + sum(len(message.encoded) for message in history)

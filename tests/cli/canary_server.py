"""An endpoint that repeats secrets wherever a reply has room for them, a few letters at a time."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.answering import Answering, listening_at

_PIECE = 5


@dataclass
class Parrot:
    """The server: `secrets` are what it says, `heads` and `bodies` what it was sent; while it answers, it
    looks into `watched` for them, and `leaks` names the files where they stood. Where it `redirects`, that is
    all it answers to a completion."""

    secrets: tuple[str, ...]
    watched: Path
    redirects: str | None = None
    url: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    leaks: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def said(self) -> str:
        return " and ".join(self.secrets)

    def look(self) -> None:
        """Whether a secret is written by now."""
        for path in self.watched.rglob("*"):
            if path.is_file() and any(secret.encode() in path.read_bytes() for secret in self.secrets):
                self.leaks.add(path.name)

    def answer(self, model: str) -> list[dict[str, Any]]:
        """The deltas of the model's next answer."""
        self.asked[model] += 1
        thought = {"reasoning_content": f"I remember {self.said}."}
        if model == "user":
            return _cut(thought) + _cut({"content": f"Write down {self.said}, please."})
        if model == "judge":
            return _cut({"content": self._verdict()})
        if self.asked[model] == 2:
            return _cut_call(json.dumps({"text": self.said, "also": self.said}).replace("a", "\\u0061", 9))
        text = f"<think>{self.said}</think>Here.\n\n<result>\nThey are {self.said}.\n</result>"
        return _cut(thought) + _cut({"content": text})

    def _verdict(self) -> str:
        evidence = [{"where": "result", "quote": "They are"}]
        words = [{"id": "c1", "state": "met", "reason": f"{self.said} stand there.", "evidence": evidence}]
        value = {"thinking": self.said, "criteria": words, "decision": "done", "summary": f"All {self.said}."}
        return json.dumps(value).replace("a", "\\u0061") if self.asked["judge"] == 1 else json.dumps(value)


def _cut(message: dict[str, str]) -> list[dict[str, Any]]:
    ((key, text),) = message.items()
    return [{key: text[n : n + _PIECE]} for n in range(0, len(text), _PIECE)]


def _cut_call(arguments: str) -> list[dict[str, Any]]:
    pieces = [arguments[n : n + _PIECE] for n in range(0, len(arguments), _PIECE)]
    calls = [{"index": 0, "function": {"arguments": piece}} for piece in pieces]
    calls[0] |= {"id": "t1", "type": "function", "function": {"name": "note", "arguments": pieces[0]}}
    return [{"tool_calls": [call]} for call in calls]


@contextmanager
def repeating(parrot: Parrot) -> Iterator[Parrot]:
    """The server on a free port of loopback, while the context lasts."""

    class Handler(Answering):
        def do_GET(self) -> None:
            parrot.heads.append(str(self.headers))
            self.answer_json(200, {"object": "list", "data": [{"id": "user"}]})

        def do_POST(self) -> None:
            parrot.heads.append(str(self.headers))
            raw = self.asked()
            parrot.bodies.append(raw)
            model = json.loads(raw)["model"]
            if parrot.redirects:
                return self.answer_json(307, {"error": parrot.said}, Location=parrot.redirects)
            if not parrot.asked["failed"]:
                parrot.asked["failed"] += 1
                error = {"message": f"No {parrot.said}", "code": parrot.said}
                return self.answer_json(500, {"error": error}, **{"retry-after": "0.01"})
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            for delta in parrot.answer(model):
                self._event(model, delta, None)
            parrot.look()
            if model == "assistant" and not parrot.asked["broken"]:
                # The first answer of the assistant breaks off with a secret half said.
                parrot.asked["broken"] += 1
                self._event(model, {"content": parrot.said[:-4]}, None)
                self.close_connection = True
                return None
            self._event(model, {}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True
            return None

        def _event(self, model: str, delta: dict[str, Any], reason: str | None) -> None:
            chunk = {"model": model, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    with listening_at(Handler) as port:
        parrot.url = f"http://127.0.0.1:{port}/v1"
        yield parrot

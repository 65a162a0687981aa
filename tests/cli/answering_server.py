"""An endpoint on a real socket whose every answer is a pure function of what it is asked.

It plays all three roles through a talk of several steps in which much goes wrong: criteria that cannot be
read at first, tools that were not offered, judges that babble, verdicts without basis, a promise, a claim.
"""

import json
import random
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

STEPS: Final = 8
_STEP: Final = re.compile(r"Step (\d+):")
_WORDS: Final = (
    *("amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "kelp"),
    *("lagoon", "marsh", "north", "otter", "pier", "quay", "reed", "shoal", "tide", "upland", "vale"),
    *("willow", "yard", "zephyr", "anchor", "beacon", "cove", "dune", "estuary", "ferry", "gull"),
)
_PIECES: Final = 4


@dataclass
class Answering:
    """A server of as many endpoints as are named: `asked` holds the bodies of the requests for completions
    that came to each, `pause_s` passes between the pieces of an answer; once it is `gone`, it breaks
    off every connection."""

    pause_s: float = 0.0
    origin: str = ""
    asked: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    gone: bool = False

    def url(self, name: str) -> str:
        """The base URL of the endpoint of that name."""
        return f"{self.origin}/{name}/v1"


def answer(body: Mapping[str, Any]) -> dict[str, Any]:
    """The message that this request is answered with."""
    messages = body["messages"]
    last = messages[-1]
    said = [int(n) for message in messages for n in _STEP.findall(message["content"] or "")]
    step = said[-1] if said else 0
    match body["model"]:
        case "user":
            return _user(step + 1, last["role"] == "tool")
        case "assistant":
            return _assistant(step, last["role"] == "tool")
        case _:
            return {"content": _judge(step, last["content"], _ids(body), len(messages))}


def _words(step: int, count: int) -> str:
    return " ".join(random.Random(step).choices(_WORDS, k=count))


def _user(step: int, refused: bool) -> dict[str, Any]:
    if step == 2 and not refused:
        return _tool(step)
    claim = "<goal-reached/>\n\n" if step == 5 else ""
    return {"content": f"{claim}Step {step}: write the line about {_words(step, 12)}."}


def _assistant(step: int, refused: bool) -> dict[str, Any]:
    if step == 3:
        return {"content": "Step 3: I will do it at once."}
    if step in (2, 6) and not refused:
        return _tool(step)
    return {"content": f"Step {step}: {_words(step + 100, 60)}\n<result>\n{_line(step)}\n</result>"}


def _line(step: int) -> str:
    return f"Line {step} of the list: {_words(step + 200, 20)}"


def _tool(step: int) -> dict[str, Any]:
    function = {"name": "shell", "arguments": '{"command": "ls"}'}
    signed = {"extra_content": {"signature": f"s{step}"}}
    return {
        "content": "",
        "tool_calls": [{"id": f"t{step}", "type": "function", "function": function, **signed}],
    }


def _ids(body: Mapping[str, Any]) -> list[str]:
    properties = body["response_format"]["json_schema"]["schema"]["properties"]
    items = properties["criteria"]["items"]
    return items["properties"]["id"]["enum"] if "properties" in items else []


def _judge(step: int, last: str, ids: list[str], messages: int) -> str:
    if not ids:
        return "Let me think." if messages == 2 else '{"criteria": ["The list is whole."]}'
    if step % 3 == 1 and not last.startswith("That was not"):
        return "I am not quite sure about that."
    quote = _line(step) if step >= STEPS else "no such words"
    decision = "done" if step >= STEPS or step % 3 == 2 else "continue"
    evidence = [{"where": "result", "quote": quote}] if decision == "done" else []
    state = "met" if decision == "done" else "unmet"
    words = [{"id": id_, "state": state, "reason": "So it is.", "evidence": evidence} for id_ in ids]
    return json.dumps({"criteria": words, "decision": decision, "summary": f"Line {step} was looked at."})


@contextmanager
def answering(pause_s: float = 0.0) -> Iterator[Answering]:
    """The server on a free port of loopback, while the context lasts."""
    state = Answering(pause_s)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            data = json.dumps({"object": "list", "data": [{"id": "user"}, {"id": "assistant"}]}).encode()
            self._head("application/json")
            self._piece(data)
            self._piece(b"")

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            raw = self.rfile.read(length)
            if len(raw) < length:
                # The client was killed before it had asked.
                self.close_connection = True
                return
            if state.gone:
                self.close_connection = True
                return
            state.asked[self.path.split("/")[1]].append(raw)
            body = json.loads(raw)
            message = answer(body)
            prompt, completion = len(raw) // 4, len(json.dumps(message)) // 4
            usage = {"prompt_tokens": prompt, "completion_tokens": completion}
            self._head("text/event-stream")
            for delta in _deltas(message):
                time.sleep(state.pause_s)
                self._event(body["model"], choices=[{"index": 0, "delta": delta, "finish_reason": None}])
            self._event(body["model"], choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
            self._event(body["model"], choices=[], usage=usage)
            self._piece(b"data: [DONE]\n\n")
            self._piece(b"")

        def _event(self, model: str, **fields: Any) -> None:
            chunk = {"object": "chat.completion.chunk", "model": model, **fields}
            self._piece(b"data: " + json.dumps(chunk).encode() + b"\n\n")

        def _head(self, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()

        def _piece(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that was killed is what this server is there for; anything else is a defect."""
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(request, client_address)

    with Server(("127.0.0.1", 0), Handler) as server:
        state.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def _deltas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    text = message["content"]
    size = len(text) // _PIECES + 1
    for start in range(0, max(len(text), 1), size):
        yield {"role": "assistant", "content": text[start : start + size]}
    if "tool_calls" in message:
        yield {"tool_calls": [{"index": n, **call} for n, call in enumerate(message["tool_calls"])]}

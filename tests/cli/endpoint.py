"""An endpoint of a few lines on a real socket, which counts what it is asked."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers.answering import Answering, listening_at


@dataclass
class Endpoint:
    """Lists these models, where no key is wanted or this one comes, and answers every completion with the
    same text, or with these in turn, as the model `served`, and reports this usage, or refuses it with the
    status `refuses`, as it does where tools are offered that it does not take; `bodies` holds the requests
    for completions, `asked` counts them, `sent` holds the credentials that came."""

    models: Sequence[str] = ("small",)
    key: str | None = None
    text: str = "Write it in one line."
    texts: Sequence[str] = ()
    usage: dict[str, object] = field(default_factory=dict)
    served: str = "small"
    url: str = ""
    refuses: int | None = None
    takes_tools: bool = True
    bodies: list[Any] = field(default_factory=list)
    sent: set[str | None] = field(default_factory=set)
    asked: int = 0
    listed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def listening(endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint on a free port of loopback, while the context lasts."""

    class Handler(Answering):
        def do_GET(self) -> None:
            with endpoint.lock:
                endpoint.listed += 1
                endpoint.sent.add(self.headers.get("authorization"))
            if endpoint.key and self.headers.get("authorization") != f"Bearer {endpoint.key}":
                self.answer_json(401, {"error": {"message": "A key is wanted.", "code": "invalid_api_key"}})
            else:
                data = [{"id": name, "object": "model"} for name in endpoint.models]
                self.answer_json(200, {"object": "list", "data": data})

        def do_POST(self) -> None:
            body = json.loads(self.asked())
            with endpoint.lock:
                text = [endpoint.text, *endpoint.texts][min(endpoint.asked + 1, len(endpoint.texts))]
                endpoint.asked += 1
                endpoint.bodies.append(body)
                endpoint.sent.add(self.headers.get("authorization"))
            if endpoint.refuses is not None:
                self.answer_json(endpoint.refuses, {"error": {"message": "Not now."}})
                return
            if "tools" in body and not endpoint.takes_tools:
                self.answer_json(
                    500, {"error": {"code": 500, "message": "tools param requires --jinja flag"}}
                )
                return
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self.answer_json(200, {"model": endpoint.served, "choices": [choice], "usage": endpoint.usage})

    with listening_at(Handler) as port:
        endpoint.url = f"http://127.0.0.1:{port}/v1"
        yield endpoint

"""A server on loopback that lists hostile models, and answers everything else with hostile words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.servers.answering import Answering, listening_at


@contextmanager
def hostile_endpoint(words: Sequence[str]) -> Iterator[str]:
    """Its base URL."""
    listed = {"object": "list", "data": [{"id": word, "object": "model"} for word in words]}
    refused = {"error": {"message": " ".join(words), "code": words[0], "type": words[1]}}

    class Answers(Answering):
        def do_GET(self) -> None:
            """The models, wherever they are asked for."""
            self.answer_json(200, listed) if self.path.endswith("/models") else self.answer_json(404, refused)

        def do_POST(self) -> None:
            """A refusal."""
            self.asked()
            self.answer_json(400, refused)

    with listening_at(Answers) as port:
        yield f"http://127.0.0.1:{port}/v1"

"""A server on loopback that lists hostile models, and answers everything else with hostile words."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def hostile_endpoint(words: Sequence[str]) -> Iterator[str]:
    """Its base URL."""
    listed = json.dumps({"object": "list", "data": [{"id": word, "object": "model"} for word in words]})
    refused = json.dumps({"error": {"message": " ".join(words), "code": words[0], "type": words[1]}})

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The models, wherever they are asked for."""
            self._answer(200, listed) if self.path.endswith("/models") else self._answer(404, refused)

        def do_POST(self) -> None:
            """A refusal."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(400, refused)

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()

"""What servers of a few lines share: an answer sent whole, and a port of loopback to listen at."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answering(BaseHTTPRequestHandler):
    """Keeps its connections, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def asked(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers["content-length"]))

    def answer(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        """Send this, whole."""
        self.send_response(status)
        for name, text in {"content-type": kind, "content-length": str(len(content)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def answer_json(self, status: int, value: object, **headers: str) -> None:
        """Send this as JSON, whole."""
        self.answer(status, json.dumps(value).encode(), **headers)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def listening_at(handler: Callable[..., BaseHTTPRequestHandler], port: int = 0) -> Iterator[int]:
    """The port of loopback, a free one where none is named, at which `handler` answers while this lasts."""
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()

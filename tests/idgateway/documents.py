"""An application's own web server on a free port of the loopback: documents to be fetched, and what can go wrong there."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Documents:
    """What stands where, by path; ``asked`` are the paths in the order in which they were fetched."""

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=dict)
    pauses: dict[str, float] = field(default_factory=dict)  # seconds before each byte
    endless: set[str] = field(default_factory=set)  # without a length: goes on until nobody listens
    asked: list[str] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    def put(self, path: str, content: object) -> str:
        """Let this stand there, as JSON unless it is bytes; gives its address."""
        self.bodies[path] = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.url + path


@contextmanager
def documents() -> Iterator[Documents]:
    """Serve until the block ends."""
    shown = Documents()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.asked.append(self.path)
            shown.heads.append(dict(self.headers))
            body = shown.bodies.get(self.path, b"")
            self.send_response(shown.statuses.get(self.path, 200 if self.path in shown.bodies else 404))
            if self.path in shown.locations:
                self.send_header("Location", shown.locations[self.path])
            if self.path not in shown.endless:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self._say(body)
            except OSError:
                return

        def _say(self, body: bytes) -> None:
            pause = shown.pauses.get(self.path)
            if pause is None and self.path not in shown.endless:
                self.wfile.write(body)
                return
            for at in range(len(body)):
                time.sleep(pause or 0)
                self.wfile.write(body[at : at + 1])
            while self.path in shown.endless:
                self.wfile.write(b" " * 65536)

        def log_message(self, *_given: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shown.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield shown
    finally:
        server.shutdown()
        server.server_close()

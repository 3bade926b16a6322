"""An application's address for back-channel logouts: takes every post, answers as it was told to."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class Listener:
    """What came, newest last; ``status`` is what the next one is answered with."""

    url: str = ""
    status: int = 200
    location: str = ""
    heard: list[dict] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


def listening() -> tuple[Listener, ThreadingHTTPServer]:
    """Start one on a free port of the loopback."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            listener.kinds.append(self.headers["Content-Type"])
            listener.heard.append(parse_qs(body, strict_parsing=True))
            self.send_response(listener.status)
            if listener.location:
                self.send_header("Location", listener.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/told"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return listener, server

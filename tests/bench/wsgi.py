"""A browser of fifty lines that calls a WSGI application in this process: what is timed is the application alone.

What the browser does itself, its cookies above all, runs beside the watch.
"""

import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from tests.bench.measure import Watch


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return next(value for name, value in self.headers if name.lower() == "location")


class Caller:
    """Keeps cookies between calls, as one browser or one program would."""

    def __init__(self, application: Any, origin: str, watch: Watch | None = None) -> None:
        """``origin`` is what the application believes to be called as, e.g. ``http://localhost:8080``."""
        self._application = application
        self._watch = watch or Watch()
        self._origin = urlsplit(origin)
        self.cookies: dict[str, str] = {}

    def get(self, target: str, *, token: str = "") -> Answer:
        """GET a path or URL, with an access token where it needs one."""
        return self._call("GET", target, b"", {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {})

    def post(self, target: str, form: bytes) -> Answer:
        """POST a form that is encoded already: that is the caller's work, not the application's."""
        return self._call("POST", target, form, {})

    def _call(self, method: str, target: str, body: bytes, more: dict[str, str]) -> Answer:
        begun: list[Any] = []
        environ = self._environ(method, target, body) | more
        with self._watch:
            pieces: Iterable[bytes] = self._application(
                environ, lambda status, found, _=None: begun.extend((status, found))
            )
            try:
                content = b"".join(pieces)
            finally:
                if hasattr(pieces, "close"):
                    pieces.close()
        self._keep(begun[1])
        return Answer(status=int(begun[0][:3]), headers=tuple(begun[1]), body=content)

    def _environ(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        parts = urlsplit(target)
        cookies = {"HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": self._origin.hostname,
            "SERVER_PORT": str(self._origin.port or 80),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "203.0.113.7",
            "HTTP_HOST": self._origin.netloc,
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self._origin.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **(cookies if self.cookies else {}),
        }

    def _keep(self, headers: Iterable[tuple[str, str]]) -> None:
        for name, value in headers:
            if name.lower() == "set-cookie":
                for cookie in SimpleCookie(value).values():
                    self.cookies[cookie.key] = cookie.value

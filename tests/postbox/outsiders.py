"""Outsiders on the loopback: a time-stamping authority that really signs, or lies as told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from postbox.channels.timestamps import Authority as Known
from runtime.demo.stamps.app import create_app
from runtime.demo.stamps.authority import Authority
from tests.postgresql import free_port


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application, answering; its address."""
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def stamping(clock: Callable[[], datetime]) -> Iterator[Callable[..., Any]]:
    """``known(fault)`` gives the authority as the postbox knows it, with that fault; nothing: honest."""
    authority = Authority.fresh(clock())
    with served(create_app(authority, clock)) as url:
        yield lambda fault="": Known(name=f"tsa{fault}", url=f"{url}/{fault}", anchors=(authority.root,))

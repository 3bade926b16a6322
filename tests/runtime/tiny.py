"""Tiny programs for the supervisor's tests."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

from runtime.supervisor import Child, Janitor, run


def app():
    """A web application that says who it is; /stuck keeps its thread for long."""

    def answer(environ, start_response):
        if environ["PATH_INFO"] == "/stuck":
            time.sleep(60)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]

    return answer


def sick_app():
    """A web application that cannot start."""
    raise RuntimeError("no such table")


def idle() -> int:
    """A worker that ends in order."""
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    while not stopped:
        time.sleep(0.02)
    note = os.environ.get("TINY_NOTE")
    if note:
        Path(note).write_text("ended in order")
    return 0


def stubborn() -> int:
    """A worker that ignores SIGTERM and has a child of its own that does the same."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.fork()
    while True:
        time.sleep(1)


def brief() -> int:
    """A worker that ends by itself."""
    time.sleep(0.5)
    return 3


def catcher() -> int:
    """A listener that is no web server."""
    with socket.create_server(("127.0.0.1", int(os.environ["TINY_PORT"]))) as server:
        while True:
            server.accept()[0].close()


def main() -> None:
    """``tiny.py MODE GATE POSTBOX``: run a tiny house until it is stopped; prints ready, pids and the folder."""
    mode, *ports = sys.argv[1:]
    module = "tests.runtime.tiny"
    children = [
        Child(name="gate", target=f"{module}:app", web=True, listen=f"127.0.0.1:{ports[0]}"),
        Child(name="postbox", target=f"{module}:app", web=True, listen=f"127.0.0.1:{ports[1]}", processes=2),
        Child(name="worker", target=f"{module}:idle"),
    ]
    extra = {
        "stubborn": Child(name="extra", target=f"{module}:stubborn"),
        "brief": Child(name="extra", target=f"{module}:brief"),
        "sick": Child(name="extra", target=f"{module}:sick_app", web=True, listen=f"127.0.0.1:{ports[-1]}"),
        "catcher": Child(
            name="extra",
            target=f"{module}:catcher",
            listen=f"127.0.0.1:{ports[-1]}",
            environment={"TINY_PORT": ports[-1]},
        ),
    }
    if mode in extra:
        children.append(extra[mode])
    with Janitor.hired() as janitor:
        folder = janitor.temporary_folder("idgateway-test-")
        (folder / "data").mkdir()
        (folder / "data" / "file").write_text("x")
        print(f"folder {folder}", flush=True)
        print(f"janitor {janitor.pid}", flush=True)
        run(children, on_ready=lambda: print("ready", flush=True), janitor=janitor)
    print("over", flush=True)


if __name__ == "__main__":
    main()

"""Downloads over a real connection: what the server sees break never counts, whatever part was asked for."""

import dataclasses
import socket
import threading
import time
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from postbox.delivery.jobs import run_due
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.pages import sessions
from postbox.proof.events import EventType
from runtime.shell import dress
from tests.postbox.conftest import NOON, VIERNHEIM, caller, pdf, submission, upload
from tests.postbox.delivery.test_declarations import reader
from tests.postbox.pages.conftest import happened

LARGE = 33 * 1024 * 1024  # more than any socket's buffers take
OFFERED, HANDED, BROKEN = EventType.HANDOVER_OFFERED, EventType.CONTENT_HANDOVER, EventType.CONTENT_HANDOVER_FAILURE


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def settings(settings):
    """A postbox that takes large documents."""
    return dataclasses.replace(settings, max_document_bytes=2 * LARGE)


@pytest.fixture
def port(app):
    """The dressed postbox on a free port of the loopback."""
    server = make_server("127.0.0.1", 0, dress(app, title="Postfach"), handler_class=Quiet)
    server.handle_error = lambda *_: None  # a client that goes is no fault of the server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def saved(box, recipient, clock):
    """The address of a large document's ticket, the notice, and the citizen's cookie."""
    from postbox.delivery.handover import issue_ticket
    from postbox.store import notices

    document = pdf(pad=LARGE)
    notice = submit(box, submission(recipient, upload(document)), caller(), clock()).notice
    run_due(box, clock())
    who = reader(box, notice)
    handle = sessions.begin(
        box.database, box.keyring, kind="citizen", mailbox=who.mailbox, level="high", claims={}, now=NOON
    )
    session = sessions.find(box.database, box.keyring, handle=handle, kind="citizen", now=NOON)
    who = dataclasses.replace(who, session_hash=session.handle_hash, level="high")
    with box.database.read() as connection:
        (row,) = notices.documents_of(connection, notice)
    ticket = issue_ticket(box, document_id=row["id"], reader=who, now=clock())
    return f"/save/{ticket}", notice, f"__Host-postbox={handle}", len(document)


def ask(port, path, cookie, *, take, method="GET", **headers):
    """Send a request, take so many bytes of the answer at most, and go."""
    lines = [f"{method} {path} HTTP/1.1", "Host: postbox.test", f"Cookie: {cookie}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        taken = bytearray()
        while len(taken) < take and (piece := connection.recv(min(take, 65536))):
            taken += piece
    return bytes(taken)


def settled(box, notice, kind):
    """The events once the server noticed; it may take a moment."""
    ends = time.monotonic() + 10
    while kind not in happened(box, notice) and time.monotonic() < ends:
        time.sleep(0.02)
    return [one for one in happened(box, notice) if one in {OFFERED, HANDED, BROKEN}]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_download_that_breaks_never_counts_and_the_whole_one_does(box, saved, port):
    """Gone after a kilobyte: offered and broken. A part asked for and dropped: the same. The whole: handed over."""
    path, notice, cookie, size = saved
    head = ask(port, path, cookie, take=1024, method="HEAD").split(b"\r\n")[0]
    assert b"405" in head
    assert happened(box, notice)[-1] is EventType.CONSIGNMENT_NOTIFICATION
    ask(port, path, cookie, take=1024)
    assert settled(box, notice, BROKEN) == [OFFERED, BROKEN]
    ask(port, path, cookie, take=1024, Range="bytes=0-499")  # parts are not served: the whole comes, and breaks again
    ask(port, path, cookie, take=1024, Purpose="prefetch")
    assert standing(box, VIERNHEIM, notice).row["retrieved_at"] is None
    answer = ask(port, path, cookie, take=2 * LARGE, Range=f"bytes=0-{size - 1}")
    headers, _, body = answer.partition(b"\r\n\r\n")
    assert b"200 OK" in headers.split(b"\r\n")[0]
    assert len(body) == size
    assert settled(box, notice, HANDED) == [OFFERED, BROKEN, HANDED]
    assert standing(box, VIERNHEIM, notice).row["retrieved_at"] is not None

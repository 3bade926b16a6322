"""HTTP to a provider: bounded, never redirected, never compressed, and with nobody's password but ours."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from idgateway.errors import UpstreamUnavailable
from idgateway.upstream.oidc import transport
from idgateway.upstream.oidc.peer import read_discovery


@contextmanager
def saying(*parts: bytes, pause: float = 0.0) -> Iterator[tuple[str, list[bytes]]]:
    """A server that says these bytes to whoever asks, part by part; gives its address and what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        heard.append(connection.recv(65536))
                        for part in parts:
                            connection.sendall(part)
                            time.sleep(pause)
            except OSError:
                return  # the test is over, or the other side had enough

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def answer(body: bytes, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 200 OK", b"Content-Type: application/json", b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_an_honest_answer():
    """One object comes back as it was sent."""
    with saying(answer(b'{"a": 1}')) as (url, _):
        assert transport.fetch(url) == {"a": 1}


def test_a_chunked_answer_is_whole():
    """Chunks are put together, whatever their number."""
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (b'{"a"', b": ", b"1}")]
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with saying(head, *chunks, b"0\r\n\r\n", pause=0.01) as (url, _):
        assert transport.fetch(url) == {"a": 1}


@pytest.mark.parametrize(
    "said",
    [
        answer(gzip.compress(b'{"a": 1}'), b"Content-Encoding: gzip"),
        answer(b'{"a": 1, "a": 2}'),
        answer(b'{"a": ' + b"[" * 60_000 + b"]" * 60_000 + b"}"),
        answer(b'{"a": "' + b"x" * transport.MAX_BYTES + b'"}'),
        answer(b"\xff\xfe"),
        answer(b""),
    ],
    ids=["compressed", "twice", "deep", "large", "no text", "empty"],
)
def test_answers_that_are_no_answers(said):
    """Compressed, doubled, deep, large or empty: one error, and quickly."""
    began = time.monotonic()
    with saying(said) as (url, _), pytest.raises(UpstreamUnavailable) as refused:
        transport.fetch(url)
    assert refused.value.code == "nonsense"
    assert time.monotonic() - began < 2


def test_a_dripping_answer_ends(monkeypatch):
    """One byte at a time never outlasts the deadline: each byte alone would be in time."""
    monkeypatch.setattr(transport, "DEADLINE", 0.3)
    body = b'{"a": "' + b"x" * 2000 + b'"}'
    parts = [answer(body)[: -len(body)], *(body[i : i + 1] for i in range(len(body)))]
    began = time.monotonic()
    with saying(*parts, pause=0.02) as (url, _), pytest.raises(UpstreamUnavailable) as refused:
        transport.fetch(url)
    assert refused.value.code == "nonsense"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("scheme", "begins", "drop"),
    [("http", b"HTTP/1.1 200 OK\r\nX: ", b"y"), ("https", b"\x16\x03\x03\x40\x00", b"\x02")],
    ids=["headers", "handshake"],
)
def test_headers_and_handshake_that_drip_end_too(monkeypatch, scheme: str, begins: bytes, drop: bytes):
    """What comes before the body is no way to hold a login up; the same server in a hurry is read (above)."""
    monkeypatch.setattr(transport, "DEADLINE", 0.3)
    began = time.monotonic()
    with saying(begins, *[drop] * 100, pause=0.05) as (url, _), pytest.raises(UpstreamUnavailable):
        transport.fetch(url.replace("http:", f"{scheme}:"))
    assert time.monotonic() - began < 3


def test_no_password_of_the_machine_travels_along(tmp_path, monkeypatch):
    """A .netrc entry for the provider's host is not sent, and our bearer token is not replaced by it."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with saying(answer(b"{}")) as (url, heard):
        transport.fetch(url)
        transport.send("GET", url, authorization="Bearer ours")
    assert b"uthorization" not in heard[0]
    assert b"Authorization: Bearer ours" in heard[1]


@pytest.mark.parametrize("name", ["jwks_uri", "userinfo_endpoint", "pushed_authorization_request_endpoint"])
@pytest.mark.parametrize(
    ("issuer", "address", "good"),
    [
        ("https://konto.land.example", "https://keys.land.example/x", True),
        ("https://konto.land.example", "http://127.0.0.1:9/x", False),
        ("https://konto.land.example", "https://localhost/x", False),
        ("https://konto.land.example", "http://169.254.169.254/latest", False),
        ("http://127.0.0.1:8081", "http://127.0.0.1:9/x", True),
    ],
)
def test_a_provider_elsewhere_cannot_send_us_to_our_own_machine(name, issuer, address, good):
    """Request forgery: an https issuer may name any https host but not the loopback; on it, one may."""
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    document = {"issuer": issuer, **dict.fromkeys(names, f"{issuer}/x"), name: address}
    if good:
        assert address in vars(read_discovery(document, issuer)).values()
        return
    with pytest.raises(UpstreamUnavailable) as refused:
        read_discovery(document, issuer)
    assert refused.value.code == "discovery"

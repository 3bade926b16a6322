"""The hardened way out: no detour leads inside, and nobody holds the line longer than we want (catalogue J14, S10)."""

import socket
import threading
import time

import pytest

from idgateway.errors import UpstreamUnavailable
from idgateway.provider import reach

INSIDE = (
    "10.0.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",  # 10.0.0.1 behind a translator (RFC 6052)
    "64:ff9b::a9fe:a9fe",
    "2002:a00:1::1",
    "2001::1",
    "fc00::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)
PUBLIC = ("9.9.9.9", "2620:fe::9", "64:ff9b::909:909")


@pytest.mark.parametrize("address", INSIDE)
def test_j14_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch, address: str):
    """J14: private, link-local, multicast, and whatever translates to them; one such answer among good ones is enough."""
    found = [(0, 0, 0, "", (one, 443)) for one in ("9.9.9.9", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: found)
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.post("https://town.example/told", b"", demo=False, headers={})
    assert refused.value.code == "address"


@pytest.mark.parametrize("address", PUBLIC)
def test_j14_a_public_address_is_called_itself(monkeypatch: pytest.MonkeyPatch, address: str):
    """The twin: it is called at exactly the address that was looked at, whatever its name says a moment later."""
    called = []

    def refuse(where: tuple[str, int], **_more: object) -> socket.socket:
        called.append(where)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: [(0, 0, 0, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.post("https://town.example/told", b"", demo=False, headers={})
    assert refused.value.code == "unreachable"
    assert called == [(address, 443)]


def test_a_handshake_that_drips_meets_the_deadline(monkeypatch: pytest.MonkeyPatch):
    """A server that sends its side of the TLS handshake byte by byte would never run into the time between two bytes."""
    monkeypatch.setattr(reach, "DEADLINE", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = server.accept()
        with line:
            line.sendall(b"\x16\x03\x03\x40\x00")  # a handshake record of 16 KiB
            for _ in range(100):
                try:
                    line.sendall(b"\x02")
                except OSError:
                    return
                time.sleep(0.05)

    threading.Thread(target=drip, daemon=True).start()
    begun = time.monotonic()
    with server, pytest.raises(UpstreamUnavailable) as refused:
        reach.post(f"https://127.0.0.1:{server.getsockname()[1]}/", b"", demo=True, headers={})
    assert refused.value.code == "unreachable"
    assert time.monotonic() - begun < 2

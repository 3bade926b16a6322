"""The hardened way out: no detour leads inside, and nobody holds the line longer than we want (catalogue J14, S10)."""

import socket
import threading
import time

import pytest

from idgateway.errors import UpstreamUnavailable
from idgateway.provider import reach
from tests.idgateway.documents import Documents, documents

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
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.get("https://town.example/jwks", demo=False, accept="*/*")
    assert refused.value.code == "unreachable"
    assert called == [(address, 443)] * 2


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


@pytest.fixture
def theirs():
    """An application's own web server."""
    with documents() as shown:
        yield shown


@pytest.mark.parametrize("address", INSIDE)
def test_j14_t9_no_document_is_fetched_from_inside(monkeypatch: pytest.MonkeyPatch, address: str):
    """J14, T8, T9: keys, lists of addresses and signed requests stand outside, or nowhere."""
    found = [(0, 0, 0, "", (one, 443)) for one in ("9.9.9.9", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: found)
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.get("https://town.example/jwks", demo=False, accept="*/*")
    assert refused.value.code == "address"


@pytest.mark.parametrize(
    "url", ["http://town.example/jwks", "file:///etc/passwd", "ftp://town.example/", "https://a:b@town.example/", "x"]
)
def test_j14_only_https_is_fetched(url: str):
    """In the demo plain http on this machine, and nowhere else."""
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.get(url, demo=True, accept="*/*")
    assert refused.value.code == "address"


def test_j14_this_machine_is_reached_in_the_demo_only(theirs: Documents):
    """The twin of all that are refused: the same address, and the flag alone decides."""
    url = theirs.put("/here", b"said")
    assert reach.get(url, demo=True, accept="*/*") == b"said"
    with pytest.raises(UpstreamUnavailable):
        reach.get(url, demo=False, accept="*/*")
    with pytest.raises(UpstreamUnavailable):
        reach.get(url.replace("http://", "https://"), demo=False, accept="*/*")
    assert len(theirs.asked) == 1


def test_j14_a_redirect_is_no_document(theirs: Documents):
    """It is not followed, not even to a good one."""
    url, theirs.locations["/there"] = theirs.put("/there", b"x"), theirs.put("/here", b"said")
    theirs.statuses["/there"] = 302
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.get(url, demo=True, accept="*/*")
    assert refused.value.code == "status-302"
    assert theirs.asked == ["/there"]


def test_j14_a_document_without_end_is_cut(theirs: Documents):
    """Whatever its length is said to be, or where none is said."""
    url = theirs.put("/endless", b"x")
    theirs.endless.add("/endless")
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.get(url, demo=True, accept="*/*")
    assert refused.value.code == "too-large"


@pytest.mark.parametrize("measured", [True, False], ids=["with its length", "without"])
def test_j14_a_document_that_drips_meets_the_deadline(
    monkeypatch: pytest.MonkeyPatch, theirs: Documents, measured: bool
):
    """What came until then is not taken for all of it."""
    monkeypatch.setattr(reach, "DEADLINE", 0.3)
    url, theirs.pauses["/slow"] = theirs.put("/slow", b"x" * 100), 0.03
    if not measured:
        theirs.endless.add("/slow")
    begun = time.monotonic()
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.get(url, demo=True, accept="*/*")
    assert refused.value.code == "unreachable"
    assert time.monotonic() - begun < 2
    theirs.pauses["/slow"] = 0.0
    if measured:
        assert reach.get(url, demo=True, accept="*/*") == b"x" * 100

"""Plan oidcc-backchannel-rp-initiated-logout-certification-test-plan, and what a worker does when nobody answers."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from idgateway.errors import UpstreamUnavailable
from idgateway.outbox import Outbox, run_due
from idgateway.provider import reach
from idgateway.store import tables
from idgateway.telemetry import Telemetry
from keys.tokens import verify_token
from runtime.database import Database
from tests.idgateway.conformance.listener import Listener, listening
from tests.idgateway.conformance.test_rp_initiated_logout import confirmed, is_logged_in, leave
from tests.idgateway.login.world import GOODBYE, ISSUER, World

CLIENT = "geteilt-a"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def listener() -> Iterator[Listener]:
    """The application's address, on this machine."""
    found, server = listening()
    yield found
    server.shutdown()
    server.server_close()


def outbox_of(world: World, listener: Listener | None = None) -> Outbox:
    """The worker's side of this gate; the application is registered at the listener."""
    gate = world.app.extensions["gate"]
    clients = dict(gate.clients)
    if listener is not None:
        clients[CLIENT] = replace(clients[CLIENT], backchannel_logout_uri=listener.url)
    return Outbox(
        clock=world.clock,
        settings=gate.settings,
        database=gate.database,
        keyring=gate.keyring,
        clients=clients,
        telemetry=Telemetry(),
    )


def waiting(database: Database) -> int:
    with database.read() as connection:
        return len(connection.execute(select(tables.logout_notices)).all())


def test_oidcc_backchannel_logout_discovery_endpoint_verification(world: World):
    """The three things the plan wants said."""
    found = world.browser().get("/.well-known/openid-configuration").json
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
    assert found["end_session_endpoint"] == f"{ISSUER}/logout"


def test_oidcc_backchannel_rp_initiated_logout(world: World, gate_database: Database, listener: Listener):
    """One post with one logout_token: right iss, aud, iat, exp, jti, events, sub and sid, typ, and no nonce."""
    person = world.browser()
    tokens = person.redeem(person.login(CLIENT)["code"], CLIENT).json
    answer = leave(person, id_token_hint=tokens["id_token"], post_logout_redirect_uri=GOODBYE)
    assert answer.location == GOODBYE
    assert listener.heard == []
    world.clock.turn(seconds=1)
    assert run_due(outbox_of(world, listener)) == 1
    (form,) = listener.heard
    assert set(form) == {"logout_token"}
    assert listener.kinds == ["application/x-www-form-urlencoded"]
    (token,) = form["logout_token"]
    jwks, now = person.get("/jwks").json, world.clock.now
    claims = verify_token(token, jwks, typ="logout+jwt", issuer=ISSUER, audience=CLIENT, now=now)
    login = verify_token(tokens["id_token"], jwks, typ=None, issuer=ISSUER, audience=CLIENT, now=now)
    assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "sub", "sid", "events"}
    assert (claims["sub"], claims["sid"]) == (login["sub"], login["sid"])
    assert claims["events"] == {EVENT: {}}
    assert claims["iat"] == int(now.timestamp())
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert waiting(gate_database) == 0
    assert run_due(outbox_of(world, listener)) == 0
    assert not is_logged_in(person, CLIENT)


def test_j12_a_logout_token_is_nothing_else(world: World, listener: Listener):
    """J12: not taken as a hint, an access token or a client's proof; nor is an ID token typed like it."""
    person = world.browser()
    hint = person.redeem(person.login(CLIENT)["code"], CLIENT).json["id_token"]
    leave(person, id_token_hint=hint)
    run_due(outbox_of(world, listener))
    (token,) = listener.heard[0]["logout_token"]
    page = leave(person, id_token_hint=token, post_logout_redirect_uri=GOODBYE)
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert person.userinfo(token).status_code == 401
    assert person.redeem("x", CLIENT, client_assertion=token).json["error"] == "invalid_client"
    assert json.loads(base64.urlsafe_b64decode(hint.split(".")[0] + "=="))["typ"] == "JWT"


@pytest.mark.parametrize("way", ["person", "another-person", "code-reuse"])
def test_who_is_told_and_when(world: World, gate_database: Database, listener: Listener, way: str):
    """Also when the person logs out here, or somebody else logs in; the reuse of a code ends tokens, not the session."""
    person = world.browser()
    code = person.login(CLIENT)["code"]
    person.redeem(code, CLIENT)
    if way == "person":
        confirmed(person, leave(person), "everywhere")
    elif way == "another-person":
        person.login(CLIENT, prompt="login", said={"subject": "bpk2-of-hans"})
    else:
        person.redeem(code, CLIENT)
    assert waiting(gate_database) == (0 if way == "code-reuse" else 1)
    assert run_due(outbox_of(world, listener)) == len(listener.heard) == waiting(gate_database) + len(listener.heard)


def test_applications_that_took_no_part_are_not_told(world: World, gate_database: Database):
    """No address, no word; a code that was never redeemed is no part."""
    person = world.browser()
    hint = person.lasting()["id_token"]
    person.login(CLIENT)
    confirmed(person, leave(person, id_token_hint=hint), "everywhere")
    assert not is_logged_in(person, CLIENT)
    assert waiting(gate_database) == 0


@pytest.mark.parametrize("status", [500, 400, 404, 301, 307])
def test_whoever_does_not_hear_is_told_again(world: World, gate_database: Database, listener: Listener, status: int):
    """Ever more rarely, with a fresh token each time, never following a redirect; the local session is long gone."""
    person = world.browser()
    hint = person.redeem(person.login(CLIENT)["code"], CLIENT).json["id_token"]
    leave(person, id_token_hint=hint)
    assert not is_logged_in(person, CLIENT)
    outbox = outbox_of(world, listener)
    listener.status, listener.location = status, listener.url
    assert [run_due(outbox), run_due(outbox)] == [1, 0]
    world.clock.turn(seconds=5)
    assert [run_due(outbox), run_due(outbox)] == [1, 0]
    world.clock.turn(seconds=9)
    assert run_due(outbox) == 0
    world.clock.turn(seconds=1)
    listener.status = 204
    assert run_due(outbox) == 1
    assert len(listener.heard) == 3
    assert len({form["logout_token"][0] for form in listener.heard}) == 3
    assert waiting(gate_database) == 0
    assert (
        f'gate_events_total{{code="status-{status}",event="logout-unheard"}} 2.0' in outbox.telemetry.metrics().decode()
    )


def test_nobody_is_told_for_ever(world: World, gate_database: Database):
    """After twelve hours we give up; an address nobody listens at disturbs nothing."""
    person = world.browser()
    hint = person.redeem(person.login(CLIENT)["code"], CLIENT).json["id_token"]
    leave(person, id_token_hint=hint)
    outbox, rounds = outbox_of(world), 0
    while waiting(gate_database):
        rounds += run_due(outbox)
        world.clock.turn(minutes=15)
        assert rounds < 100
    assert 40 < rounds < 60


def test_e6_two_workers_tell_once(world: World, listener: Listener):
    """E6: each word is claimed by one of them."""
    for _ in range(5):
        person = world.browser()
        leave(person, id_token_hint=person.redeem(person.login(CLIENT)["code"], CLIENT).json["id_token"])
    outbox, start, taken = outbox_of(world, listener), threading.Barrier(3), []

    def work() -> None:
        start.wait()
        taken.append(run_due(outbox))

    threads = [threading.Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sum(taken) == len(listener.heard) == 5


@pytest.mark.parametrize(
    ("url", "demo"),
    [
        ("http://town.example/out", True),
        ("http://127.0.0.1:1/out", False),
        ("https://127.0.0.1:1/out", False),
        ("https://localhost:1/out", False),
        ("https://[::1]:1/out", False),
        ("https://[::ffff:127.0.0.1]:1/out", True),
        ("https://10.0.0.1/out", True),
        ("https://169.254.169.254/latest/meta-data", True),
        ("https://192.168.1.1/out", True),
        ("https://100.64.0.1/out", True),
        ("https://0.0.0.0/out", True),
        ("https://224.0.0.1/out", True),
        ("https://user:secret@town.example/out", True),
        ("https://town.example:99999/out", True),
        ("ftp://town.example/out", True),
        ("file:///etc/passwd", True),
        ("//town.example/out", True),
        ("", True),
    ],
)
def test_s10_an_address_never_leads_inside(url: str, demo: bool):
    """S10, J14: no open line, no private, link-local, multicast or unspecified address, whatever its spelling."""
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.post(url, b"", demo=demo, headers={})
    assert refused.value.code == "address"


def test_in_the_demo_this_machine_may_be_called(listener: Listener):
    """The positive twin: http on the loopback, in the demo alone."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert reach.post(listener.url, b"logout_token=x", demo=True, headers=headers) == 200
    assert listener.heard == [{"logout_token": ["x"]}]


def test_a_peer_that_drips_meets_the_deadline(monkeypatch: pytest.MonkeyPatch):
    """Slow bytes do not hold the worker."""
    import socket
    import time

    monkeypatch.setattr(reach, "DEADLINE", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = server.accept()
        with line:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100:
                try:
                    line.send(bytes([byte]))
                except OSError:
                    return
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(UpstreamUnavailable) as refused:
        reach.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"", demo=True, headers={})
    assert refused.value.code == "unreachable"
    assert time.monotonic() - began < 3
    server.close()


def test_the_lease_outlives_an_exchange():
    """A word is never told twice because telling took long."""
    from idgateway import outbox

    assert timedelta(seconds=reach.DEADLINE + 2 * reach.TIMEOUT) < outbox.LEASE

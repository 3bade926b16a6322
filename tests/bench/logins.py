"""The gate at work: logins, OpenID Connect alone and whole through BundID, and an application in its own name."""

import base64
import contextlib
import hashlib
import html
import itertools
import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from lxml import etree
from sqlalchemy import Connection, event

from idgateway.app import create_app
from idgateway.assurance import Level
from idgateway.gate import Gate
from idgateway.upstream import Answer, Ask, Assertion, Attribute, Handover
from keys.keyring import GATE_PURPOSES, Purpose
from keys.tokens import sign_token
from runtime import logs, wiring
from runtime.settings import load
from runtime.shell import dress
from tests.bench.measure import Task, Timings, Watch, compare, one_core, settled_afterwards
from tests.bench.notices import logged_to_file
from tests.bench.place import BITS, CLIENT, ENTITY_ID, POSTBOX, REDIRECT, Place, close
from tests.bench.saml import PKCS1, rsa_floor, twenty_attributes
from tests.bench.scale import Scale
from tests.bench.table import Row, duration, rate, told
from tests.bench.wsgi import Caller
from tests.idgateway.upstream import idp

PERSONS = 200  # they return again and again, as citizens do
_SHA256 = SHA256()
_SYNCHRONOUS = {1: "NORMAL", 2: "FULL"}  # SQLite's numbers for it
_FIELD = re.compile(r'name="(SAMLRequest|RelayState)"\s+value="([^"]*)"')


class Vouching:
    """An account without protocol: it says at once who is there. What remains is OpenID Connect, storage and pages."""

    def __init__(self, name: str) -> None:
        """Be called as the configured account."""
        self.name = name

    def begin(self, ask: Ask) -> Handover:
        """Lead nowhere; the handle stands in the address."""
        return Handover(url="https://idp.example/?" + urlencode({"handle": ask.relay_state}))

    def complete(self, answer: Answer) -> Assertion:
        """Vouch for the person named in the answer, with a new assertion."""
        names = ("given_name", "family_name", "birthdate", "street_address", "postal_code", "locality", "email")
        return Assertion(
            provider=self.name,
            subject=answer.parameters["person"],
            level=Level.HIGH,
            means="eID",
            authenticated_at=answer.now,
            assertion_id=secrets.token_hex(16),
            expires_at=answer.now + timedelta(minutes=6),
            attributes={name: Attribute(value="Muster", raw="Muster", level=Level.HIGH) for name in names},
        )


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """What needs no protocol behind it at one gate, the whole login at another."""
    with opened(place.fresh("openid"), upstream=Vouching("bundid")) as app, one_core():
        yield openid_row(place, app, scale)
        yield credentials_row(place, app, scale)
    with opened(place.fresh("whole")) as app, one_core():
        yield whole_row(place, app, scale)


@contextlib.contextmanager
def opened(place: Place, upstream: Vouching | None = None) -> Iterator[Flask]:
    """The gate of this installation, dressed as it is served; ``upstream`` takes BundID's place."""
    with logged_to_file(place), settled_afterwards() as settled:
        app = vouched_gate(place.config, upstream) if upstream else wiring.gate_app(place.config)
        settled()
        try:
            yield app
        finally:
            close(gate_of(app).database)


def vouched_gate(config: Path, upstream: Vouching) -> Flask:
    """The gate as ``wiring`` plugs it together, with another account behind it."""
    settings = load(config)
    if settings.gate is None:
        raise LookupError("gate")
    database = wiring.database(settings.gate.database_url, "gate")
    ring = wiring.keyring(settings.gate.keys_directory, GATE_PURPOSES)
    logs.configure("gate")
    pace = wiring.pace_of(settings)
    app = create_app(settings.gate, database, ring, upstreams={upstream.name: upstream}, pace=pace)
    return dress(app, title="Bank", demo=False, pace=pace)


def gate_of(app: Flask) -> Gate:
    """The gate behind the application."""
    gate: Gate = app.extensions["gate"]
    return gate


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One person's login with everything prepared that is not the gate's work."""

    browser: Caller
    person: str
    start: str
    verifier: str
    proof: str  # the application's client assertion

    @classmethod
    def prepared(cls, place: Place, app: Flask, person: str, watch: Watch) -> "Visit":
        """A new browser; the application has made state, nonce, PKCE and its signed client assertion."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": CLIENT,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "openid profile address email",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return cls(
            browser=Caller(app, place.issuer, watch),
            person=person,
            start="/authorize?" + urlencode(query),
            verifier=verifier,
            proof=proof_for(place, place.issuer),
        )

    def redeem_form(self, code: str) -> bytes:
        """The token request."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": CLIENT,
            "code_verifier": self.verifier,
            **proving(self.proof),
        }
        return urlencode(form).encode()


def request_for(verifier: str) -> dict[str, str]:
    """An authorization request with PKCE."""
    return {
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile",
        "state": secrets.token_urlsafe(16),
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }


def proving(assertion: str) -> dict[str, str]:
    """How a client presents its signed assertion (RFC 7523 2.2)."""
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {"client_assertion_type": kind, "client_assertion": assertion}


def proof_for(place: Place, issuer: str) -> str:
    """A new client assertion of the town's application."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": issuer,
        "iat": now,
        "exp": now + 300,
        "jti": secrets.token_hex(16),
    }
    return sign_token(place.town.current(Purpose.CLIENT_AUTHENTICATION, datetime.now(UTC)), claims, typ="JWT")


Answering = Callable[[Visit, Any], bytes]  # what the identity provider makes the browser post


def login(place: Place, app: Flask, answering: Answering) -> Task:
    """A whole login as a task, from the first redirect to what was released: only what the gate does is timed."""
    people = itertools.cycle(f"person-{number:040}" for number in range(PERSONS))

    def run(watch: Watch) -> None:
        visit = Visit.prepared(place, app, next(people), watch)
        begun = visit.browser.get(visit.start)
        answered = visit.browser.post("/saml/bundid/acs", answering(visit, begun))
        _insist(answered, 303)
        continued = visit.browser.get(answered.location)
        _insist(continued, 303)
        code = parse_qs(urlsplit(continued.location).query)["code"][0]
        redeemed = visit.browser.post("/token", visit.redeem_form(code))
        _insist(redeemed, 200)
        released = visit.browser.get("/userinfo", token=json.loads(redeemed.body)["access_token"])
        _insist(released, 200)

    return run


def credentials(place: Place, app: Flask) -> Task:
    """An access token for an application in its own name: only what the gate does is timed."""
    order = {"grant_type": "client_credentials", "scope": "notices:write", "resource": POSTBOX}

    def run(watch: Watch) -> None:
        form = urlencode({**order, **proving(proof_for(place, place.issuer))}).encode()
        _insist(Caller(app, place.issuer, watch).post("/token", form), 200)

    return run


def _insist(answer: Any, status: int) -> None:
    if answer.status != status:
        raise RuntimeError(f"the gate answered {answer.status} instead of {status}: {answer.body[:300]!r}")


def vouched(visit: Visit, begun: Any) -> bytes:
    """The answer of the account without protocol."""
    handle = parse_qs(urlsplit(begun.location).query)["handle"][0]
    return urlencode({"RelayState": handle, "person": visit.person}).encode()


def answered_by_bundid(place: Place, app: Flask) -> Answering:
    """The honest provider reads our request and answers it for this person, signed twice and encrypted."""
    certificate = place.gate_keys.current(Purpose.SAML_ENCRYPTION, datetime.now(UTC)).certificate
    if certificate is None:
        raise LookupError("certificate")
    callback = gate_of(app).callback_url("bundid")

    def answer(visit: Visit, begun: Any) -> bytes:
        fields = {name: html.unescape(value) for name, value in _FIELD.findall(begun.body.decode())}
        request = etree.fromstring(base64.b64decode(fields["SAMLRequest"]))
        asked = idp.Asked(
            request_id=request.get("ID"),
            callback_url=callback,
            entity_id=ENTITY_ID,
            now=datetime.now(UTC),
            certificate=certificate,
        )
        attributes = {**twenty_attributes(), idp.OID["pairwise_id"]: (visit.person, "NORMAL")}
        wish = replace(idp.GOOD, attributes=attributes, authenticated=timedelta())
        response = idp.answer(asked, wish, bits=BITS)
        return urlencode({"SAMLResponse": response, "RelayState": fields["RelayState"]}).encode()

    return answer


def openid_row(place: Place, app: Flask, scale: Scale) -> Row:
    """Authorize, answer, continue, token; nobody's protocol behind it."""
    task = login(place, app, vouched)
    commits = commits_of(app, task)
    with by_hand(place.home, commits) as floor:
        found = compare({"floor": floor, "ours": task}, seconds=scale.seconds)
    note = (
        f"One core, five requests (authorize, answer, continue, token with PKCE and private_key_jwt, userinfo) to the "
        f"dressed application in this process, no web server in it; the account behind it vouches without any protocol. "
        f"{PERSONS} persons return, each time with a new browser. Commits counted: {commits} a login. Waited for until "
        "they are on the disk: attempt used up, link, evidence, session and code in one; code spent and the client's "
        "assertion noted in one. Not waited for, because nothing was given away yet that hangs on them: attempt stored; "
        f"answer stored. Floor: {commits} SQLite commits (WAL) of 4 KiB, two ES256 signatures, two verifications."
    )
    return _row("openid", "OpenID Connect login, session fresh, durable", "400/s, stretch 600/s", found, note)


def credentials_row(place: Place, app: Flask, scale: Scale) -> Row:
    """The token endpoint for an application in its own name."""
    task = credentials(place, app)
    commits = commits_of(app, task)
    with by_hand(place.home, commits, signed=1) as floor:
        found = compare({"floor": floor, "ours": task}, seconds=scale.seconds)
    note = (
        f"One core, one request: the client's signed assertion (ES256) verified and noted as used in {commits} "
        "commit, and an access token signed (RFC 9068, ES256). Floor: that commit, one signature, one verification."
    )
    return _row("credentials", "client credentials, durable", "≥ 1,500/s", found, note)


def whole_row(place: Place, app: Flask, scale: Scale) -> Row:
    """The same with BundID's SAML in it."""
    task = login(place, app, answered_by_bundid(place, app))
    commits = commits_of(app, task)
    key = place.gate_keys.current(Purpose.SAML_ENCRYPTION, datetime.now(UTC)).private_key
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("RSA")
    rsa = rsa_floor(key)

    def more() -> None:
        rsa()
        key.sign(b"data", PKCS1, _SHA256)

    with by_hand(place.home, commits, more) as floor:
        found = compare({"floor": floor, "ours": task}, seconds=scale.seconds)
    note = (
        f"As the row above with BundID's SAML: signed request, answer of 20 attributes signed twice and encrypted; the "
        f"provider's own work is not counted. {commits} commits. Floor: those and the RSA-3072 of the first two rows."
    )
    return _row("login", "whole login BundID → code → tokens, durable", "≥ 150/s, then 300/s", found, note)


@dataclass(frozen=True, kw_only=True)
class Commits:
    """How many commits a run makes, by whether they wait for the disk."""

    durable: int
    later: int

    def __str__(self) -> str:
        return f"{self.durable} durable" + (f" and {self.later} that wait for no disk" if self.later else "")


def commits_of(app: Flask, task: Task) -> Commits:
    """What one run commits: counted at the engine that writes, with what its connection says at that moment."""
    engine = gate_of(app).database._writer  # type: ignore[attr-defined]
    counted: list[str] = []

    def count(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        counted.append(_SYNCHRONOUS[driver.execute("PRAGMA synchronous").fetchone()[0]])

    task(Watch())  # the first one makes the person known
    event.listen(engine, "commit", count)
    task(Watch())
    event.remove(engine, "commit", count)
    return Commits(durable=counted.count("FULL"), later=counted.count("NORMAL"))


@contextlib.contextmanager
def by_hand(
    folder: Path, commits: Commits, more: Callable[[], None] = lambda: None, *, signed: int = 2
) -> Iterator[Task]:
    """The floor: so many commits, ``signed`` signatures and verifications with P-256, and ``more``."""
    database = sqlite3.connect(folder / f"floor-{secrets.token_hex(4)}.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "secure_delete=ON"):
        database.execute(f"PRAGMA {pragma}").close()
    database.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, row BLOB)")
    key, row = generate_private_key(SECP256R1()), b"r" * 4096
    signature, public = key.sign(row, ECDSA(_SHA256)), key.public_key()

    def run(watch: Watch) -> None:
        with watch:
            for level in (*["NORMAL"] * commits.later, *["FULL"] * commits.durable):
                database.execute(f"PRAGMA synchronous={level}").close()
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO kept (row) VALUES (?)", (row,))
                database.execute("COMMIT")
            for _ in range(signed):
                key.sign(row, ECDSA(_SHA256))
                public.verify(signature, row, ECDSA(_SHA256))
            more()

    try:
        yield run
    finally:
        database.close()


def _row(name: str, what: str, goal: str, found: Mapping[str, Timings], note: str) -> Row:
    ours, floor = found["ours"], found["floor"]
    return Row(
        name=name,
        what=what,
        floor=f"{duration(floor.median)}, {rate(floor.per_second)}",
        ours=told(ours),
        ratio=ours.median / floor.median,
        goal=goal,
        notes=(note,),
    )

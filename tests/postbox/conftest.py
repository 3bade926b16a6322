"""A postbox with real keys, a real database, real files, a real mail server, and a gate that only signs."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pikepdf
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from flask import Flask, jsonify, request

from keys.custody import FileCustody
from keys.jwk import public_jwk, public_jwks
from keys.keyring import POSTBOX_PURPOSES, Keyring, Purpose
from keys.tokens import encrypt_token, sign_token
from postbox.app import build, create_app
from postbox.callers import Caller
from postbox.context import Postbox
from postbox.intake.submission import Submission, Upload
from postbox.settings import Authority, PostboxSettings, Smtp
from tests.postgresql import free_port

VIERNHEIM = "064310020020"
BENSHEIM = "064310002002"
CLIENT = "urkunde-online"
URL = "https://postbox.test"
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # a Monday, noon in Berlin
SECRET_WORDS = b"Geburtsurkunde Mustermann"


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


class StandInGate:
    """What the postbox sees of a gate: discovery, keys, tokens. Not the gate's code."""

    def __init__(self, keyring: Keyring, issuer: str) -> None:
        self.keyring = keyring
        self.issuer = issuer
        self.asked = 0

    def app(self) -> Flask:
        app = Flask("gate")

        @app.get("/.well-known/openid-configuration")
        def discovery():
            names = ("authorization", "token", "userinfo")
            endpoints = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
            return jsonify(issuer=self.issuer, jwks_uri=f"{self.issuer}/jwks", **endpoints)

        @app.post("/token")
        def token():
            """A code here is the nonce of its login: the ID token of a citizen at level high."""
            stamp = int(NOON.timestamp())
            claims = {
                "iss": self.issuer, "aud": request.form["client_id"], "sub": "sector-sub-of-erika", "iat": stamp,
                "exp": stamp + 300, "nonce": request.form["code"], "acr": "http://eidas.europa.eu/LoA/high",
            }  # fmt: skip
            return jsonify(access_token="opaque", id_token=self.sign(claims, "JWT"))

        @app.get("/userinfo")
        def userinfo():
            return jsonify(sub="sector-sub-of-erika")

        @app.get("/jwks")
        def jwks():
            self.asked += 1
            return jsonify(public_jwks(self.keyring, [Purpose.TOKEN_SIGNING], NOON))

        return app

    def sign(self, claims: dict, typ: str) -> str:
        return sign_token(self.keyring.current(Purpose.TOKEN_SIGNING, NOON), claims, typ=typ)

    def access_token(self, now: datetime = NOON, **changes: Any) -> str:
        stamp = int(now.timestamp())
        claims = {
            "iss": self.issuer, "aud": URL, "client_id": CLIENT, "sub": CLIENT, "authority": VIERNHEIM,
            "scope": "notices:write recipients:write", "iat": stamp, "exp": stamp + 300, "jti": "t1",
        }  # fmt: skip
        return self.sign({**claims, **changes}, "at+jwt")

    def address(self, box: Postbox, *, typ: str = "postbox-address+jwt", **changes: Any) -> str:
        stamp = int(NOON.timestamp())
        claims = {
            "iss": self.issuer, "aud": URL, "authority": VIERNHEIM, "client_id": CLIENT, "jti": "a1", "iat": stamp,
            "exp": stamp + 90 * 86400, "email": "erika@example.org", "sub": "sector-sub-of-erika",
            "acr": "http://eidas.europa.eu/LoA/substantial", "consent": "evidence-1",
        }  # fmt: skip
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        public = public_jwk(box.keyring.current(Purpose.ADDRESS_ENCRYPTION, NOON))
        return encrypt_token(public, self.sign(claims, typ))


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInGate]:
    """A gate on the loopback that answers discovery and keys."""
    keyring = FileCustody(tmp_path_factory.mktemp("gate")).ensure([Purpose.TOKEN_SIGNING], NOON - timedelta(days=1))
    port = free_port()
    gate = StandInGate(keyring, f"http://127.0.0.1:{port}")

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    server = make_server("127.0.0.1", port, gate.app(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield gate
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The postbox's keys, made once."""
    return FileCustody(tmp_path_factory.mktemp("keys")).ensure(POSTBOX_PURPOSES, NOON - timedelta(days=1))


@dataclass
class Catcher:
    """A real mail server on the loopback that keeps what it is given, or answers what it is told to."""

    port: int
    mails: list[Any] = field(default_factory=list)
    reply: str = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:
        if self.reply.startswith("250"):
            self.mails.append(envelope)
        return self.reply


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    """The mail server, running."""
    catcher = Catcher(port=free_port())
    controller = Controller(catcher, hostname="127.0.0.1", port=catcher.port)
    controller.start()
    yield catcher
    controller.stop()


@pytest.fixture
def clock() -> Clock:
    """The test's clock, at noon."""
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, gate: StandInGate, catcher: Catcher) -> PostboxSettings:
    """A postbox that is part of a user account, with a print room, for two towns."""
    (tmp_path / "letters").mkdir()
    return PostboxSettings(
        public_url=URL,
        issuer=gate.issuer,
        keys_directory=tmp_path / "keys",
        database_url="",
        objects_directory=tmp_path / "objects",
        letters_directory=tmp_path / "letters",
        smtp=Smtp(host="127.0.0.1", port=catcher.port, sender="postbox@example.org", starttls=False),
        part_of_user_account="Testvereinbarung vom 1. Oktober 2026",
        latest_publication="",  # tests publish at any hour; the rule has tests of its own
        max_document_bytes=1024 * 1024,
        authorities=(
            Authority(ars=VIERNHEIM, name="Stadt Viernheim", land="HE"),
            Authority(ars=BENSHEIM, name="Stadt Bensheim", land="HE"),
        ),
    )


@pytest.fixture
def box(settings: PostboxSettings, postbox_database: Any, keyring: Keyring, clock: Clock) -> Postbox:
    """The postbox that use cases take, on each engine."""
    return build(settings, postbox_database, keyring, clock)


@pytest.fixture
def app(settings: PostboxSettings, postbox_database: Any, keyring: Keyring, clock: Clock) -> Flask:
    """The postbox's application, undressed, on each engine."""
    return create_app(settings, postbox_database, keyring, clock=clock)


def caller(**changes: Any) -> Caller:
    """The specialist system of Viernheim."""
    known = {
        "client": CLIENT,
        "authority": VIERNHEIM,
        "scopes": frozenset({"notices:write", "recipients:write"}),
    }
    return Caller(**{**known, **changes})


def pdf(text: bytes = SECRET_WORDS, *, pad: int = 0, change=None) -> bytes:
    """A small PDF whose page says ``text``; ``change`` may spoil it; ``pad`` adds random bytes inside a stream."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(595, 842))
        page.Contents = document.make_stream(b"BT /F1 12 Tf 50 700 Td (" + text + b") Tj ET")
        if pad:
            import os

            document.Root.Padding = document.make_stream(os.urandom(pad))
        if change:
            change(document)
        buffer = BytesIO()
        document.save(buffer, compress_streams=False, deterministic_id=True)
    return buffer.getvalue()


def upload(content: bytes | None = None, name: str = "Bescheid.pdf", media_type: str = "application/pdf") -> Upload:
    """A document as it comes."""
    return Upload(name=name, media_type=media_type, content=BytesIO(pdf() if content is None else content))


REMEDY = {"kind": "Widerspruch", "office": "Stadt Viernheim", "seat": "Kettelerstraße 3, Viernheim", "period_months": 1}


def content(recipient: str | None, /, **changes: Any) -> dict[str, Any]:
    """A notice's JSON object."""
    known = {
        "recipient": recipient,
        "title": "Ihre Geburtsurkunde",
        "summary": "Bescheid über Ihre Urkundenanforderung",
        "minimum_level": "substantial",
        "procedural_law": "VwVfG",
        "form": "none",
        "responsible": "Sabine Beispiel, Standesamt",
        "remedy": REMEDY,
    }
    return {name: value for name, value in {**known, **changes}.items() if value is not None}


def submission(recipient: str | None, /, *uploads: Upload, key: str | None = "key-1", **changes: Any) -> Submission:
    """A notice as it comes."""
    return Submission(content=content(recipient, **changes), uploads=uploads or (upload(),), idempotency_key=key)


@pytest.fixture
def recipient(box: Postbox, gate: StandInGate) -> str:
    """Erika's recipient reference for Viernheim."""
    from postbox.intake.recipients import Case, register

    case = Case(reference="U-2026-0815", service="Urkundenanforderung", applicant="Erika Mustermann")
    return register(box, address=gate.address(box), case=case, caller=caller(), now=NOON).id

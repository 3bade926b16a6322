"""A notice taken: at the use case and over HTTP, beside the same durable steps done by hand."""

import contextlib
import hashlib
import io
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from keys.jwk import public_jwks
from keys.keyring import Keyring, Purpose
from keys.minting import Owner, mint
from keys.signing import sign_der
from keys.tokens import encrypt_token, sign_token
from postbox.callers import Caller
from postbox.context import Postbox
from postbox.intake.accept import submit
from postbox.intake.pdf import inspect
from postbox.intake.recipients import ADDRESS_TYPE, Case, register
from postbox.intake.submission import Submission, Upload
from postbox.seals.judge import judge
from postbox.seals.port import Level
from postbox.seals.trust import read_trust
from postbox.seals.vault import VaultSealer, own_certificates
from postbox.settings import TrustSettings
from runtime.wiring import postbox_context
from tests.bench.measure import Task, Timings, Watch, compare, one_core, settled_afterwards, timed
from tests.bench.paper import pdf
from tests.bench.place import ARS, CLIENT, POSTBOX, Place, close
from tests.bench.scale import Scale
from tests.bench.serving import served
from tests.bench.table import Row, duration, rate, told

SIZE = 100 * 1024
SCOPES = frozenset({"notices:write", "recipients:write"})
CALLER = Caller(client=CLIENT, authority=ARS, scopes=SCOPES)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def rows(place: Place, scale: Scale) -> Iterator[Row]:
    """At the use case, over HTTP, and what is not built yet."""
    place = place.fresh("notices")
    paper = pdf(SIZE)
    with settled_afterwards() as settled:
        with opened(place) as postbox:
            recipient = a_recipient(place, postbox)
            settled()
            with one_core():
                yield use_case_row(place, postbox, recipient, paper, scale)
            yield http_row(place, recipient, paper, scale)
        with one_core():
            yield seal_row(paper, scale)


@contextlib.contextmanager
def opened(place: Place) -> Iterator[Postbox]:
    """The postbox of this installation in this process, as the worker opens it."""
    with logged_to_file(place):
        postbox = postbox_context(place.config)
        try:
            yield postbox
        finally:
            close(postbox.database)


@contextlib.contextmanager
def logged_to_file(place: Place) -> Iterator[None]:
    """Houses opened in this block write their log, all of it, into a file of the installation."""
    with (place.folder / "bench.log").open("a", encoding="utf-8") as log, contextlib.redirect_stderr(log):
        yield


def a_recipient(place: Place, postbox: Postbox, subject: str = "sub-of-erika") -> str:
    """A recipient reference, exchanged for a delivery address as the gate issues it."""
    now = datetime.now(UTC)
    claims = {
        "iss": place.issuer,
        "aud": POSTBOX,
        "authority": ARS,
        "client_id": CLIENT,
        "jti": secrets.token_hex(16),
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(days=90)).timestamp()),
        "email": "erika@example.org",
        "sub": subject,
        "acr": "http://eidas.europa.eu/LoA/high",
        "consent": "evd_bench",
    }
    token = sign_token(place.gate_keys.current(Purpose.TOKEN_SIGNING, now), claims, typ=ADDRESS_TYPE)
    jwk = public_jwks(place.postbox_keys, (Purpose.ADDRESS_ENCRYPTION,), now)["keys"][0]
    case = Case(reference=secrets.token_hex(4), service="Urkundenanforderung", applicant="Erika Mustermann")
    return register(postbox, address=encrypt_token(jwk, token), case=case, caller=CALLER, now=now).id


def submission(recipient: str, paper: bytes) -> Submission:
    """A notice with one document and a key of its own."""
    upload = Upload(name="bescheid.pdf", media_type="application/pdf", content=io.BytesIO(paper))
    return Submission(content=content(recipient, paper), uploads=(upload,), idempotency_key=secrets.token_hex(16))


def content(recipient: str, paper: bytes) -> dict[str, Any]:
    """The JSON of ``POST /v1/notices``."""
    return {
        "recipient": recipient,
        "title": "Bescheid über Ihren Antrag",
        "summary": "Ihrem Antrag wird entsprochen.",
        "minimum_level": "substantial",
        "procedural_law": "VwVfG",
        "form": "none",
        "responsible": "Sabine Beispiel",
        "remedy": {"kind": "Widerspruch", "office": "Bürgeramt", "seat": "Viernheim", "period_months": 1},
        "sender_reference": "AZ 4711",
        "documents": [{"sha256": hashlib.sha256(paper).hexdigest()}],
    }


def use_case_row(place: Place, postbox: Postbox, recipient: str, paper: bytes, scale: Scale) -> Row:
    """Judged, sealed, stored, read back, committed, receipt signed."""

    def ours(watch: Watch) -> None:
        given = submission(recipient, paper)
        with watch:
            submit(postbox, given, CALLER, datetime.now(UTC))

    with by_hand(place.folder, paper) as floor:
        looking = timed(lambda: inspect(io.BytesIO(paper)))
        found = compare({"floor": floor, "ours": ours, "pdf": looking}, seconds=scale.seconds)
    note = (
        f"One core. One PDF of {len(paper) / 1024:.0f} KiB; looking into it is part of the use case and takes "
        f"{duration(found['pdf'].median)} of it. We commit twice (the Idempotency-Key's claim, then notice, evidence, outbox, "
        "receipt and answer at once), the floor once. Floor by hand in the same folder: AES-256-GCM, file, fsync, rename, fsync "
        "of the folder, read back and opened, one SQLite commit (WAL, FULL) of 4 KiB, ES256."
    )
    what = "notice of 100 KiB at the use case: sealed, durable, receipt signed"
    return _row("notice", what, found, goal="≥ 500/s", ours=told(found["ours"]), note=note)


def seal_row(paper: bytes, scale: Scale) -> Row:
    """The vault's seal through pyHanko, its key held; and judging it, which every sealed notice costs."""
    now = datetime.now(UTC)
    key = mint(Purpose.DOCUMENT_SEALING, now - timedelta(days=1), owner=Owner(ars=ARS, name="Viernheim"))
    ring = Keyring([key])
    sealer = VaultSealer(ring)
    trust = read_trust(TrustSettings(), own_certificates(ring))
    sealed = sealer.seal(paper, authority=ARS, level=Level.B, now=now)
    found = compare(
        {
            "floor": timed(lambda: sign_der(key, paper)),
            "ours": timed(lambda: sealer.seal(paper, authority=ARS, level=Level.B, now=now)),
            "judging": timed(lambda: judge(sealed, trust, now)),
        },
        seconds=scale.seconds,
    )
    note = (
        f"One core. SHA-256 and ECDSA P-256 by the vault as the floor; the rest is pyHanko reading and writing the PDF. Judging such "
        f"a seal (chain, purpose, shape) takes {duration(found['judging'].median)} more when the notice is accepted."
    )
    return _row("seal", "PAdES seal B-B of 100 KiB", found, goal="≤ 20 ms", ours=told(found["ours"]), note=note)


def http_row(place: Place, recipient: str, paper: bytes, scale: Scale) -> Row:
    """The same as a specialist system sees it."""
    now = datetime.now(UTC)
    with served(place, "postbox") as connection, by_hand(place.folder, paper) as floor:

        def ours(watch: Watch) -> None:
            body, kind = multipart(content(recipient, paper), paper)
            headers = {
                "Authorization": f"Bearer {token}",
                "Content-Type": kind,
                "Idempotency-Key": secrets.token_hex(16),
            }
            with watch:
                connection.request("POST", "/v1/notices", body, headers)
                answer = connection.getresponse()
                text = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"the postbox answered {answer.status}: {text[:300]!r}")

        token = access_token(place, now)
        found = compare({"floor": floor, "ours": ours}, seconds=scale.seconds)
    note = (
        "POST /v1/notices at the dressed application behind Granian on one core, the caller on another, one connection, one "
        "request at a time: token verified, multipart read, PDF looked into, all of the row above, answer written."
    )
    taken = found["ours"]
    figures = f"{duration(taken.median)}, p95 {duration(taken.p95)}, {rate(taken.per_second)}"
    return _row("http", "the same over HTTP with PDF validation", found, goal="–", ours=figures, note=note)


def access_token(place: Place, now: datetime) -> str:
    """A client credentials token as the gate signs it (RFC 9068)."""
    claims = {
        "iss": place.issuer,
        "aud": POSTBOX,
        "client_id": CLIENT,
        "sub": CLIENT,
        "scope": " ".join(sorted(SCOPES)),
        "authority": ARS,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
        "jti": secrets.token_hex(16),
    }
    return sign_token(place.gate_keys.current(Purpose.TOKEN_SIGNING, now), claims, typ="at+jwt")


def multipart(notice: Mapping[str, Any], paper: bytes) -> tuple[bytes, str]:
    """The body and its content type (RFC 7578)."""
    boundary = secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="notice"\r\nContent-Type: application/json\r\n\r\n'
        f"{json.dumps(notice)}\r\n--{boundary}\r\n"
        'Content-Disposition: form-data; name="document"; filename="bescheid.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    return head.encode() + paper + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@contextlib.contextmanager
def by_hand(folder: Path, paper: bytes) -> Iterator[Task]:
    """The floor: the same durable steps with nothing around them, in the same folder."""
    place = folder / f"floor-{secrets.token_hex(4)}"
    place.mkdir()
    database = sqlite3.connect(place / "floor.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        database.execute(f"PRAGMA {pragma}").close()
    database.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, row BLOB)")
    key, row = generate_private_key(SECP256R1()), b"r" * 4096

    def run() -> None:
        secret, nonce, name = secrets.token_bytes(32), secrets.token_bytes(12), secrets.token_hex(16)
        written = place / name
        sealed = AESGCM(secret).encrypt(nonce, paper, b"context")
        _write_durably(written, sealed)
        AESGCM(secret).decrypt(nonce, written.read_bytes(), b"context")
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO kept (row) VALUES (?)", (row,))
        database.execute("COMMIT")
        key.sign(row, ECDSA(SHA256()))

    try:
        yield timed(run)
    finally:
        database.close()


def _write_durably(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".tmp")
    with beside.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


def _row(name: str, what: str, found: Mapping[str, Timings], *, goal: str, ours: str, note: str) -> Row:
    floor = found["floor"]
    return Row(
        name=name,
        what=what,
        floor=f"{duration(floor.median)}, {rate(floor.per_second)}",
        ours=ours,
        ratio=found["ours"].median / floor.median,
        goal=goal,
        notes=(note,),
    )

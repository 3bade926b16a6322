"""A whole installation in a folder of its own: configuration, keys, databases, an identity provider, a town's client."""

import json
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from keys.custody import FileCustody
from keys.jwk import public_jwks
from keys.keyring import GATE_PURPOSES, POSTBOX_PURPOSES, Keyring, Purpose
from keys.minting import mint
from runtime.database import Database, House, migrate, open_database
from tests.idgateway.upstream import idp

ARS = "064310020020"
BITS = 3072
HOUSES: tuple[House, ...] = ("gate", "postbox")
POSTBOX = "http://localhost:18082"  # nobody listens there: applications are called in this process
CLIENT = "urkunde-online"
REDIRECT = "https://urkunden.musterstadt.example/callback"
ENTITY_ID = "https://gate.musterstadt.example/sp"
CLAIMS = ("given_name", "family_name", "birthdate", "address", "email")


@dataclass(frozen=True, kw_only=True)
class Place:
    """One installation. ``town`` is the key the town's application proves itself with."""

    folder: Path
    home: Path  # of the keys and metadata, which several installations share
    issuer: str
    gate_keys: Keyring
    postbox_keys: Keyring
    town: Keyring
    smtp_port: int

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.toml"

    def fresh(self, name: str) -> "Place":
        """Another installation with the same keys and databases of its own, empty."""
        place = replace(self, folder=self.home / name, smtp_port=free_port())
        place.folder.mkdir()
        place.config.write_text(_configuration(place), encoding="utf-8")
        for house in HOUSES:
            shutil.copyfile(self.home / f"{house}.db", place.folder / f"{house}.db")
            (place.folder / f"{house}.db").chmod(0o600)
        return place


@contextmanager
def built(folder: Path | None = None) -> Iterator[Place]:
    """Make keys and metadata, and remove everything at the end; while it stands, the gate's public keys are served."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="idgateway-bench-") as made:
        place = _prepare(Path(made))
        with _documents(place):
            yield place


def _prepare(home: Path) -> Place:
    at = datetime.now(UTC) - timedelta(days=1)
    place = Place(
        folder=home,
        home=home,
        issuer=f"http://127.0.0.1:{free_port()}",
        gate_keys=FileCustody(home / "keys-gate").ensure(GATE_PURPOSES, at),
        postbox_keys=FileCustody(home / "keys-postbox").ensure(POSTBOX_PURPOSES, at),
        town=Keyring([mint(Purpose.CLIENT_AUTHENTICATION, at)]),
        smtp_port=0,
    )
    for house in HOUSES:
        database = open_database(f"sqlite:///{home}/{house}.db")
        migrate(database, house)
        database.close()
    (home / "idp.xml").write_bytes(idp.metadata(bits=BITS))
    _write_jwks(home / "town.json", place.town, (Purpose.CLIENT_AUTHENTICATION,))
    _write_jwks(home / "postbox.json", place.postbox_keys, (Purpose.CLIENT_AUTHENTICATION, Purpose.ADDRESS_ENCRYPTION))
    return place


def _write_jwks(path: Path, keyring: Keyring, purposes: tuple[Purpose, ...]) -> None:
    path.write_text(json.dumps(public_jwks(keyring, purposes, datetime.now(UTC))), encoding="utf-8")


def _configuration(place: Place) -> str:
    return f"""
[[authority]]
ars = "{ARS}"
name = "Stadt Viernheim"
land = "HE"

# Counted as in a real installation, and never refused.
[limits]
page = 1_000_000_000
call = 1_000_000_000
client = 1_000_000_000

[gate]
issuer = "{place.issuer}"
keys_directory = "{place.home}/keys-gate"
database_url = "sqlite:///gate.db"

[gate.postbox]
audience = "{POSTBOX}"
jwks_file = "{place.home}/postbox.json"

[[gate.saml]]
name = "bundid"
title = "BundID"
metadata_file = "{place.home}/idp.xml"
entity_id = "{ENTITY_ID}"

[[gate.oidc]]
name = "staff"
title = "Beschäftigte"
issuer = "https://login.musterstadt.example"
client_id = "idgateway"
level = "substantial"
staff = true

[[gate.client]]
client_id = "{CLIENT}"
name = "Urkundenanforderung"
authority = "{ARS}"
minimum_level = "substantial"
accounts = ["bundid"]
explain_login = "never"
consent = "none"
redirect_uris = ["{REDIRECT}"]
jwks_file = "{place.home}/town.json"
grant_types = ["authorization_code", "client_credentials"]
scopes = ["openid", "profile", "address", "email", "notices:write", "recipients:write"]
claims = {json.dumps(CLAIMS)}
resources = ["{POSTBOX}"]

[[gate.client]]
client_id = "postbox"
name = "Postfach"
authority = ""
sector = "postbox"
minimum_level = "basic"
accounts = ["bundid"]
explain_login = "never"
redirect_uris = ["{POSTBOX}/callback"]
jwks_file = "{place.home}/postbox.json"

[[gate.client]]
client_id = "postbox-casework"
name = "Sachbearbeitung"
authority = ""
sector = "postbox-casework"
minimum_level = "substantial"
accounts = ["staff"]
redirect_uris = ["{POSTBOX}/casework/callback"]
jwks_file = "{place.home}/postbox.json"

[postbox]
public_url = "{POSTBOX}"
issuer = "{place.issuer}"
keys_directory = "{place.home}/keys-postbox"
database_url = "sqlite:///postbox.db"
objects_directory = "objects"
part_of_user_account = "bench"
latest_publication = ""

[postbox.smtp]
host = "127.0.0.1"
port = {place.smtp_port}
sender = "postfach@musterstadt.example"
starttls = false
"""


@contextmanager
def _documents(place: Place) -> Iterator[None]:
    """Serve what the postbox asks of the gate: its metadata and keys, once in ten minutes."""
    jwks = public_jwks(place.gate_keys, (Purpose.TOKEN_SIGNING,), datetime.now(UTC))
    metadata = {"issuer": place.issuer, "jwks_uri": f"{place.issuer}/jwks"}
    pages = {"/jwks": json.dumps(jwks), "/.well-known/openid-configuration": json.dumps(metadata)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the table is what people want to read."""

    server = ThreadingHTTPServer(("127.0.0.1", int(place.issuer.rpartition(":")[2])), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def close(database: object) -> None:
    """Close a house's database; the house itself only knows what it may read and write."""
    if not isinstance(database, Database):
        raise TypeError(type(database))
    database.close()


def file_system(folder: Path) -> str:
    """The kind of file system a folder is on: durable costs what it really costs only on a real disk."""
    best, kind = "", "unknown"
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return kind
    for line in mounts:
        _, point, this, *_ = line.split(" ")
        if len(point) >= len(best) and os.path.commonpath([point, folder.resolve()]) == point:
            best, kind = point, this
    return kind


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

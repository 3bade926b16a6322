"""An address that serves an identity provider's metadata, and a gate that reads them there; on both engines."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from idgateway.settings import GateSettings, SamlProvider
from idgateway.telemetry import Event, Telemetry
from keys.keyring import GATE_PURPOSES, Keyring
from keys.minting import mint
from tests.idgateway.upstream import idp

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ISSUER = "https://gate.musterstadt.example"


@dataclass
class Source:
    """What stands at the address; ``status`` other than 200 is a peer that is ill, ``location`` one that moved."""

    url: str = ""
    document: bytes = idp.metadata("honest")
    status: int = 200
    location: str = ""
    asked: int = 0


@dataclass
class Heard(Telemetry):
    """Telemetry that also remembers what was reported."""

    events: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def report(self, event: Event, *, code: str = "", **more: str) -> None:
        self.events.append((event.value, code))
        super().report(event, code=code, **more)


class _Handler(BaseHTTPRequestHandler):
    source: Source

    def do_GET(self) -> None:
        self.source.asked += 1
        self.send_response(self.source.status)
        if self.source.location:
            self.send_header("Location", self.source.location)
        self.end_headers()
        self.wfile.write(self.source.document)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def source() -> Iterator[Source]:
    """An address on the loopback."""
    found = Source()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"source": found}))
    found.url = f"http://127.0.0.1:{server.server_port}/idp"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """A gate's keys, made once."""
    return Keyring([mint(purpose, datetime(2026, 1, 1, tzinfo=UTC)) for purpose in GATE_PURPOSES])


@pytest.fixture
def by_url(source: Source) -> SamlProvider:
    """An account whose metadata are fetched."""
    return SamlProvider(
        name="bundid",
        title="BundID",
        metadata_url=source.url,
        peer_entity_id=idp.ENTITY_ID,
        entity_id="https://gate.musterstadt.example/sp",
    )


@pytest.fixture
def by_file(by_url: SamlProvider, tmp_path: Path) -> SamlProvider:
    """An account whose metadata lie in a file."""
    path = tmp_path / "idp.xml"
    path.write_bytes(idp.metadata("honest"))
    return replace(by_url, metadata_url="", peer_entity_id="", metadata_file=path)


@pytest.fixture
def gate_of(tmp_path: Path) -> Callable[..., GateSettings]:
    """A gate's settings with these accounts."""

    def make(*providers: SamlProvider) -> GateSettings:
        return GateSettings(issuer=ISSUER, keys_directory=tmp_path, database_url="", saml=providers)

    return make

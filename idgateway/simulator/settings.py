"""What the stand-in needs to know before it starts."""

from dataclasses import dataclass, field
from pathlib import Path

from idgateway.simulator.manner import Manner


@dataclass(frozen=True, kw_only=True)
class StaffClient:
    """An application that logs staff in through ``/staff``: exact redirect URIs, public keys for private_key_jwt."""

    client_id: str
    redirect_uris: tuple[str, ...]
    jwks_file: Path  # read at each token request, so it may appear after the start


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    """Where the stand-in stands and whom it knows."""

    base_url: str  # without trailing slash, e.g. http://127.0.0.1:8081; "/idp" below it is the entityID
    directory: Path  # its keys and its metadata
    service_providers: tuple[Path, ...]  # SP metadata files, read when a request comes: they may appear after the start
    staff_clients: tuple[StaffClient, ...] = ()
    answers: Manner = field(default_factory=Manner)  # how answers are built where a request wishes nothing else
    clock_offset_seconds: int = 0  # the stand-in lives this much later than the clock on the wall
    legacy_tolerance: bool = False  # ignore a bad extension, as BundID did before version 2 became compulsory

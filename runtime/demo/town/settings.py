"""What the town's online service needs to know before it starts; ``[town]`` in the configuration."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class TownSettings:
    """Addresses, the client's key, and two places on disk."""

    name: str  # of the town, e.g. "Stadt Viernheim"
    public_url: str  # of this application, without trailing slash
    issuer: str  # the gate
    client_id: str  # with an account: the answer can go to the postbox
    guest_client_id: str  # without an account: the answer goes by letter
    trade_client_id: str  # Gewerbeanmeldung: citizens' and organisations' accounts
    key_file: Path  # EC P-256 private key (PEM) for private_key_jwt, RFC 7523
    postbox_url: str
    simulator_url: str
    database_file: Path
    mail_directory: Path  # where the mail catcher puts what it catches

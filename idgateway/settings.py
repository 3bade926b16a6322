"""The gate's part of the configuration, typed and frozen.

No default stands here for anything that decides about security; an unknown key stops the start (``runtime.settings``).
File paths are relative to the configuration file's folder; ``runtime.settings`` makes them absolute.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A town or other authority, known by its Amtlicher Regionalschlüssel (ARS, 12 digits)."""

    ars: str
    name: str
    land: str  # two letters, e.g. "HE": whose holidays count


@dataclass(frozen=True, kw_only=True)
class Client:
    """An application that logs people in, or calls the postbox, through the gate."""

    client_id: str
    name: str
    authority: str  # ARS; empty only for a client of the whole installation (the postbox)
    minimum_level: str  # basic | low | substantial | high
    accounts: tuple[str, ...]  # which identity providers it offers
    redirect_uris: tuple[str, ...] = ()
    home: str = ""  # where "back to the service" leads; empty: the start page of its first redirect URI's origin
    post_logout_redirect_uris: tuple[str, ...] = ()
    jwks_file: Path | None = None  # public keys for private_key_jwt (RFC 7523)
    grant_types: tuple[str, ...] = ("authorization_code",)
    scopes: tuple[str, ...] = ("openid",)
    claims: tuple[str, ...] = ()  # all it may ever receive, OpenID Connect claim names
    resources: tuple[str, ...] = ()  # audiences of its client credentials tokens (RFC 8707)
    guests_welcome: bool = False
    sector: str = ""  # pairwise sector; empty: the host of its redirect URIs
    display_name: str = ""  # shown at BundID before data are released, at most 50 characters
    online_service_id: str = ""  # BMI-ID
    id_token_algorithm: str = "ES256"  # noqa: S105 - ES256 | RS256


@dataclass(frozen=True, kw_only=True)
class SamlProvider:
    """A SAML account, today BundID."""

    name: str
    title: str  # shown to people
    metadata_file: Path  # the identity provider's metadata
    entity_id: str  # ours: an https URL without port that never changes after the first start (bPK2 hangs on its host)
    request_signature: str = "rsa-sha256"  # rsa-sha256 | rsa-pss
    clock_skew_seconds: int = 60  # at most 180


@dataclass(frozen=True, kw_only=True)
class OidcProvider:
    """An OpenID Connect account, today that of the staff."""

    name: str
    title: str
    issuer: str
    client_id: str
    level: str  # the level the operator vouches for; the peer's acr is not read yet
    staff: bool = False  # carries authorities and roles instead of citizens' attributes
    scopes: tuple[str, ...] = ("openid",)


@dataclass(frozen=True, kw_only=True)
class PostboxPeer:
    """The postbox as the gate sees it: the one reader of delivery addresses."""

    audience: str  # the postbox's public URL
    jwks_file: Path  # its public encryption key


@dataclass(frozen=True, kw_only=True)
class GateSettings:
    """Everything the gate needs to know before it starts."""

    issuer: str  # public URL without trailing slash
    keys_directory: Path
    database_url: str
    demo: bool = False  # allows the stand-in's keys and entityID
    postbox: PostboxPeer | None = None
    authorities: tuple[Authority, ...] = ()
    clients: tuple[Client, ...] = ()
    saml: tuple[SamlProvider, ...] = ()
    oidc: tuple[OidcProvider, ...] = ()

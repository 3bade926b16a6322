"""What an application is registered as: read from its settings, wherever they stand; contradictions are refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from idgateway.assurance import Level, level_from_name
from idgateway.attributes import STAFF_ONLY
from idgateway.errors import NotConfigured, UnknownLevel
from idgateway.provider.hosts import is_somebodys
from idgateway.provider.profiles import FAPI2, check_addresses, check_logout, check_profile, needs_keys
from idgateway.settings import Client, GateSettings
from keys.errors import KeyNotValid
from keys.foreign import read_key_set

POSTBOX_SECTOR = "postbox"  # a sector of its own for the whole installation: one person, one mailbox
# How data are passed on: with consent (Art. 6(1)(a) GDPR), by law with a view of them (§ 8 OZG), or without a page.
CONSENT = ASK, INFORM, NONE = "ask", "inform", "none"
LONGEST_PURPOSE = 500  # characters
EXPLAIN = ALWAYS, FIRST, NEVER = "always", "first", "never"  # when the page before the login is shown
CODE, REFRESH, CREDENTIALS = "authorization_code", "refresh_token", "client_credentials"


@dataclass(frozen=True, kw_only=True)
class RegisteredClient:
    """An application as the protocol needs it; ``check_grant_type`` is what Authlib asks."""

    client_id: str
    name: str
    authority: str
    sector: str
    minimum_level: Level
    accounts: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    home: str  # where "back to the service" leads; configured, so that no request can steer it
    restart: str  # where "start again" leads; the same
    explain: str  # one of EXPLAIN
    consent: str  # one of CONSENT
    purpose: str  # one sentence, empty where none is given
    profile: str  # standard | fapi2
    authentication: str  # one of profiles.METHODS
    secret_hash: str  # empty where a key proves the client
    require_pkce: bool
    require_par: bool
    require_dpop: bool
    dpop_nonce: bool
    require_request_object: bool
    response_modes: tuple[str, ...]
    jwks: Mapping[str, Any]  # empty where there is none, or jwks_uri says where they are
    jwks_uri: str
    assertion_algorithm: str  # empty: any
    request_object_algorithm: str  # empty: any
    request_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    resources: tuple[str, ...]
    audience: str  # the resource it is, empty for none
    guests_welcome: bool
    display_name: str
    online_service_id: str
    id_token_algorithm: str
    authorization_algorithm: str  # of signed answers
    userinfo_algorithm: str  # empty: userinfo is JSON
    shares_login: bool
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str
    frontchannel_logout_uri: str
    logo_uri: str
    policy_uri: str
    tos_uri: str

    @property
    def has_keys(self) -> bool:
        """Whether it can sign anything that we could verify."""
        return bool(self.jwks["keys"] or self.jwks_uri)

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether this grant was agreed."""
        return grant_type in self.grant_types


_REGISTERED = frozenset(field.name for field in fields(RegisteredClient))


def load_clients(settings: GateSettings) -> Mapping[str, RegisteredClient]:
    """The configured clients by their id. Raises NotConfigured."""
    clients: dict[str, RegisteredClient] = {}
    for client in settings.clients:
        if client.client_id in clients:
            raise NotConfigured(f"client {client.client_id} stands twice")
        clients[client.client_id] = register(client, settings)
    return clients


def register(client: Client, settings: GateSettings) -> RegisteredClient:
    """The client that these settings describe, the same rules for all of them. Raises NotConfigured."""
    staff = {provider.name for provider in settings.oidc if provider.staff}
    known = {provider.name for provider in settings.saml} | {provider.name for provider in settings.oidc}
    if CODE in client.grant_types:
        _check_login(client, known, staff)
    check_profile(client)
    check_addresses(client, demo=settings.demo)
    check_logout(client, demo=settings.demo)
    try:
        level = level_from_name(client.minimum_level)
    except UnknownLevel as error:
        raise NotConfigured(f"client {client.client_id}: {error.detail}") from None
    claims = (*client.claims, *(STAFF_ONLY if staff & set(client.accounts) else ()))
    as_written = {field.name: getattr(client, field.name) for field in fields(client) if field.name in _REGISTERED}
    strict = client.profile == FAPI2
    computed = {
        "sector": sector_of(client),
        "minimum_level": level,
        "home": _home(client),
        "restart": _restart(client, settings.issuer),
        # Who works here knows the account, and its data are the employer's.
        "explain": NEVER if staff & set(client.accounts) else client.explain_login,
        "consent": NONE if staff & set(client.accounts) else client.consent,
        "require_par": client.require_par or strict,
        "require_dpop": client.require_dpop or strict,
        "jwks": _keys(client),
        "claims": tuple(dict.fromkeys(claims)),
        "display_name": client.display_name or client.name[:50],
        "authorization_algorithm": client.authorization_algorithm or client.id_token_algorithm,
    }
    return RegisteredClient(**{**as_written, **computed})


def _keys(client: Client) -> Mapping[str, Any]:
    if client.jwks_uri or not needs_keys(client):
        return {"keys": []}
    if not client.jwks:
        return read_jwks(client.jwks_file, f"client {client.client_id}")
    return _key_set(client.jwks, f"client {client.client_id}", "jwks")


def _check_login(client: Client, known: set[str], staff: set[str]) -> None:
    accounts = set(client.accounts)
    if not accounts or not accounts <= known:
        raise NotConfigured(f"client {client.client_id}: accounts are missing or unknown")
    if accounts & staff and accounts - staff:
        # Who decides about a citizen never appears as one.
        raise NotConfigured(f"client {client.client_id}: staff and citizens log in to different applications")
    if not client.redirect_uris:
        raise NotConfigured(f"client {client.client_id}: no redirect URI")
    if client.explain_login not in EXPLAIN:
        raise NotConfigured(f"client {client.client_id}: explain_login is one of {', '.join(EXPLAIN)}")
    if client.consent not in CONSENT:
        raise NotConfigured(f"client {client.client_id}: consent is one of {', '.join(CONSENT)}")
    if len(client.purpose) > LONGEST_PURPOSE:
        raise NotConfigured(f"client {client.client_id}: purpose is one sentence, at most {LONGEST_PURPOSE} characters")


def _home(client: Client) -> str:
    _check_own(client, "home", client.home)
    return client.home or (f"{_origin(client.redirect_uris[0])}/" if client.redirect_uris else "")


def _restart(client: Client, issuer: str) -> str:
    """Where a login begins anew; the application learns who asks for it (OIDC Core 4: ``iss``)."""
    url = client.initiate_login_uri
    _check_own(client, "initiate_login_uri", url)
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'iss': issuer})}" if url else ""


def _check_own(client: Client, setting: str, url: str) -> None:
    if url and _origin(url) not in map(_origin, client.redirect_uris):
        raise NotConfigured(f"client {client.client_id}: {setting} is on another origin than its redirect URIs")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def sector_of(client: Client) -> str:
    """Who shares pairwise identifiers with it (OIDC Core 8.1). Raises NotConfigured."""
    if client.sector:
        return client.sector
    named = [client.sector_identifier_uri] if client.sector_identifier_uri else client.redirect_uris
    hosts = {urlsplit(uri).hostname or "" for uri in named}
    # OIDC Core 8.1: with several hosts the sector cannot be guessed, for it decides who may compare identifiers.
    if len(hosts) > 1:
        raise NotConfigured(
            f"client {client.client_id}: several redirect hosts need a sector_identifier_uri or a sector"
        )
    if not hosts:
        return client.client_id
    # Nor is a word without a dot anybody's own host: all who have a machine of that name would share identifiers.
    if not is_somebodys(host := hosts.pop()):
        raise NotConfigured(f"client {client.client_id}: a host without a dot is nobody's own: name a sector")
    return host


def read_jwks(path: Path | None, owner: str) -> Mapping[str, Any]:
    """The public signature keys of a JSON Web Key Set. Raises NotConfigured, also for a private key or a weak one."""
    if path is None:
        raise NotConfigured(f"{owner}: jwks_file is missing; it proves itself with its own key")
    try:
        return _key_set(path.read_text(encoding="utf-8"), owner, path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise NotConfigured(f"{owner}: {path.name} is no readable JWKS ({type(error).__name__})") from None


def _key_set(text: str, owner: str, place: str) -> Mapping[str, Any]:
    try:
        return read_key_set(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise NotConfigured(f"{owner}: {place} is no readable JWKS ({type(error).__name__})") from None
    except KeyNotValid as error:
        raise NotConfigured(f"{owner}: {place}: {error.detail}") from None

"""The registered applications, read from the settings once at the start; what cannot be right stops it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from idgateway.assurance import Level, level_from_name
from idgateway.attributes import STAFF_ONLY
from idgateway.errors import NotConfigured, UnknownLevel
from idgateway.provider.profiles import FAPI2, check_logout, check_profile, needs_keys
from idgateway.settings import Client, GateSettings

POSTBOX_SECTOR = "postbox"  # a sector of its own for the whole installation: one person, one mailbox
EXPLAIN = ALWAYS, FIRST, NEVER = "always", "first", "never"  # when the page before the login is shown
CODE, REFRESH, CREDENTIALS = "authorization_code", "refresh_token", "client_credentials"
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


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
    profile: str  # standard | fapi2
    authentication: str  # one of profiles.METHODS
    secret_hash: str  # empty where a key proves the client
    require_pkce: bool
    require_par: bool
    require_dpop: bool
    dpop_nonce: bool
    require_request_object: bool
    response_modes: tuple[str, ...]
    jwks: Mapping[str, Any]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    resources: tuple[str, ...]
    audience: str  # the resource it is, empty for none
    guests_welcome: bool
    display_name: str
    online_service_id: str
    id_token_algorithm: str
    userinfo_algorithm: str  # empty: userinfo is JSON
    shares_login: bool
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether this grant was agreed."""
        return grant_type in self.grant_types


_REGISTERED = frozenset(field.name for field in fields(RegisteredClient))


def load_clients(settings: GateSettings) -> Mapping[str, RegisteredClient]:
    """All clients by their id. Raises NotConfigured."""
    staff = {provider.name for provider in settings.oidc if provider.staff}
    known = {provider.name for provider in settings.saml} | {provider.name for provider in settings.oidc}
    clients: dict[str, RegisteredClient] = {}
    for client in settings.clients:
        if client.client_id in clients:
            raise NotConfigured(f"client {client.client_id} stands twice")
        clients[client.client_id] = _register(client, settings, known, staff)
    return clients


def _register(client: Client, settings: GateSettings, known: set[str], staff: set[str]) -> RegisteredClient:
    if CODE in client.grant_types:
        _check_login(client, known, staff)
    check_profile(client)
    check_logout(client, demo=settings.demo)
    try:
        level = level_from_name(client.minimum_level)
    except UnknownLevel as error:
        raise NotConfigured(f"client {client.client_id}: {error.detail}") from None
    claims = (*client.claims, *(STAFF_ONLY if staff & set(client.accounts) else ()))
    as_written = {field.name: getattr(client, field.name) for field in fields(client) if field.name in _REGISTERED}
    strict = client.profile == FAPI2
    computed = {
        "sector": client.sector or _sector(client),
        "minimum_level": level,
        "home": _home(client),
        "restart": _restart(client, settings.issuer),
        "explain": NEVER if staff & set(client.accounts) else client.explain_login,  # who works here knows the account
        "require_par": client.require_par or strict,
        "require_dpop": client.require_dpop or strict,
        "jwks": read_jwks(client.jwks_file, client.client_id) if needs_keys(client) else {"keys": []},
        "claims": tuple(dict.fromkeys(claims)),
        "display_name": client.display_name or client.name[:50],
    }
    return RegisteredClient(**{**as_written, **computed})


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


def _sector(client: Client) -> str:
    hosts = {urlsplit(uri).hostname or "" for uri in client.redirect_uris}
    # OIDC Core 8.1: with several hosts the sector cannot be guessed, for it decides who may compare identifiers.
    if len(hosts) > 1:
        raise NotConfigured(f"client {client.client_id}: redirect URIs on several hosts need an explicit sector")
    return hosts.pop() if hosts else client.client_id


def read_jwks(path: Path | None, owner: str) -> Mapping[str, Any]:
    """A JSON Web Key Set of public keys. Raises NotConfigured, also when somebody put a private key in."""
    if path is None:
        raise NotConfigured(f"{owner}: jwks_file is missing; it proves itself with its own key")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        keys = content["keys"]
        private = [key for key in keys if _PRIVATE & key.keys()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotConfigured(f"{owner}: {path.name} is no readable JWKS ({type(error).__name__})") from None
    if private or not keys:
        raise NotConfigured(f"{owner}: {path.name} holds a private key, or none at all")
    return {"keys": keys}

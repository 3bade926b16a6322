"""The authorization request: what binds the answer to this login, and what is asked of the provider. Pure.

Sources: OpenID Connect Core 1.0 3.1.2.1 and 5.5; RFC 7636 4; OpenID Connect for Identity Assurance 1.0 section 6.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from idgateway.settings import OidcProvider
from idgateway.upstream import Ask
from idgateway.upstream.oidc.claims import ClaimReader
from idgateway.upstream.oidc.identity import LEEWAY
from idgateway.upstream.oidc.levels import LevelSource
from idgateway.upstream.oidc.peer import Discovered

AS_PROVED: Final[Mapping[str, None]] = {"trust_framework": None, "assurance_level": None}


def is_fresh(settings: OidcProvider, ask: Ask) -> bool:
    """Whether the person must log in anew: citizens always, as at BundID; staff where the application says so."""
    return ask.fresh or not settings.staff


def binding(settings: OidcProvider, ask: Ask, *, callback_url: str, nonce: str, verifier: str) -> dict[str, str]:
    """What makes the answer ours: state, nonce, PKCE S256 and our own address."""
    return {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": callback_url,
        "scope": " ".join(settings.scopes),
        "state": ask.relay_state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }


def wishes(
    settings: OidcProvider, ask: Ask, discovered: Discovered, levels: LevelSource, reader: ClaimReader
) -> dict[str, str]:
    """What the login shall be like: language, freshness, level, and the claims this application may have."""
    asked = {"ui_locales": ask.language}
    if is_fresh(settings, ask):
        # max_age makes auth_time a must in the ID token (OpenID Connect Core 2); prompt=login does the rest.
        asked |= {"prompt": "login", "max_age": str(LEEWAY)}
    acr_values = levels.acr_values(ask.level)
    if discovered.takes_claims and not settings.staff:
        return asked | _claims(discovered, reader.top_claims(ask.attributes), acr_values)
    return asked | ({"acr_values": " ".join(acr_values)} if acr_values else {})


def _claims(discovered: Discovered, names: tuple[str, ...], acr_values: tuple[str, ...]) -> dict[str, str]:
    """The ``claims`` parameter. The acr is asked for here as essential, and then nowhere else (Core 5.5.1.1)."""
    userinfo: dict[str, Any] = dict.fromkeys(names)
    proved = [name for name in names if name in discovered.verified_claims]
    if proved:
        userinfo["verified_claims"] = {"verification": AS_PROVED, "claims": dict.fromkeys(proved)}
    id_token = {"acr": {"essential": True, "values": list(acr_values)}} if acr_values else {}
    asked = {part: wish for part, wish in (("userinfo", userinfo), ("id_token", id_token)) if wish}
    return {"claims": json.dumps(asked, separators=(",", ":"))} if asked else {}


def _challenge(verifier: str) -> str:
    # RFC 7636 4.2
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()

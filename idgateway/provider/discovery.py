"""What the gate says about itself: discovery document (OIDC Discovery 3, RFC 8414) and public keys."""

from datetime import datetime
from typing import Any

from idgateway.assurance import Level, acr_of
from idgateway.attributes import CLAIMS, STAFF_ONLY
from idgateway.gate import Gate
from idgateway.provider.profiles import ALGORITHMS, ID_TOKEN_ALGORITHMS, METHODS
from idgateway.provider.request import RESPONSE_MODES
from idgateway.scopes import LOGIN
from keys import possession
from keys.jwk import public_jwks
from keys.keyring import Purpose

_PERSONAL = [claim for claim in CLAIMS if claim not in STAFF_ONLY]


# How requests may be made and answered.
_REQUESTS = {
    "response_modes_supported": list(RESPONSE_MODES),
    "authorization_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
    "code_challenge_methods_supported": ["S256"],
    "claims_parameter_supported": True,
    "request_parameter_supported": True,
    "request_object_signing_alg_values_supported": list(ALGORITHMS),
    "request_uri_parameter_supported": True,
    "require_request_uri_registration": True,
}


def describe(gate: Gate) -> dict[str, Any]:
    """The discovery document; what is not offered yet is not named, and where silence means yes, it says no."""
    issuer = gate.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        **_pushing(gate),
        **({"registration_endpoint": f"{issuer}/register"} if gate.settings.registration else {}),
        **_REQUESTS,
        "jwks_uri": f"{issuer}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["pairwise"],
        "userinfo_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        "id_token_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        **_authentication("token", "introspection", "revocation"),
        "dpop_signing_alg_values_supported": list(possession.ALGORITHMS),
        "scopes_supported": list(LOGIN),
        "acr_values_supported": [acr_of(level, issuer) for level in Level],
        "claims_supported": ["sub", "acr", "auth_time", *_PERSONAL, "verified_claims", "postbox_address"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["de", "en"],
        # OpenID Connect Back-Channel Logout 1.0, 2.1
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        # OpenID Connect Front-Channel Logout 1.0, 3
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        # RFC 9207
        "authorization_response_iss_parameter_supported": True,
        # OpenID Connect for Identity Assurance 9
        "verified_claims_supported": True,
        "trust_frameworks_supported": ["eidas"],
        "evidence_supported": ["electronic_record"],
        "claims_in_verified_claims_supported": [claim for claim in _PERSONAL if claim not in ("email", "phone_number")],
    }


def _pushing(gate: Gate) -> dict[str, Any]:
    """RFC 9126 5: pushing is required where it is of everybody, not only of those registered so."""
    of_all = all(client.require_par for client in gate.clients.values())
    endpoint = f"{gate.issuer}/par"
    return {"pushed_authorization_request_endpoint": endpoint, "require_pushed_authorization_requests": of_all}


def _authentication(*endpoints: str) -> dict[str, list[str]]:
    """How applications prove themselves: the same everywhere; RFC 8414 2 wants it said for each endpoint."""
    methods = {f"{one}_endpoint_auth_methods_supported": list(METHODS) for one in endpoints}
    algorithms = {f"{one}_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS) for one in endpoints}
    return methods | algorithms


def public_keys(gate: Gate, now: datetime) -> dict[str, Any]:
    """The keys our tokens verify with, the retired ones as long as tokens of theirs may live."""
    return public_jwks(gate.keyring, (Purpose.TOKEN_SIGNING, Purpose.TOKEN_SIGNING_RS256), now)

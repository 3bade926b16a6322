"""What may stand together in a client's registration, by its profile; a contradiction stops the start and is named.

``standard`` is what OpenID Connect's certification plans ask for; ``fapi2`` is the FAPI 2.0 Security Profile.
"""

from urllib.parse import urlsplit

from idgateway.errors import NotConfigured
from idgateway.provider import hosts
from idgateway.provider.client_secret import is_hash
from idgateway.provider.reach import is_allowed
from idgateway.provider.request import RESPONSE_MODES
from idgateway.settings import Client

STANDARD, FAPI2 = "standard", "fapi2"
PRIVATE_KEY, BASIC, POST = "private_key_jwt", "client_secret_basic", "client_secret_post"
METHODS = (PRIVATE_KEY, BASIC, POST)
ID_TOKEN_ALGORITHMS = ("ES256", "RS256")
ALGORITHMS = ("ES256", "PS256", "EdDSA", "RS256")  # of what applications sign
STRICT_ALGORITHMS = ("ES256", "PS256", "EdDSA")  # FAPI 2.0 Security Profile 5.4.1
STRICT_ID_TOKEN_ALGORITHMS = ("ES256",)  # FAPI 2.0 Security Profile 5.4.1: RS256 is not among the algorithms


def check_profile(client: Client) -> None:
    """The registration contradicts neither itself nor its profile. Raises NotConfigured."""
    for holds, told in (*_rules(client), *_rules_of_proof(client)):
        if not holds:
            raise NotConfigured(f"client {client.client_id}: {told}")


def check_logout(client: Client, *, demo: bool) -> None:
    """Where a logout leads back to, and where it is told. Raises NotConfigured."""
    for uri in client.post_logout_redirect_uris:
        parts = hosts.split(uri)
        if parts is None or parts.scheme not in ("https", "http") or "#" in uri:
            raise NotConfigured(f"client {client.client_id}: post_logout_redirect_uris are web addresses, no fragment")
    uri = client.backchannel_logout_uri
    # Back-Channel Logout 1.0, 2.2: no fragment; http would let anybody on the way read who logs out.
    if uri and not (is_allowed(uri, demo=demo) and "#" not in uri):
        raise NotConfigured(f"client {client.client_id}: backchannel_logout_uri is an https address, no fragment")
    uri = client.frontchannel_logout_uri
    # Front-Channel Logout 1.0, 2: scheme, host and port of a redirect URI.
    ways_back = {urlsplit(one)[:2] for one in client.redirect_uris}
    if uri and not (is_way_back(uri) and urlsplit(uri)[:2] in ways_back):
        told = "frontchannel_logout_uri is on the origin of a redirect URI, no fragment"
        raise NotConfigured(f"client {client.client_id}: {told}")


def check_addresses(client: Client, *, demo: bool) -> None:
    """What we fetch from the application, and what we link to, are protected addresses. Raises NotConfigured."""
    fetched = {
        "jwks_uri": client.jwks_uri,
        "sector_identifier_uri": client.sector_identifier_uri,
        "request_uris": client.request_uris,
    }
    shown = {"logo_uri": client.logo_uri, "policy_uri": client.policy_uri, "tos_uri": client.tos_uri}
    for name, given in {**fetched, **shown}.items():
        for uri in filter(None, (given,) if isinstance(given, str) else given):
            fine = is_allowed(uri, demo=demo) and uri.isascii() and uri.isprintable() and " " not in uri
            # OIDC Registration 2: a request_uri may carry the hash of its content as fragment.
            if not fine or ("#" in uri and name != "request_uris"):
                raise NotConfigured(f"client {client.client_id}: {name} is an https address, no fragment")


def needs_keys(client: Client) -> bool:
    """Whether the client's public keys must be known."""
    return client.authentication == PRIVATE_KEY or has_keys(client)


def has_keys(client: Client) -> bool:
    """Whether it says where its public keys are."""
    return bool(client.jwks_file or client.jwks_uri or client.jwks)


def is_way_back(uri: str) -> bool:
    """RFC 6749 3.1.2, RFC 9700 4.1.3: a code neither travels in the clear nor ends in a script or at another's host."""
    parts = hosts.split(uri)
    if parts is None:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in hosts.LOOPBACK)
    return secure and uri.isprintable() and not {"#", "@", "\\", "*", " "} & set(uri)


def _rules(client: Client) -> tuple[tuple[bool, str], ...]:
    strict = client.profile == FAPI2
    return (
        (client.profile in (STANDARD, FAPI2), f"profile is {STANDARD} or {FAPI2}"),
        (client.authentication in METHODS, f"authentication is one of {', '.join(METHODS)}"),
        (
            ("refresh_token" in client.grant_types) == ("offline_access" in client.scopes),
            "grant type refresh_token and scope offline_access stand together, or neither does",
        ),
        *(
            (getattr(client, name) in ("", *(STRICT_ID_TOKEN_ALGORITHMS if strict else ID_TOKEN_ALGORITHMS)), told)
            for name in ("userinfo_algorithm", "authorization_algorithm")
            for told in (f"{name} is as for ID tokens, or empty",)
        ),
        (
            all(map(is_way_back, client.redirect_uris)),
            "redirect_uris are https addresses without fragment (http on this machine only)",
        ),
        # FAPI 2.0 Security Profile 5.3.2.2: PKCE from everyone.
        (client.require_pkce or not strict, f"profile {FAPI2} needs require_pkce"),
        (
            client.id_token_algorithm in ID_TOKEN_ALGORITHMS,
            f"id_token_algorithm is one of {', '.join(ID_TOKEN_ALGORITHMS)}",
        ),
        (
            client.id_token_algorithm in STRICT_ID_TOKEN_ALGORITHMS or not strict,
            f"profile {FAPI2} needs id_token_algorithm {' or '.join(STRICT_ID_TOKEN_ALGORITHMS)}",
        ),
        (
            bool(client.response_modes) and set(client.response_modes) <= set(RESPONSE_MODES),
            f"response_modes are some of {', '.join(RESPONSE_MODES)}",
        ),
    )


def _rules_of_proof(client: Client) -> tuple[tuple[bool, str], ...]:
    """How it proves itself and its requests."""
    strict, by_key = client.profile == FAPI2, client.authentication == PRIVATE_KEY
    allowed = STRICT_ALGORITHMS if strict else ALGORITHMS
    return (
        (by_key != bool(client.secret_hash), f"secret_hash stands with {BASIC} or {POST}, and only there"),
        (
            not client.secret_hash or is_hash(client.secret_hash),
            "secret_hash is not what `idgateway client secret` makes",
        ),
        # FAPI 2.0 Security Profile 5.3.2.1: no shared secrets.
        (by_key or not strict, f"profile {FAPI2} needs authentication {PRIVATE_KEY}"),
        (
            # OIDC Registration 2: jwks and jwks_uri never stand together.
            sum(map(bool, (client.jwks_file, client.jwks_uri, client.jwks))) <= 1,
            "jwks_file, jwks_uri and jwks exclude each other",
        ),
        (
            has_keys(client) or not (client.require_request_object or client.request_uris),
            "require_request_object and request_uris need a key of its own to verify with",
        ),
        (
            {client.assertion_algorithm, client.request_object_algorithm} <= {"", *allowed},
            f"assertion_algorithm and request_object_algorithm are one of {', '.join(allowed)}, or empty",
        ),
    )

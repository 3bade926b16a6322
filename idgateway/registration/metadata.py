"""A client's metadata (RFC 7591 2, OIDC Registration 2, and what logout, PAR and DPoP add) as settings of ours. Pure.

What is known is checked strictly; what is known and not offered is refused rather than silently left out, because
whoever asks for encryption or an age limit relies on it; what nobody knows is ignored, as RFC 7591 2 demands.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from idgateway.errors import RegistrationRefused
from idgateway.provider.clients import CODE, REFRESH
from idgateway.provider.profiles import ALGORITHMS, BASIC, ID_TOKEN_ALGORITHMS, METHODS, PRIVATE_KEY, is_way_back
from idgateway.provider.reach import is_allowed
from idgateway.provider.request import RESPONSE_MODES, SIGNED
from idgateway.registration import bounds as fixed
from idgateway.registration.names import fault_of
from idgateway.settings import Client
from keys.errors import KeyNotValid
from keys.foreign import read_key_set

LONGEST_URI = 2048  # characters
_MOST = 20  # entries of a list
REDIRECT = "invalid_redirect_uri"

# What they are called there, and here; the second is what RFC 7591 and OIDC Registration take where nothing is said.
_WORDS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "token_endpoint_auth_method": ("authentication", BASIC, METHODS),
    "token_endpoint_auth_signing_alg": ("assertion_algorithm", "", ALGORITHMS),
    "request_object_signing_alg": ("request_object_algorithm", "", ALGORITHMS),
    "id_token_signed_response_alg": ("id_token_algorithm", "RS256", ID_TOKEN_ALGORITHMS),
    "authorization_signed_response_alg": ("authorization_algorithm", "", ID_TOKEN_ALGORITHMS),  # JARM 3
    "userinfo_signed_response_alg": ("userinfo_algorithm", "", ID_TOKEN_ALGORITHMS),
    "subject_type": ("", "", ("pairwise",)),
    "application_type": ("", "", ("web", "native")),
}
_FLAGS = {
    "require_pushed_authorization_requests": "require_par",
    "require_signed_request_object": "require_request_object",
    "dpop_bound_access_tokens": "require_dpop",
}
_LISTS = ("redirect_uris", "post_logout_redirect_uris", "request_uris")
_ADDRESSES = (
    *("jwks_uri", "sector_identifier_uri", "initiate_login_uri"),
    *("backchannel_logout_uri", "frontchannel_logout_uri"),
    *("logo_uri", "policy_uri", "tos_uri", "client_uri"),
)
_NOT_OFFERED = (
    *("id_token_encrypted_response_alg", "id_token_encrypted_response_enc"),
    *("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"),
    *("request_object_encryption_alg", "request_object_encryption_enc"),
    *("authorization_encrypted_response_alg", "authorization_encrypted_response_enc"),
    *("default_max_age", "default_acr_values", "tls_client_certificate_bound_access_tokens"),
)


def read_metadata(body: bytes) -> Mapping[str, Any]:
    """A JSON object whose names stand once. Raises RegistrationRefused."""
    try:
        content = json.loads(body, object_pairs_hook=_unique)
        json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is no character (RFC 8259 8.2)
    except (ValueError, RecursionError):
        raise RegistrationRefused("the body is no JSON, or a name stands in it twice") from None
    if not isinstance(content, dict):
        raise RegistrationRefused("the body is no JSON object")
    # RFC 7591 2: null says as little as nothing.
    return {name: value for name, value in content.items() if value is not None}


def client_of(metadata: Mapping[str, Any], client_id: str, bounds: Mapping[str, Any], *, demo: bool) -> Client:
    """The settings of a client with this metadata, within its invitation; without a secret. Raises RegistrationRefused.

    What they mean together is judged where every client's settings are (``provider.clients.register``).
    """
    _check_offered(metadata)
    lists = {name: _addresses(metadata, name, demo=demo) for name in _LISTS}
    if not lists["redirect_uris"]:
        raise RegistrationRefused("redirect_uris is missing or empty", code=REDIRECT)
    words = {field: _word(metadata, name) for name, (field, _, _) in _WORDS.items()}
    single = {name: _address(metadata, name, demo=demo) for name in _ADDRESSES}
    values: dict[str, Any] = {
        **_granted(metadata, bounds),
        **{name: value for name, value in {**words, **single, **lists}.items() if name not in ("", "client_uri")},
        **{field: _flag(metadata, name) for name, field in _FLAGS.items()},
        "client_id": client_id,
        "response_modes": _modes(words["authorization_algorithm"], bounds),
        "name": _name(metadata, lists["redirect_uris"]),
        "home": single["client_uri"],
        "jwks": _keys(metadata),
    }
    if words["authentication"] == PRIVATE_KEY and not (values["jwks"] or values["jwks_uri"]):
        raise RegistrationRefused("private_key_jwt needs jwks or jwks_uri")
    frozen: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    return Client(**frozen)


def metadata_of(client: Client) -> dict[str, Any]:
    """The metadata as they are registered, for the answer (RFC 7591 3.2.1); what is not set is left out."""
    words = {name: getattr(client, field) for name, (field, _, _) in _WORDS.items() if field}
    said = {
        "client_name": client.name,
        **{name: list(getattr(client, name)) for name in _LISTS},
        **{name: getattr(client, name) for name in _ADDRESSES if name != "client_uri"},
        **words,
        "client_uri": client.home,
        "jwks": json.loads(client.jwks) if client.jwks else None,
        "scope": " ".join(client.scopes),
        "grant_types": list(client.grant_types),
    }
    always = {"response_types": ["code"], "subject_type": "pairwise"}
    flags = {name: getattr(client, field) for name, field in _FLAGS.items()}
    return {**{name: value for name, value in said.items() if value}, **always, **flags}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("name twice")
    return content


def _check_offered(metadata: Mapping[str, Any]) -> None:
    # RFC 7591 2.3: nobody's statements are trusted here; the invitation says what is agreed.
    if "software_statement" in metadata:
        raise RegistrationRefused("no software statement is accepted", code="unapproved_software_statement")
    for name in _NOT_OFFERED:
        if metadata.get(name, False) is not False:
            raise RegistrationRefused(f"{name} is not offered")
    if metadata.get("response_types", ["code"]) != ["code"]:
        raise RegistrationRefused('response_types is ["code"]')
    if "jwks" in metadata and "jwks_uri" in metadata:
        raise RegistrationRefused("jwks and jwks_uri exclude each other")


def _granted(metadata: Mapping[str, Any], bounds: Mapping[str, Any]) -> dict[str, Any]:
    grants, scope = metadata.get("grant_types", [CODE]), metadata.get("scope")
    if not isinstance(grants, list) or CODE not in grants or not all(one in (CODE, REFRESH) for one in grants):
        raise RegistrationRefused(f"grant_types is {CODE}, alone or with {REFRESH}")
    if scope is not None and not (isinstance(scope, str) and "openid" in scope.split()):
        raise RegistrationRefused("scope is a text with openid in it")
    return fixed.granted(bounds, grants, scope)


def _modes(algorithm: str, bounds: Mapping[str, Any]) -> list[str]:
    """The ways its answers go, within the invitation. JARM 3: with an algorithm for them, all of them are signed."""
    agreed = bounds.get("response_modes") or RESPONSE_MODES
    modes = [mode for mode in agreed if (mode in SIGNED) == bool(algorithm)]
    if not modes:
        told = "is not agreed for it" if algorithm else "is missing: its answers are signed, as agreed"
        raise RegistrationRefused(f"authorization_signed_response_alg {told}")
    return modes


def _word(metadata: Mapping[str, Any], name: str) -> str:
    _, usual, known = _WORDS[name]
    word = metadata.get(name, usual)
    if word not in (usual, *known) or not isinstance(word, str) or (name in metadata and not word):
        raise RegistrationRefused(f"{name} is one of {', '.join(known)}")
    return word


def _flag(metadata: Mapping[str, Any], name: str) -> bool:
    flag = metadata.get(name, False)
    if not isinstance(flag, bool):
        raise RegistrationRefused(f"{name} is true or false")
    return flag


def _address(metadata: Mapping[str, Any], name: str, *, demo: bool) -> str:
    uri = metadata.get(name, "")
    if name in metadata and not _is_ours_to_use(uri, demo=demo):
        raise RegistrationRefused(f"{name} is an https address")
    return str(uri)


def _addresses(metadata: Mapping[str, Any], name: str, *, demo: bool) -> list[str]:
    uris = metadata.get(name, [])
    redirects = name == "redirect_uris"
    code = REDIRECT if redirects else "invalid_client_metadata"
    if not isinstance(uris, list) or len(uris) > _MOST or len(uris) != len({str(one) for one in uris}):
        raise RegistrationRefused(f"{name} is a list of at most {_MOST} different addresses", code=code)
    for uri in uris:
        if not _is_ours_to_use(uri, demo=demo) or (redirects and not is_way_back(uri)):
            raise RegistrationRefused(f"{name} are https addresses without fragment", code=code)
    return uris


def _is_ours_to_use(uri: object, *, demo: bool) -> bool:
    if not isinstance(uri, str) or not 0 < len(uri) <= LONGEST_URI or not uri.isascii() or not uri.isprintable():
        return False
    return is_allowed(uri, demo=demo) and not set(' "<>\\^`{|}') & set(uri)


def _name(metadata: Mapping[str, Any], redirect_uris: list[str]) -> str:
    name = metadata.get("client_name", urlsplit(redirect_uris[0]).hostname)
    fault = fault_of(name) if isinstance(name, str) else "is no text"
    if fault:
        raise RegistrationRefused(f"client_name {fault}")
    return str(name)


def _keys(metadata: Mapping[str, Any]) -> str:
    if "jwks" not in metadata:
        return ""
    try:
        return json.dumps(read_key_set(metadata["jwks"]))
    except KeyNotValid as error:
        raise RegistrationRefused(f"jwks: {error.detail}") from None

"""Which claims a scope stands for (OIDC Core 5.4), so that an application that asks for less receives less. Pure.

``openid`` alone brings nothing about the person. What Core does not know goes with ``profile``, where a developer looks
first; what is said about an organisation has a scope of its own. No scope widens what was registered.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "profile": (
            *("name", "given_name", "family_name", "birth_family_name", "title", "salutation"),
            *("birthdate", "place_of_birth", "nationalities"),
            *("authorities", "roles"),  # of staff: for whom they work, and as what
        ),
        "email": ("email",),
        "address": ("address",),
        "phone": ("phone_number",),
        "organization": (
            *("organization_name", "organization_kind", "organization_legal_form"),
            *("organization_register", "organization_address"),
        ),
    }
)
POSTBOX, OFFLINE = "postbox", "offline_access"
LOGIN = ("openid", *SCOPES, POSTBOX, OFFLINE)  # every scope of a person's login


def unasked(claims: Iterable[str], scopes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The claims that none of these scopes brings, by the scope that would: only the claims parameter asks for them."""
    missing = set(claims) - claims_of(scopes)
    behind = {scope: tuple(claim for claim in of_scope if claim in missing) for scope, of_scope in SCOPES.items()}
    return {scope: found for scope, found in behind.items() if found}


def claims_of(scopes: Iterable[str]) -> frozenset[str]:
    """The claims behind these scopes; a scope of another kind brings none."""
    return frozenset(claim for scope in scopes for claim in SCOPES.get(scope, ()))

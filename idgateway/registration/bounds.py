"""What an invitation fixes: the operator agreed it, so nobody who comes by it can have more. Pure."""

from collections.abc import Mapping
from typing import Any

# Fields of settings.Client. Scopes, grant types and response modes are the most that may be had, the rest is as it is.
FIELDS = frozenset(
    {
        "authority",
        "minimum_level",
        "accounts",
        "claims",
        "scopes",
        "grant_types",
        "profile",
        "require_pkce",
        "guests_welcome",
        "online_service_id",
        "display_name",
        "consent",
        "purpose",
        "response_modes",
    }
)


def granted(bounds: Mapping[str, Any], grant_types: list[str], scope: str | None) -> dict[str, Any]:
    """The invitation's fields with the grant types and scopes that were asked for, as far as it goes.

    RFC 7591 2: a server may register less than it was asked for, and says so in its answer.
    """
    grants = [one for one in bounds["grant_types"] if one in grant_types]
    asked = bounds["scopes"] if scope is None else [one for one in bounds["scopes"] if one in scope.split()]
    lasting = "refresh_token" in grants and "offline_access" in asked
    return {
        **{name: bounds[name] for name in FIELDS if name in bounds},
        "grant_types": [one for one in grants if one != "refresh_token" or lasting],
        "scopes": [one for one in asked if one != "offline_access" or lasting],
    }

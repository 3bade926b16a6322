"""What a request wishes to know and how surely: the ``claims`` parameter and ``acr_values`` (OIDC Core 5.5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from idgateway.assurance import Level, acr_of
from idgateway.errors import RequestRefused
from idgateway.provider.draft import Draft


@dataclass(frozen=True, kw_only=True)
class _Wishes:
    """The claims parameter, read."""

    userinfo: tuple[str, ...]
    id_token: tuple[str, ...]
    essential: tuple[str, ...]
    dispensable: tuple[str, ...]
    acr: tuple[str, ...]
    acr_is_essential: bool
    sub: str


def check_claims(draft: Draft) -> Draft:
    """The claims parameter adds what was agreed to the scopes, never more (OIDC Core 5.5); a ``sub`` is one person.

    What a scope brings or ``essential`` asks for, the service says it needs; the rest is voluntary (OIDC Core 5.5.1).
    """
    text = draft.given.get("claims")
    if text is None:
        return draft
    try:
        wishes = _read(json.loads(text))
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise RequestRefused("claims is no JSON object of the known form") from None
    return replace(
        draft,
        asked_claims=(*wishes.userinfo, *wishes.id_token),
        essential_claims=wishes.essential,
        dispensable_claims=wishes.dispensable,
        id_token_claims=wishes.id_token,
        wished_acr=wishes.acr,
        wished_sub=wishes.sub,
        essential_acr=wishes.acr if wishes.acr_is_essential else (),
    )


def check_level(draft: Draft) -> Draft:
    """The needed level: what the application asks for, never below its registered minimum.

    ``acr_values``, like an acr wished for as a claim, is a wish, of which the first one known here counts; an essential
    acr with values is a must (OIDC Core 5.5.1.1).
    """
    known = {acr_of(level, draft.issuer): level for level in Level}
    level = draft.asker.minimum_level
    wished = [known[acr] for acr in (*draft.given.get("acr_values", "").split(), *draft.wished_acr) if acr in known]
    if wished:
        level = max(level, wished[0])
    if draft.essential_acr:
        musts = [known[acr] for acr in draft.essential_acr if acr in known]
        if not musts:
            raise RequestRefused("no such acr can be reached here", code="unmet_authentication_requirements")
        level = max(level, min(musts))
    return replace(draft, level=level)


def _read(content: Any) -> _Wishes:
    """Raises TypeError, AttributeError or ValueError for anything of another form."""
    places = {place: _part(content, place) for place in ("userinfo", "id_token")}
    acr = places["id_token"].get("acr") or {}
    values = acr.get("values", [acr["value"]] if "value" in acr else [])
    if not isinstance(values, list):
        raise TypeError("values")
    wishes = {place: _named(part) for place, part in places.items()}
    return _Wishes(
        userinfo=tuple(name for name, _ in wishes["userinfo"]),
        id_token=tuple(name for name, _ in wishes["id_token"]),
        essential=tuple(name for name, wish in (*wishes["userinfo"], *wishes["id_token"]) if wish is True),
        dispensable=tuple(name for name, wish in (*wishes["userinfo"], *wishes["id_token"]) if wish is False),
        acr=tuple(map(str, values)),
        acr_is_essential=acr.get("essential") is True,
        sub=str((places["id_token"].get("sub") or {}).get("value", "")),
    )


def _part(content: Any, place: str) -> Mapping[str, Any]:
    part = content.get(place)
    if part is None:
        return {}
    # OIDC Core 5.5.1: each wish is null or an object; within verified_claims there may be several.
    if not all(wish is None or isinstance(wish, dict) for name, wish in part.items() if name != "verified_claims"):
        raise TypeError(place)
    return dict(part)


def _named(part: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each claim in one part of the claims parameter, those inside ``verified_claims`` too, with its ``essential``."""
    named = [(name, wish) for name, wish in part.items() if name not in ("verified_claims", "acr")]
    verified = part.get("verified_claims") or []
    for element in verified if isinstance(verified, list) else [verified]:
        named.extend((element.get("claims") or {}).items())
    return [(name, (wish or {}).get("essential")) for name, wish in named]

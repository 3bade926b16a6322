"""What the page before data go to an application shows: each value with level and source. Pure; texts are msgids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from idgateway import words
from idgateway.attributes import CLAIMS, counts_as_verified, read_claim
from idgateway.consent import scopes_told
from idgateway.provider.clients import ASK, RegisteredClient
from idgateway.provider.request import AuthorizationRequest
from idgateway.settings import Authority
from idgateway.upstream import Assertion


@dataclass(frozen=True, kw_only=True)
class Item:
    """One claim on its way; ``value`` is a text or a date, empty where the account has none."""

    claim: str
    label: str
    value: str | date
    source: str  # who says so
    proved: bool
    voluntary: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """The whole page: who asks, why, for what, and what of it the person may keep back."""

    client: RegisteredClient
    town: str  # empty for an application of the whole installation
    asks: bool  # for consent; otherwise it informs
    level: str
    needed: tuple[Item, ...]
    voluntary: tuple[Item, ...]
    missing: tuple[str, ...]  # asked for, and not known to the account
    scopes: tuple[str, ...]
    guest: bool


def page_of(
    request: AuthorizationRequest, assertion: Assertion, client: RegisteredClient, towns: Iterable[Authority]
) -> Page:
    """What this request would release of this login, ready to be shown."""
    guest = assertion.subject is None
    shown = items(request, assertion)
    there = [one for one in shown if one.value]
    return Page(
        client=client,
        town=next((town.name for town in towns if town.ars == client.authority), ""),
        asks=client.consent == ASK,
        level=words.LEVEL_NAMES[assertion.level],
        needed=tuple(one for one in there if not one.voluntary),
        voluntary=tuple(one for one in there if one.voluntary),
        missing=tuple(one.label for one in shown if not one.value),
        scopes=tuple(words.SCOPES[scope] for scope in scopes_told(request, guest=guest)),
        guest=guest,
    )


def items(request: AuthorizationRequest, assertion: Assertion) -> tuple[Item, ...]:
    """Everything this request would release of this login, in the order of ``attributes``."""
    return tuple(_item(claim, request, assertion) for claim in CLAIMS if claim in request.claims)


def _item(claim: str, request: AuthorizationRequest, assertion: Assertion) -> Item:
    value, level = read_claim(claim, assertion.attributes)
    return Item(
        claim=claim,
        label=words.claim(claim),
        value=_shown(claim, value),
        source=words.source(level, assertion.means),
        proved=level is not None and counts_as_verified(level, assertion.means),
        voluntary=claim in request.voluntary_claims,
    )


def _shown(claim: str, value: Any) -> str | date:
    if not value:
        return ""
    if claim == "birthdate":
        return _date(str(value))
    if claim == "organization_kind":
        return words.KINDS.get(str(value), str(value))
    if isinstance(value, Mapping):
        return _together(claim, value)
    return ", ".join(value) if isinstance(value, list) else str(value)


def _date(value: str) -> str | date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value  # an account may know the year only


def _together(claim: str, parts: Mapping[str, str]) -> str:
    if claim.endswith("address"):
        town = _joined((parts.get("postal_code"), parts.get("locality")), " ")
        return _joined((parts.get("street_address"), town, parts.get("country")), ", ")
    return _joined(parts.values(), " ")


def _joined(parts: Iterable[str | None], by: str) -> str:
    return by.join(part for part in parts if part)

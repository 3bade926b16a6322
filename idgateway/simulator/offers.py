"""Who may log in for a request, and what goes over: only what was asked, and only what the login can deliver.

Sources: BundID interface description 5.3 (guests), 6 (values), 9.2 (requested attributes).
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from idgateway.simulator.manner import EIDAS_LEVELS, Manner
from idgateway.simulator.names import ATTRIBUTES, BY_URN, Step
from idgateway.simulator.persons import PERSONS, Person, Trust, Value
from idgateway.simulator.requests import LoginRequest

INTERFACE_VERSION = "2021.7.1"
_ENTRANCES = ("eID", "Elster", "eIDAS", "Benutzername", "FINK", "guest")
_PAIRWISE, _HANDLE = ATTRIBUTES["bPK2"].urn, ATTRIBUTES["legacyPostkorbHandle"].urn

_ISSUING_COUNTRY = "eIDAS-Issuing-Country"
_TRUST_OF = {Step.LOW: Trust.NORMAL, Step.SUBSTANTIAL: Trust.SUBSTANTIAL, Step.HIGH: Trust.HIGH}


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What one login would hand to one service."""

    values: tuple[Value, ...]  # in the order of the request
    missing: tuple[str, ...]  # urn names asked for and not available
    missing_required: tuple[str, ...]


def entrances(request: LoginRequest, manner: Manner) -> tuple[str, ...]:
    """The means to offer, strongest habit first; only those that open a door for somebody."""
    offered = {person.entrance for person in offered_persons(request, manner)}
    return tuple(entrance for entrance in _ENTRANCES if entrance in offered)


def offered_persons(request: LoginRequest, manner: Manner, entrance: str | None = None) -> tuple[Person, ...]:
    """The logins that satisfy level, means and the attributes asked for, as the switches have them."""
    wished = (as_wished(person, manner) for person in PERSONS if entrance in (None, person.entrance))
    return tuple(person for person in wished if is_offered(person, request))


def as_wished(person: Person, manner: Manner) -> Person:
    """The person as this login's switches have them: second factor, and for eIDAS country and level."""
    person = replace(person, mfa=manner.mfa or person.mfa)
    if person.means != "eIDAS":
        return person
    level = EIDAS_LEVELS.get(manner.eidas_level, person.level)
    return replace(person, level=level, values=tuple(_from(value, manner.country, level) for value in person.values))


def _from(value: Value, country: str, level: Step) -> Value:
    if value.name == "mail":  # the account's own, whatever the means
        return value
    content = country if country and value.name == _ISSUING_COUNTRY else value.value
    return replace(value, value=content, trust=_TRUST_OF[level])


def is_offered(person: Person, request: LoginRequest) -> bool:
    """Weaker means are not shown (5.1); asking for bPK2 hides guests, for the handle guests and FINK too (9.2.1)."""
    asked = {entry.urn for entry in request.extension.requested}
    if person.level < request.level:
        return False
    if person.account is None:
        # 9.1: the guest login is no method of the list; it cannot be deselected there.
        return not asked & {_PAIRWISE, _HANDLE}
    if person.means == "FINK" and _HANDLE in asked:
        return False
    return person.means in request.extension.methods


def transfer(person: Person, request: LoginRequest, secret: bytes) -> Transfer:
    """Pick what was asked from what this login has."""
    available = {value.name: value for value in person.values + derived(person, request, secret)}
    chosen, missing = [], []
    for entry in request.extension.requested:
        name = BY_URN.get(entry.urn)
        value = available.get(name.friendly) if name else None
        if value is None:
            missing.append(entry)
        elif value not in chosen:
            chosen.append(value)
    return Transfer(
        values=tuple(chosen),
        missing=tuple(entry.urn for entry in missing),
        missing_required=tuple(entry.urn for entry in missing if entry.required),
    )


def derived(person: Person, request: LoginRequest, secret: bytes) -> tuple[Value, ...]:
    """What BundID adds of its own: level, means, version, and for an account its identifiers."""
    values = [
        Value(name="EID-CITIZEN-QAA-LEVEL", value=person.level.token, trust=Trust.NORMAL),
        Value(name="AssertionProvedBy", value=person.means, trust=Trust.NORMAL),
        Value(name="Version", value=INTERFACE_VERSION, trust=Trust.NORMAL),
        Value(name="mfa", value=person.mfa or _second_factor(person.means), trust=None),
    ]
    if person.account is None:
        return tuple(values)
    pairwise = pairwise_identifier(person.account, request.provider.entity_id, secret)
    application = uuid.uuid5(uuid.UUID(person.account), request.request_id)
    if person.means == "FINK":
        # 5.2, 6.2.2: the identifier of the other state's account is passed on with a prefix; it has no mailbox here.
        return (*values, Value(name="bPK2", value=f"FINK-BY-{pairwise}", trust=Trust.NORMAL))
    return (
        *values,
        Value(name="bPK2", value=pairwise, trust=Trust.NORMAL),
        Value(name="legacyPostkorbHandle", value=mailbox_handle(person.account), trust=Trust.NORMAL),
        Value(name="applicationId", value=str(application), trust=None),
    )


def _second_factor(means: str) -> str:
    # 6.2.10: always with eID and ELSTER; a password may have one.
    return "true" if means in ("eID", "Elster") else "false"


def pairwise_identifier(account: str, entity_id: str, secret: bytes) -> str:
    """A stand-in for bPK2: right length (43 characters), pairwise per account and *host* of the entityID (6.2.1).

    The real derivation is not public.
    """
    host = urlsplit(entity_id).hostname or ""
    digest = hmac.new(secret, f"{account}\0{host}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def mailbox_handle(account: str) -> str:
    """The account's mailbox handle: a UUID, the same for every service (6.2.6)."""
    return str(uuid.uuid5(uuid.UUID(account), "mailbox"))

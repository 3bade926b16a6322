"""A person's decision becomes the form that goes back: the data, a broken answer, or a refusal with its status."""

from datetime import datetime

from idgateway.simulator.catalogue import BROKEN, SOUND
from idgateway.simulator.identity import Identity
from idgateway.simulator.names import AUTHN_FAILED, NO_AUTHN_CONTEXT, REQUEST_DENIED
from idgateway.simulator.offers import transfer
from idgateway.simulator.persons import BY_KEY
from idgateway.simulator.protection import Protection, Signer
from idgateway.simulator.responses import Refusal, answer, refuse, state
from idgateway.simulator.statement import Statement
from idgateway.simulator.visits import Answered, Visit

CANCELLED = Refusal(status=AUTHN_FAILED, message="Authentication was canceled by the user.")
FAILED = Refusal(status=NO_AUTHN_CONTEXT, message="An error has occurred.")


def answer_for(identity: Identity, visit: Visit, *, decision: str, fault: str, address: str, now: datetime) -> Answered:
    """Make the answer: ``decision`` is agree, broken, cancel or failure; anything else counts as cancel.

    A required attribute that is missing refuses whatever the person decided (interface description 9.2, 9.7).
    """
    protection = Protection(signer=Signer(key=identity.key, certificate=identity.certificate))
    broken = BROKEN.get(fault, SOUND) if decision == "broken" else SOUND
    refusal = _refusal(identity, visit, decision)
    if refusal is not None:
        encoded = refuse(visit.request, refusal, protection, entity_id=identity.entity_id, now=now)
    else:
        recipient = visit.request.provider.encryption
        if recipient is None:
            raise TypeError("requests without an encryption key are refused before")
        encoded = answer(stated(identity, visit, address, now), protection, recipient, broken)
    fields = [("SAMLResponse", encoded)]
    if visit.request.relay_state:
        fields.append(("RelayState", visit.request.relay_state))
    return Answered(url=visit.request.acs_url, fields=tuple(broken.form(fields)), deliveries=broken.deliveries)


def stated(identity: Identity, visit: Visit, address: str, now: datetime) -> Statement:
    """The honest statement about the chosen person."""
    person = BY_KEY[visit.person]
    return state(
        visit.request,
        person,
        transfer(person, visit.request, identity.pairwise_secret),
        entity_id=identity.entity_id,
        authenticated_at=visit.authenticated_at or now,
        address=address,
        now=now,
    )


def _refusal(identity: Identity, visit: Visit, decision: str) -> Refusal | None:
    if decision == "failure":
        return FAILED
    if decision not in ("agree", "broken"):
        return CANCELLED
    given = transfer(BY_KEY[visit.person], visit.request, identity.pairwise_secret)
    if given.missing_required:
        return Refusal(status=REQUEST_DENIED, message="The request was denied.", missing=given.missing_required)
    return None

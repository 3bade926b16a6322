"""A person's decision becomes the form that goes back: the data, a broken answer, or a refusal with its status."""

from dataclasses import replace
from datetime import datetime, timedelta

from idgateway.simulator.catalogue import BROKEN, SOUND
from idgateway.simulator.identity import Identity
from idgateway.simulator.manner import CIPHERS, SIGNATURES, TRANSPORTS, Manner
from idgateway.simulator.offers import transfer
from idgateway.simulator.outcomes import OUTCOMES, Outcome
from idgateway.simulator.protection import Protection, Signer
from idgateway.simulator.responses import answer, refuse, state
from idgateway.simulator.statement import Statement
from idgateway.simulator.visits import Answered, Visit

DECISIONS = ("agree", "broken", *OUTCOMES)


def answer_for(identity: Identity, visit: Visit, *, decision: str, fault: str, address: str, now: datetime) -> Answered:
    """Make the answer: ``decision`` is agree, broken or one of OUTCOMES; anything else counts as cancel.

    A required attribute that is missing refuses whatever the person decided (interface description 9.2, 9.7).
    """
    now += timedelta(seconds=visit.manner.clock_offset)
    protection = protection_of(identity, visit.manner)
    broken = BROKEN.get(fault, SOUND) if decision == "broken" else SOUND
    if broken is not SOUND:  # what a fault leaves unsigned is the fault's business alone
        protection = replace(protection, sign_response=True, sign_assertion=True)
    outcome = _outcome(identity, visit, decision)
    if outcome is not None:
        missing = _missing(identity, visit, outcome)
        # A refusal has no assertion: its envelope is signed in every manner.
        signed = replace(protection, sign_response=True)
        encoded = refuse(visit.request, outcome, missing, signed, entity_id=identity.entity_id, now=now)
    else:
        recipient = visit.request.provider.encryption
        if recipient is None:
            raise TypeError("requests without an encryption key are refused before")
        encoded = answer(stated(identity, visit, address, now), protection, recipient, broken)
    fields = [("SAMLResponse", encoded)]
    if visit.request.relay_state:
        fields.append(("RelayState", visit.request.relay_state))
    return Answered(url=visit.request.acs_url, fields=tuple(broken.form(fields)), deliveries=broken.deliveries)


def protection_of(identity: Identity, manner: Manner) -> Protection:
    """Signature and encryption as this login's switches have them."""
    transport, (content, bits) = TRANSPORTS[manner.transport], CIPHERS[manner.encryption]
    return Protection(
        signer=Signer(key=identity.key, certificate=identity.certificate),
        signature=SIGNATURES[manner.signature],
        sign_response=manner.signed != "assertion",
        sign_assertion=manner.signed != "response",
        content=content,
        key_bits=bits,
        transport=transport.algorithm,
        oaep_digest=transport.digest,
        oaep_mgf=transport.mgf,
    )


def stated(identity: Identity, visit: Visit, address: str, now: datetime) -> Statement:
    """The honest statement about the chosen person, at ``now``."""
    offset = timedelta(seconds=visit.manner.clock_offset)
    return state(
        visit.request,
        visit.who,
        transfer(visit.who, visit.request, identity.pairwise_secret),
        entity_id=identity.entity_id,
        authenticated_at=visit.authenticated_at + offset if visit.authenticated_at else now,
        address=address,
        now=now,
    )


def _outcome(identity: Identity, visit: Visit, decision: str) -> Outcome | None:
    if decision not in ("agree", "broken"):
        return OUTCOMES.get(decision, OUTCOMES["cancel"])
    missing = transfer(visit.who, visit.request, identity.pairwise_secret).missing_required
    return OUTCOMES["attributes-missing"] if missing else None


def _missing(identity: Identity, visit: Visit, outcome: Outcome) -> tuple[str, ...]:
    """What StatusDetail names: what this person lacks; where nothing lacks, all that was required, or else asked."""
    if not outcome.names_attributes:
        return ()
    lacking = transfer(visit.who, visit.request, identity.pairwise_secret).missing_required if visit.person else ()
    required = tuple(entry.urn for entry in visit.request.extension.requested if entry.required)
    return lacking or required or tuple(entry.urn for entry in visit.request.extension.requested)

"""The story of a notice, from submission to a proof that verifies without us."""

import hashlib

from keys.jwk import public_jwks
from keys.keyring import Purpose
from postbox.delivery import evidence, handover
from postbox.delivery.handover import Reader
from postbox.delivery.jobs import run_due
from postbox.delivery.life import Status
from postbox.delivery.status import standing
from postbox.intake.accept import submit
from postbox.intake.recipients import open_mailbox
from postbox.proof.events import EventType
from postbox.proof.receipts import verify_receipt
from postbox.proof.verify import verify
from postbox.store import notices
from tests.postbox.conftest import NOON, URL, VIERNHEIM, caller, pdf, submission, upload


def reader_of(box, level="substantial"):
    return Reader(mailbox=open_mailbox(box, "sector-sub-of-erika", NOON), session_hash=b"s" * 32, level=level)


def documents_of(box, notice):
    with box.database.read() as connection:
        return notices.documents_of(connection, notice)


def test_a_notice_goes_from_submission_to_a_proof_that_verifies(box, recipient, clock, catcher):
    """Accepted with receipt, available with dates, notified, retrieved byte for byte, proven offline."""
    original = pdf(pad=200_000)
    accepted = submit(box, submission(recipient, upload(original)), caller(), clock())
    jwks = public_jwks(box.keyring, [Purpose.RECEIPT_SIGNING], clock())
    receipt = verify_receipt(accepted.receipt, jwks, issuer=URL, now=clock())
    assert receipt.event.type is EventType.SUBMISSION_ACCEPTED
    assert standing(box, VIERNHEIM, accepted.notice).status is Status.ACCEPTED

    clock.forward(seconds=1)
    assert run_due(box, clock()) == 2  # made available, notified
    found = standing(box, VIERNHEIM, accepted.notice)
    assert found.status is Status.NOTIFIED
    # Monday 23 November, § 9(1) OZG: the fourth day is Friday 27; one month later is Sunday 27 December: Monday 28.
    assert found.computation["announced_strict"] == "2026-11-27"
    assert found.computation["citizen_safe_until"] == "2026-12-28"
    (mail,) = catcher.mails
    assert mail.rcpt_tos == ["erika@example.org"]

    (document,) = documents_of(box, accepted.notice)
    ticket = handover.issue_ticket(box, document_id=document["id"], reader=reader_of(box), now=clock())
    offered = handover.offer(box, ticket=ticket, reader=reader_of(box), now=clock())
    assert b"".join(offered) == original
    offered.close()
    found = standing(box, VIERNHEIM, accepted.notice)
    assert found.status is Status.RETRIEVED

    packed = evidence.bundle(box, found.row, clock())
    report = verify(packed, evidence.anchors(box, clock()), clock())
    assert report.ok, report
    assert hashlib.sha256(original).hexdigest().encode() in packed

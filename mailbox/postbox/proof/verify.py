"""The verifier: one bundle against the verifier's own trust anchors, offline, in numbered steps, never a traceback.

It needs no web, no database and no network, and says as plainly what is not proven as what is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from keys.errors import KeysError
from keys.merkle import leaf_hash, verify_inclusion
from postbox.errors import EvidenceInvalid, PostboxError
from postbox.proof import container
from postbox.proof.anchors import Anchors
from postbox.proof.attested import check_the_container, check_time, check_witness
from postbox.proof.bundle import TYPE
from postbox.proof.canonical import text_of
from postbox.proof.chain import verify_chain
from postbox.proof.commitments import digest_of, opens, read_documents_payload
from postbox.proof.contents import Contents, read_contents
from postbox.proof.dates import check_dates, summary
from postbox.proof.events import EventType
from postbox.proof.log import Checkpoint, leaf, verify_checkpoint
from postbox.proof.receipts import verify_receipt, verify_signed
from postbox.proof.report import Finding, Report, Status, Step, step
from postbox.proof.unpack import MANIFEST, SIGNATURE, read_bundle, unpack
from postbox.proof.words import NOT_OF_THE_OPERATOR, REPLACED, WITHDRAWN, followed_by, reached

_CLAIMS: Final = {"iss", "sub", "iat", "bundle"}
# Any number of certificates, revocation lists and signatures; the container's signature holds one certificate.
_DEAR: Final = frozenset({"time", "witness"})


def verify(source: Path | bytes, anchors: Anchors, now: datetime) -> Report:
    """Check a bundle (a file or its bytes) against the anchors. Never raises for what a bundle may hold.

    ``now`` is aware UTC and serves only to refuse signatures from the future.
    """
    try:
        return _verify(source, anchors, now)
    except Exception:  # noqa: BLE001 - a hostile file must end in a report; the tests see that none gets here
        failed = step(1, "unexpected", Status.FAILED, {}, "unexpected")
        return Report(notice_id=None, steps=(failed,))


def _verify(source: Path | bytes, anchors: Anchors, now: datetime) -> Report:
    try:
        contents = read_contents(unpack(read_bundle(source)))
    except PostboxError as error:
        return Report(notice_id=None, steps=(step(1, "bundle", Status.FAILED, {}, error.code),))
    steps = [step(1, "bundle", Status.OK, {"notice": contents.notice_id})]
    for number, name in enumerate(CHECKS, start=2):
        skipped = _is_strangers(name, steps)
        steps.append(_skipped(number, name) if skipped else _run(number, name, contents, anchors, now))
    unproven = enumerate(NEVER_PROVEN, start=len(steps) + 1)
    steps += [step(number, name, Status.NOT_PROVEN, {}) for number, name in unproven]
    return Report(notice_id=contents.notice_id, steps=tuple(steps))


_Check = Callable[[Contents, Anchors, datetime], Finding]


def _run(number: int, name: str, contents: Contents, anchors: Anchors, now: datetime) -> Step:
    trusted = {"trusted": anchors.issuer}
    try:
        finding = CHECKS[name](contents, anchors, now)
    except (PostboxError, KeysError) as error:
        return step(number, name, Status.FAILED, trusted, error.code)
    return step(number, name, finding.status, {**trusted, **finding.values})


def _is_strangers(name: str, steps: Sequence[Step]) -> bool:
    """Whether a check is dear and the operator did not sign what it would look at: anybody may send us a bundle."""
    return name in _DEAR and any(one.name == "origin" and one.status is Status.FAILED for one in steps)


def _skipped(number: int, name: str) -> Step:
    return step(number, name, Status.NOT_PROVEN, {"why": NOT_OF_THE_OPERATOR})


def check_origin(contents: Contents, anchors: Anchors, now: datetime) -> Finding:
    """The operator we trust signed the manifest, and every member is the one it names."""
    if contents.issuer != anchors.issuer:
        raise EvidenceInvalid("The bundle comes from another operator than the trusted one.", code="other-operator")
    claims = verify_signed(contents.signature, anchors.receipt_keys, typ=TYPE, issuer=anchors.issuer, now=now)
    if set(claims) != _CLAIMS or claims["sub"] != contents.notice_id:
        raise EvidenceInvalid("The signature is about something else.", code="bundle-signature")
    if claims["bundle"] != text_of(digest_of(contents.members[MANIFEST])):
        raise EvidenceInvalid("The manifest is not the signed one.", code="bundle-manifest")
    found = {name: digest_of(data).hex() for name, data in contents.members.items()}
    around = container.OWN if contents.contained else frozenset()
    for name in (MANIFEST, SIGNATURE, *around & found.keys()):
        del found[name]
    if found != contents.stated_members:
        raise EvidenceInvalid("A member is not the signed one.", code="bundle-member-changed")
    return Finding(values={"issuer": contents.issuer})


def check_documents(contents: Contents, _anchors: Anchors, _now: datetime) -> Finding:
    """Every document has the size and digest the manifest states, and there is no other."""
    lying = {name for name in contents.members if name.startswith("documents/")}
    if lying != {document.member for document in contents.documents}:
        raise EvidenceInvalid("Documents and manifest do not match.", code="document-unknown")
    for document in contents.documents:
        data = contents.members[document.member]
        if (len(data), digest_of(data).hex()) != (document.size, document.sha256):
            raise EvidenceInvalid("A document is not the one the manifest states.", code="document-changed")
    status = Status.OK if contents.documents else Status.NOT_PROVEN
    return Finding(status=status, values={"count": str(len(contents.documents))})


def check_commitments(contents: Contents, _anchors: Anchors, _now: datetime) -> Finding:
    """The documents are those that were submitted; how far they came is said as the events show it."""
    submitted = _submitted(contents)
    handed: set[str] = set()
    available = False
    for event in contents.events:
        named = read_documents_payload(event.payload)
        if not named.items() <= submitted.items():
            raise EvidenceInvalid("An event names another document than was submitted.", code="commitment-differs")
        if event.type is EventType.CONTENT_CONSIGNMENT and named != submitted:
            raise EvidenceInvalid("Not all that was submitted was made available.", code="commitment-differs")
        available = available or event.type is EventType.CONTENT_CONSIGNMENT
        handed |= named.keys() if event.type is EventType.CONTENT_HANDOVER else set()
    present = {document.id: document for document in contents.documents}
    if len(present) != len(contents.documents) or not present.keys() <= submitted.keys():
        raise EvidenceInvalid("A document was never submitted.", code="commitment-missing")
    for name, document in present.items():
        if not opens(submitted[name], document.salt, contents.members.get(document.member, b"")):
            raise EvidenceInvalid("A document is not the one that was submitted.", code="commitment-wrong")
    missing = len(submitted) - len(present)
    values: dict[str, tuple[str, str] | str] = {
        "count": str(missing),
        "reached": followed_by(
            reached(available=available, handed=len(handed), total=len(submitted)), *_afterwards(contents)
        ),
    }
    return Finding(status=Status.NOT_PROVEN if missing else Status.OK, values=values)


def check_chain(contents: Contents, _anchors: Anchors, _now: datetime) -> Finding:
    """The events form one unbroken chain of this notice that begins with its submission."""
    verify_chain(contents.events, contents.hashes)
    first = contents.events[0]
    if first.notice_id != contents.notice_id or first.type is not EventType.SUBMISSION_ACCEPTED:
        raise EvidenceInvalid("This is not the chain of this notice.", code="chain-of-another")
    return Finding(values={"count": str(len(contents.events))})


def check_receipts(contents: Contents, anchors: Anchors, now: datetime) -> Finding:
    """Every receipt is signed by the operator and is about an event of this chain."""
    events = {event.seq: (event, hashed) for event, hashed in zip(contents.events, contents.hashes, strict=False)}
    seen = set()
    for token in contents.receipts:
        receipt = verify_receipt(token, anchors.receipt_keys, issuer=anchors.issuer, now=now)
        if events.get(receipt.event.seq) != (receipt.event, receipt.event_hash):
            raise EvidenceInvalid("A receipt is about another chain.", code="receipt-of-another")
        seen.add(receipt.event.type)
    status = Status.OK if EventType.SUBMISSION_ACCEPTED in seen else Status.NOT_PROVEN
    return Finding(status=status, values={"count": str(len(contents.receipts))})


def check_checkpoint(contents: Contents, anchors: Anchors, _now: datetime) -> Finding:
    """A trusted log signed every state of it that is shown."""
    heads = [_trusted(head.checkpoint, anchors) for head in contents.heads if head.checkpoint is not None]
    if not heads:
        return Finding(status=Status.NOT_PROVEN)
    newest = max(heads, key=lambda head: head.size)
    return Finding(values={"origin": newest.origin, "size": str(newest.size)})


def check_inclusion(contents: Contents, anchors: Anchors, _now: datetime) -> Finding:
    """Every event stands in the log, in each state that is said to hold it."""
    events = {event.seq: leaf(event, hashed) for event, hashed in zip(contents.events, contents.hashes, strict=False)}
    found: set[int] = set()
    for head in contents.heads:
        seqs = [proof.seq for proof in head.proofs]
        if len(set(seqs)) != len(seqs) or not set(seqs) <= events.keys():
            raise EvidenceInvalid("A proof is about no event, or stands twice.", code="proof-unknown")
        if head.checkpoint is None:
            raise EvidenceInvalid("There are proofs without a checkpoint.", code="proof-without-checkpoint")
        checkpoint = _trusted(head.checkpoint, anchors)
        for proof in head.proofs:
            hashed = leaf_hash(events[proof.seq])
            verify_inclusion(hashed, proof.index, checkpoint.size, proof.path, checkpoint.root)
        found |= set(seqs)
    if open_ones := events.keys() - found:
        return Finding(status=Status.NOT_PROVEN, values={"count": str(len(open_ones))})
    return Finding(values={"count": str(len(events))})


def check_the_dates(contents: Contents, _anchors: Anchors, _now: datetime) -> Finding:
    """Announcement and periods follow from the events and the law."""
    if not contents.computations or not check_dates(contents.computations, contents.events):
        return Finding(status=Status.NOT_PROVEN)
    return Finding(values={"dates": summary(contents.computations[-1])})


CHECKS: Final[Mapping[str, _Check]] = {
    "origin": check_origin,
    "documents": check_documents,
    "commitments": check_commitments,
    "chain": check_chain,
    "receipts": check_receipts,
    "checkpoint": check_checkpoint,
    "inclusion": check_inclusion,
    "dates": check_the_dates,
    "time": check_time,
    "witness": check_witness,
    "container": check_the_container,
}
NEVER_PROVEN: Final = ("reading",)


def _afterwards(contents: Contents) -> list[tuple[str, str]]:
    """Whoever reads a genuine proof must not overlook that its notice was withdrawn or replaced."""
    happened = {event.type for event in contents.events}
    told = {EventType.REPLACED: REPLACED, EventType.WITHDRAWN: WITHDRAWN}
    return [words for kind, words in told.items() if kind in happened]


def _submitted(contents: Contents) -> Mapping[str, bytes]:
    for event in contents.events:
        if event.type is EventType.SUBMISSION_ACCEPTED:
            return read_documents_payload(event.payload)
    raise EvidenceInvalid("Nothing was submitted.", code="commitment-missing")


def _trusted(note: str, anchors: Anchors) -> Checkpoint:
    refused = EvidenceInvalid("No log is trusted here.", code="checkpoint-not-signed")
    for key in anchors.log_keys:
        try:
            return verify_checkpoint(note, key)
        except EvidenceInvalid as error:
            refused = error
    raise refused

"""The checks of what others attest: the time by authorities, the history by witnesses, the container by its signer.

Each believes only what the verifier's own anchors vouch for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from keys.errors import TimeStampInvalid
from keys.timestamp import TimeStamp, verify_token
from postbox.errors import EvidenceInvalid
from postbox.proof.anchors import Anchors
from postbox.proof.bundle import Head
from postbox.proof.container import check_container
from postbox.proof.contents import Contents
from postbox.proof.report import Finding, Status
from postbox.proof.stamping import Words, qualified_words
from postbox.proof.witnessing import Cosignature, find_cosignature
from postbox.proof.words import EVERYTHING, PARTLY, RENEWED, UNTRUSTED_STAMPS, UNTRUSTED_WITNESSES, clock_text

UNTRUSTED_AUTHORITY: Final = "timestamp-certificate-chain"
SKEW: Final = timedelta(seconds=60)  # how far the operator's clock may run ahead of an authority's


def check_time(contents: Contents, anchors: Anchors, now: datetime) -> Finding:
    """Independent authorities stamped the states of the log; every event is not later than that."""
    if any(head.time_stamps for head in contents.heads) and not anchors.time_stamp_certificates:
        return Finding(status=Status.NOT_PROVEN, values={"why": UNTRUSTED_STAMPS})
    stamped = _stamped_heads(contents.heads, anchors, now)
    latest: dict[int, datetime] = {}
    for head, stamps in stamped:
        moment = min(stamp.not_later_than for stamp in stamps)
        for proof in head.proofs:
            latest[proof.seq] = min(moment, latest.get(proof.seq, moment))
    found = [stamp for _, stamps in stamped for stamp in stamps]
    for event in contents.events:
        # Who dates an event after its own time stamp contradicts himself.
        if event.seq in latest and event.recorded_at > latest[event.seq] + SKEW:
            raise EvidenceInvalid("An event is dated later than its time stamp.", code="time-contradiction")
    values: dict[str, Words | str] = {
        "who": ", ".join(sorted({stamp.authority for stamp in found})),
        "when": clock_text(max(latest.values())) if latest else "",
        "renewed": _renewed(stamped, latest),
        "qualified": qualified_words(found, anchors.stamping, now),
    }
    return _covered(contents, set(latest), values)


def check_witness(contents: Contents, anchors: Anchors, now: datetime) -> Finding:
    """Named outsiders saw the states of the log and that each continued the one before."""
    if any(head.witnesses for head in contents.heads) and not anchors.witness_keys:
        return Finding(status=Status.NOT_PROVEN, values={"why": UNTRUSTED_WITNESSES})
    seen: set[int] = set()
    found: list[Cosignature] = []
    for head in contents.heads:
        lines = _cosignatures(head, anchors, now)
        found += lines
        seen |= {proof.seq for proof in head.proofs if lines}
    names = ", ".join(sorted({one.witness for one in found}))
    when = clock_text(max(one.at for one in found)) if found else ""
    return _covered(contents, seen, {"who": names, "when": when})


def check_the_container(contents: Contents, anchors: Anchors, _now: datetime) -> Finding:
    """The ASiC-E container is signed by the operator's pinned certificate and holds what its manifest says."""
    if not contents.contained:
        return Finding(status=Status.NOT_PROVEN)
    signed = check_container(contents.members, anchors.container_certificates)
    return Finding(values={"at": clock_text(signed.at)})


def _stamped_heads(heads: Sequence[Head], anchors: Anchors, now: datetime) -> list[tuple[Head, list[TimeStamp]]]:
    """The heads whose time stamps are right. Raises TimeStampInvalid.

    An authority that is not trusted (any more) may be missed where stamps of another head cover the same events: that
    one renewed it.
    """
    found: list[tuple[Head, list[TimeStamp]]] = []
    refused: list[tuple[Head, TimeStampInvalid]] = []
    for head in heads:
        try:
            stamps = _stamps(head, anchors, now)
        except TimeStampInvalid as error:
            if error.code != UNTRUSTED_AUTHORITY:
                raise
            refused.append((head, error))
        else:
            found += [(head, stamps)] if stamps else []
    covered = {proof.seq for head, _ in found for proof in head.proofs}
    for head, why in refused:
        if not {proof.seq for proof in head.proofs} <= covered:
            raise why
    return found


def _renewed(stamped: Sequence[tuple[Head, Sequence[TimeStamp]]], latest: Mapping[int, datetime]) -> Words:
    """When all that is stamped was last stamped again, in words; empty where it was once."""
    whole = [stamps for head, stamps in stamped if {proof.seq for proof in head.proofs} >= latest.keys()]
    newest = max((stamp.not_later_than for stamps in whole for stamp in stamps), default=None)
    if newest is None or newest <= max(latest.values()):
        return "", ""
    return RENEWED[0].format(clock_text(newest)), RENEWED[1].format(clock_text(newest))


def _stamps(head: Head, anchors: Anchors, now: datetime) -> list[TimeStamp]:
    note = (head.checkpoint or "").encode()
    return [verify_token(token, note, anchors.time_stamp_certificates, now) for token in head.time_stamps]


def _cosignatures(head: Head, anchors: Anchors, now: datetime) -> list[Cosignature]:
    """Lines of unknown witnesses say nothing (C2SP tlog-cosignature); a wrong one of a known witness is a forgery."""
    lines, found = "".join(head.witnesses), []
    for key in anchors.witness_keys if lines else ():
        try:
            found.append(find_cosignature(lines, head.checkpoint or "", key, now)[1])
        except EvidenceInvalid as error:
            if error.code != "cosignature-missing":
                raise
    return found


def _covered(contents: Contents, seqs: set[int], values: Mapping[str, Words | str]) -> Finding:
    count, total = len(seqs), len(contents.events)
    if not count:
        return Finding(status=Status.NOT_PROVEN, values={"why": ("", "")})
    reach = EVERYTHING if count == total else (PARTLY[0].format(count, total), PARTLY[1].format(count, total))
    return Finding(status=Status.OK, values={**values, "reach": reach})

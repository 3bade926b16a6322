"""A bundle as it was built verifies without us; whatever is changed in it turns a numbered step red."""

import io
import json
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.keyring import Keyring, Purpose
from keys.merkle import inclusion_proof, leaf_hash, root
from keys.minting import mint
from keys.timestamp import query, read_answer
from postbox.errors import EvidenceInvalid
from postbox.law.computation import Case
from postbox.law.periods import compute
from postbox.law.regimes import Regime
from postbox.proof import unpack as names
from postbox.proof.anchors import Anchors
from postbox.proof.bundle import (
    BundledDocument,
    BundleKeys,
    BundleParts,
    Head,
    InclusionProof,
    assemble,
    build,
    pack,
)
from postbox.proof.canonical import canonical_json
from postbox.proof.chain import GENESIS, link
from postbox.proof.commitments import commit, computation_digest, digest_of, documents_payload
from postbox.proof.events import Event, EventType
from postbox.proof.log import Checkpoint, leaf, sign_checkpoint
from postbox.proof.receipts import issue_receipt
from postbox.proof.report import Status
from postbox.proof.verify import CHECKS, NEVER_PROVEN, verify
from postbox.proof.witnessing import cosign, witness_key
from runtime.demo.stamps.authority import Authority, Fault

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ISSUER = "https://postbox.example"
RECEIPTS = mint(Purpose.RECEIPT_SIGNING, NOW)
LOG = mint(Purpose.LOG_SIGNING, NOW)
SEALING = mint(Purpose.EVIDENCE_SEALING, NOW)
WITNESS = mint(Purpose.WITNESS_SIGNING, NOW)
TOWN = "witness.bensheim.example"
STAMPS = Authority.fresh(NOW)
ANCHORS = Anchors.of(
    Keyring([RECEIPTS, LOG, SEALING]),
    issuer=ISSUER,
    log_origin="log.example",
    at=NOW,
    time_stamps=(STAMPS.root,),
    witnesses=(witness_key(TOWN, WITNESS),),
)
DOCUMENTS = (
    BundledDocument(id="doc_a", name="Bescheid Nr. 7.pdf", media_type="application/pdf", content=b"%PDF-1.7 yes", salt=b"a" * 32),
    BundledDocument(id="doc_b", name="Anlage", media_type="application/pdf", content=b"%PDF-1.7 more", salt=b"b" * 32),
)  # fmt: skip
COMPUTATION = compute(
    Case(
        regime=Regime.OZG_9,
        available_at=NOW,
        authority_land="HE",
        recipient_land="HE",
        period_months=1,
        account_reference="§ 2 Abs. 5 OZG",
    )
)


def _payload(*documents):
    return documents_payload((item.id, commit(item.salt, digest_of(item.content))) for item in documents)


def _events(*facts):
    return tuple(
        Event(
            notice_id="ntc_1",
            seq=number,
            type=kind,
            at=NOW + timedelta(seconds=max(0, number - 2)),
            recorded_at=NOW + timedelta(seconds=number),
            actor="client:town",
            payload=payload,
        )
        for number, (kind, payload) in enumerate(facts, start=1)
    )


STORY = (
    (EventType.SUBMISSION_ACCEPTED, {"documents": _payload(*DOCUMENTS)}),
    (EventType.CONTENT_CONSIGNMENT, {"documents": _payload(*DOCUMENTS), "computation": computation_digest(COMPUTATION)}),
    (EventType.CONSIGNMENT_NOTIFICATION, {}),
    (EventType.HANDOVER_OFFERED, {"documents": _payload(DOCUMENTS[0])}),
    (EventType.CONTENT_HANDOVER, {"documents": _payload(DOCUMENTS[0]), "bytes": 12}),
)  # fmt: skip


def _token(note, fault=Fault.NONE, at=NOW + timedelta(minutes=1), authority=STAMPS):
    asked = query(note.encode(), 7)
    return read_answer(authority.answer(asked.der, at, fault), asked)


def _line(note, key=WITNESS, at=NOW + timedelta(minutes=2), name=TOWN):
    return cosign(key, name, note, at)


def _parts(story=STORY, key=RECEIPTS, log=LOG, **changes):
    """The parts of a whole bundle: a log of other entries around the notice's own."""
    events = _events(*story)
    hashes, previous = [], GENESIS
    for event in events:
        previous = link(previous, event)
        hashes.append(previous)
    leaves = [leaf_hash(b"another %d" % number) for number in range(3)]
    leaves += [leaf_hash(leaf(event, hashed)) for event, hashed in zip(events, hashes, strict=True)]
    leaves += [leaf_hash(b"later")]
    state = Checkpoint(origin="log.example", size=len(leaves), root=root(leaves))
    note = sign_checkpoint(log, state)
    proofs = tuple(
        InclusionProof(seq=event.seq, index=event.seq + 2, path=inclusion_proof(leaves, event.seq + 2))
        for event in events
    )
    parts = BundleParts(
        issuer=ISSUER,
        notice_id="ntc_1",
        documents=DOCUMENTS,
        events=events,
        hashes=hashes,
        receipts=[
            issue_receipt(key, issuer=ISSUER, event=event, event_hash=hashed, issued_at=NOW)
            for event, hashed in zip(events, hashes, strict=True)
        ],
        computations=[COMPUTATION],
        heads=(Head(checkpoint=note, proofs=proofs, time_stamps=(_token(note),), witnesses=(_line(note),)),),
        calendar=b'{"holidays":{}}',
        summary=b"%PDF-1.7 summary",
    )
    return replace(parts, **changes)


def _keys(receipts=RECEIPTS, container=SEALING):
    return BundleKeys(receipts=receipts, container=container)


def _bundle(*, signer=RECEIPTS, container=SEALING, **changes):
    return build(_parts(**changes), _keys(signer, container), NOW)


def _heads(**changes):
    """The one head of the whole bundle, changed."""
    return {"heads": (replace(HEAD, **changes),)}


LATER_ON = NOW + timedelta(minutes=5)


def _outcome(data, anchors=ANCHORS, now=LATER_ON):
    report = verify(data, anchors, now)
    assert [step.number for step in report.steps] == list(range(1, len(report.steps) + 1))
    assert all(step.german and step.english and "{" not in step.german + step.english for step in report.steps)
    assert "unexpected" not in {step.code for step in report.steps}
    return report


def _red(data, anchors=ANCHORS, now=LATER_ON):
    report = _outcome(data, anchors, now)
    assert not report.ok
    return {step.name: step.code for step in report.steps if step.status is Status.FAILED}


HEAD = _parts().heads[0]
PROOFS = HEAD.proofs
WHOLE = _bundle()
MEMBERS = names.unpack(WHOLE)


def test_a_whole_bundle_verifies_and_says_what_is_not_proven(tmp_path: Path):
    """Every check is green, ten years later too, from a file; time, witness and reading are said to be open."""
    file = tmp_path / "beweis.zip"
    file.write_bytes(WHOLE)
    report = _outcome(file, now=NOW + timedelta(days=3653))
    assert report.ok
    assert [(step.name, step.status) for step in report.steps] == [
        ("bundle", Status.OK),
        *((name, Status.OK) for name in CHECKS),
        *((name, Status.NOT_PROVEN) for name in NEVER_PROVEN),
    ]
    dates = next(step for step in report.steps if step.name == "dates")
    assert "Bekannt gegeben: Freitag, 27. November 2026. Handeln Sie bis Montag, 28. Dezember 2026." in dates.german
    assert json.loads(json.dumps(report.to_json()))["ok"] is True
    assert "nicht bewiesen" in report.verdict("de")


def test_the_same_parts_make_the_same_bundle():
    """Nothing but the operator's signature differs between two builds: no clock, no order, no chance."""
    parts = _parts()
    assert assemble(parts) == assemble(parts)
    # EN 319 162-1 A.1: mimetype is the first member and stored, so that the bytes say what the file is.
    assert WHOLE[30:].startswith(b"mimetypeapplication/vnd.etsi.asic-e+zip")
    assert pack(names.unpack(WHOLE)) == WHOLE
    assert pack(dict(reversed(list(MEMBERS.items())))) == WHOLE


def test_a_bundle_packed_again_by_another_program_still_verifies():
    """Compression and order belong to the parcel, not to the proof."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(MEMBERS, reverse=True):
            archive.writestr(name, MEMBERS[name])
    assert _outcome(buffer.getvalue()).ok


def test_a_flipped_byte_of_the_document_is_named_step_by_step():
    """The page that shows it: signature, digest and commitment all say that the document is another."""
    changed = pack({**MEMBERS, "documents/doc_a.pdf": b"%PDF-1.7 not"})
    red = _red(changed)
    assert red == {
        "origin": "bundle-member-changed",
        "documents": "document-changed",
        "commitments": "commitment-wrong",
        "container": "container-manifest",
    }


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_bytes_cut_flipped_or_random_never_break_the_verifier(data):
    """Raw damage to the file ends in a report: red, or whole where only the parcel's own fields were touched."""
    kind = data.draw(st.sampled_from(["cut", "flip", "random"]))
    place = data.draw(st.integers(0, len(WHOLE) - 1))
    if kind == "cut":
        assert _red(WHOLE[:place])
    elif kind == "flip":
        changed = bytearray(WHOLE)
        changed[place] ^= data.draw(st.integers(1, 255))
        report = _outcome(bytes(changed))
        assert not report.ok or names.unpack(bytes(changed)) == MEMBERS
    else:
        assert _red(data.draw(st.binary(max_size=200)))


def test_a_bundle_signed_with_a_strangers_keys_is_red_everywhere_a_key_counts():
    """A forger can build a bundle that is whole in itself; the anchors are the verifier's own."""
    receipts, log = mint(Purpose.RECEIPT_SIGNING, NOW), mint(Purpose.LOG_SIGNING, NOW)
    sealing = mint(Purpose.EVIDENCE_SEALING, NOW)
    forged = _bundle(signer=receipts, key=receipts, log=log, container=sealing)
    assert _red(forged) == {
        "origin": "token-key",
        "receipts": "token-key",
        "checkpoint": "checkpoint-not-signed",
        "inclusion": "checkpoint-not-signed",
        "container": "certificate-chain",
    }
    own = Anchors.of(Keyring([receipts, log, sealing]), issuer=ISSUER, log_origin="log.example", at=NOW)
    assert _outcome(forged, own).ok


def test_what_a_stranger_attached_is_not_looked_at():
    """Anybody may send a bundle: stamps and witnesses are checked, and red, only where the operator signed them."""
    wrong = _heads(
        time_stamps=(_token(HEAD.checkpoint, Fault.REVOKED),),
        witnesses=(_line(HEAD.checkpoint, at=NOW + timedelta(days=1)),),
    )
    signed = _red(_bundle(**wrong))
    assert (signed["time"], signed["witness"]) == ("timestamp-certificate-revoked", "cosignature-future")
    report = _outcome(_bundle(**wrong, signer=mint(Purpose.RECEIPT_SIGNING, NOW)))
    left = {one.name: one for one in report.steps if one.name in ("time", "witness")}
    assert [one.status for one in left.values()] == [Status.NOT_PROVEN] * 2
    assert all("nicht geprüft" in one.german and "not checked" in one.english for one in left.values())
    assert [one.number for one in report.steps] == list(range(1, len(report.steps) + 1))
    assert not report.ok


def test_a_bundle_of_another_operator_is_not_taken():
    """Right keys under another name are another operator."""
    assert _red(WHOLE, replace(ANCHORS, issuer="https://elsewhere.example"))["origin"] == "other-operator"
    assert _red(WHOLE, replace(ANCHORS, log_keys=()))["checkpoint"] == "checkpoint-not-signed"


OTHER = replace(DOCUMENTS[1], content=b"%PDF-1.7 never submitted")
LATER = replace(COMPUTATION, citizen_safe_until=COMPUTATION.citizen_safe_until + timedelta(days=30))
EARLY = compute(replace(COMPUTATION.case, available_at=NOW - timedelta(days=1)))


def _story(number, **payload):
    return tuple((kind, {**old, **payload} if at == number else old) for at, (kind, old) in enumerate(STORY, start=1))


@pytest.mark.parametrize(
    ("changes", "step", "code"),
    [
        ({"documents": (DOCUMENTS[0], OTHER)}, "commitments", "commitment-wrong"),
        ({"documents": (*DOCUMENTS, replace(OTHER, id="doc_c"))}, "commitments", "commitment-missing"),
        ({"story": _story(2, documents=_payload(DOCUMENTS[0]))}, "commitments", "commitment-differs"),
        ({"story": _story(5, documents=_payload(OTHER))}, "commitments", "commitment-differs"),
        ({"story": STORY[1:]}, "chain", "chain-of-another"),
        ({"notice_id": "ntc_2"}, "chain", "chain-of-another"),
        ({"events": _parts().events[:-1], "hashes": _parts().hashes[:-1]}, "receipts", "receipt-of-another"),
        ({"hashes": [bytes(32)] * 5}, "chain", "chain-broken"),
        (_heads(proofs=(replace(PROOFS[0], index=0),)), "inclusion", "log-proof-invalid"),
        (_heads(proofs=(replace(PROOFS[0], seq=9),)), "inclusion", "proof-unknown"),
        (_heads(proofs=PROOFS[:1] * 2), "inclusion", "proof-unknown"),
        (_heads(time_stamps=(_token(HEAD.checkpoint, Fault.OTHER_AUTHORITY),)), "time", "timestamp-certificate-chain"),
        (_heads(time_stamps=(_token(HEAD.checkpoint, Fault.EXPIRED),)), "time", "timestamp-certificate-not-valid-then"),
        (_heads(time_stamps=(_token(HEAD.checkpoint, Fault.REVOKED),)), "time", "timestamp-certificate-revoked"),
        (_heads(time_stamps=(_token(HEAD.checkpoint + "x"),)), "time", "timestamp-imprint"),
        (_heads(time_stamps=(_token(HEAD.checkpoint, at=NOW - timedelta(minutes=2)),)), "time", "time-contradiction"),
        (_heads(witnesses=(_line(HEAD.checkpoint.replace("9", "8", 1)),)), "witness", "checkpoint-signature"),
        (_heads(witnesses=(_line(HEAD.checkpoint, at=NOW + timedelta(days=1)),)), "witness", "cosignature-future"),
        ({"container": mint(Purpose.EVIDENCE_SEALING, NOW)}, "container", "certificate-chain"),
        ({"computations": [EARLY]}, "dates", "computation-not-in-chain"),
        ({"computations": [EARLY], "story": _story(2, computation=computation_digest(EARLY))}, "dates", "computation-facts"),
        ({"computations": [LATER], "story": _story(2, computation=computation_digest(LATER))}, "dates", "computation-wrong"),
    ],
)  # fmt: skip
def test_even_the_operator_cannot_sign_what_does_not_fit_together(changes, step, code):
    """With a genuine signature over it, a bundle whose parts contradict each other still fails at the right step."""
    assert _red(_bundle(**changes))[step] == code


@pytest.mark.parametrize(
    ("changes", "open_step"),
    [
        ({"documents": DOCUMENTS[:1]}, "commitments"),
        ({"documents": ()}, "documents"),
        ({"receipts": []}, "receipts"),
        ({"heads": ()}, "checkpoint"),
        (_heads(proofs=PROOFS[:2]), "inclusion"),
        (_heads(time_stamps=()), "time"),
        (_heads(witnesses=()), "witness"),
        (_heads(witnesses=(_line(HEAD.checkpoint, name="another.example"),)), "witness"),
        ({"computations": []}, "dates"),
        (
            {
                "computations": [replace(COMPUTATION, rule_id="OZG_9/of-2031")],
                "story": _story(2, computation=computation_digest(replace(COMPUTATION, rule_id="OZG_9/of-2031"))),
            },
            "dates",
        ),
    ],
)
def test_what_is_absent_is_not_proven_and_not_wrong(changes, open_step):
    """Erased documents, missing receipts, a lagging log, a rule of another version: said, not hidden, not red."""
    report = _outcome(_bundle(**changes))
    assert report.ok
    assert {step.name: step.status for step in report.steps}[open_step] is Status.NOT_PROVEN


@pytest.mark.parametrize(
    ("story", "sentence"),
    [
        (STORY[:1], "Dass sie bereitgestellt wurden, ist in diesem Paket nicht belegt."),
        (STORY[:4], "eine vollständige Übergabe ist in diesem Paket nicht belegt."),
        (STORY, "vollständig übergeben: 1 von 2."),
        (_story(5, documents=_payload(*DOCUMENTS)), "bereitgestellt und vollständig übergeben."),
    ],
)
def test_a_delivery_is_told_only_as_far_as_the_events_show_it(story, sentence):
    """An authority's proof made before anybody retrieved the notice must not speak of a handover."""
    report = _outcome(_bundle(story=story, computations=[]))
    assert report.ok
    assert sentence in report.steps[3].german
    assert ("übergeben" in report.steps[3].german) is ("CONTENT_HANDOVER" in {kind.name for kind, _ in story})


def test_another_calendar_with_the_same_dates_still_proves_them():
    """A later table of holidays that says the same about this case does not weaken the proof."""
    other = replace(COMPUTATION, calendar_version="holidays-9/sha256:00")
    assert _outcome(
        _bundle(computations=[other], story=_story(2, computation=computation_digest(other)))
    ).steps[8].status is Status.OK  # fmt: skip


def _zip(entries, **attributes):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            for attribute, value in attributes.items():
                setattr(entry, attribute, value)
            archive.writestr(entry, content)
    return buffer.getvalue()


def _hostile():
    whole = sorted(MEMBERS.items())
    without = [(name, content) for name, content in whole if name != "events.json"]
    yield "empty", b""
    yield "no-zip", b"x" * 100
    yield "missing-part", _zip(without)
    yield "unknown-file", _zip([*whole, ("verify.exe", b"MZ")])
    yield "traversal", _zip([*whole, ("documents/../../etc/passwd", b"x")])
    yield "absolute", _zip([*whole, ("/etc/passwd", b"x")])
    yield "backslash", _zip([*whole, ("documents\\doc.pdf", b"x")])
    yield "folder", _zip([*whole, ("documents/", b"")])
    yield "too-many", _zip([*whole, *((f"documents/d{number}", b"") for number in range(300))])
    yield "bzip2", _zip(whole, compress_type=zipfile.ZIP_BZIP2)
    yield "deep-json", _zip([*without, ("events.json", b"[" * 100_000)])
    yield "list-json", _zip([*without, ("events.json", b"[]")])
    yield "huge-number", _zip([*without, ("events.json", b'{"events":[],"hashes":' + b"9" * 5000 + b"}")])
    yield "spaced-json", _zip([*without, ("events.json", MEMBERS["events.json"] + b" ")])
    yield "event-of-lists", _zip([*without, ("events.json", b'{"events":[[]],"hashes":[]}')])
    yield "no-events", _zip([*without, ("events.json", b'{"events":[],"hashes":[]}')])
    yield (
        "binary-signature",
        _zip([*((n, c) for n, c in whole if n != "bundle.jwt"), ("bundle.jwt", b"\xff.\xff.\xff")]),
    )
    yield "comment", WHOLE[:-2] + b"\x01\x00x"
    yield "another-file-before", b"%PDF-1.7 what a viewer would show" + WHOLE
    yield "another-archive-before", _zip([("verify.exe", b"MZ")]) + WHOLE
    yield "zip64", WHOLE[:-22] + b"PK\x06\x07" + bytes(16) + WHOLE[-22:]
    encrypted = bytearray(WHOLE)
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    yield "encrypted", bytes(encrypted)


HOSTILE = list(_hostile())


def _shifted(data, by, place):
    """``data`` with ``by`` put in at ``place``, and every offset behind it mended: the directory never tells of it."""
    changed, end = bytearray(data), len(data) - 22
    at, start = [int.from_bytes(data[end + 16 : end + 20], "little")] * 2
    while at < end:
        offset = int.from_bytes(data[at + 42 : at + 46], "little")
        changed[at + 42 : at + 46] = struct.pack("<L", offset + len(by) * (offset >= place))
        at += 46 + sum(struct.unpack_from("<HHH", data, at + 28))
    changed[end + 16 : end + 20] = struct.pack("<L", start + len(by))
    return bytes(changed[:place] + by + changed[place:])


def _packed_with(behind, whole):
    """Deflated members, and in the first one ``behind`` what is packed; every size is mended. Most readers skip it."""
    whole = _zip(names.unpack(whole).items(), compress_type=zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        first = archive.infolist()[0]
    end = 30 + len(first.filename) + first.compress_size
    changed = bytearray(_shifted(whole, behind, end))
    for place in (18, changed.index(b"PK\x01\x02") + 20):
        changed[place : place + 4] = struct.pack("<L", first.compress_size + len(behind))
    return bytes(changed)


def _unlisted(whole):
    """What a reader of the stream finds and the directory does not tell."""
    second, behind = whole.index(b"PK\x03\x04", 4), whole.index(b"PK\x01\x02")
    forged = _zip([("documents/doc_a.pdf", b"%PDF-FORGED")])
    forged = forged[: forged.index(b"PK\x01\x02")]
    yield "before", _shifted(whole, forged, 0)
    yield "between", _shifted(whole, forged, second)
    yield "gap", _shifted(whole, b"\0", second)
    yield "behind", _shifted(whole, forged, behind)
    for field, at in {"flags": 6, "packing": 8, "sum": 14, "packed": 18, "size": 22, "name": 30}.items():
        renamed = bytearray(whole)
        renamed[second + at] ^= 1
        yield field, bytes(renamed)
    yield "behind-what-is-packed", _packed_with(b"behind the end", whole)
    counted = bytearray(whole)
    counted[-14:-10] = struct.pack("<HH", 1, 1)
    yield "count", bytes(counted)


OLD = Path(__file__).parents[2] / "vectors/bundles"
UNLISTED = {
    f"{form}-{name}": data
    for form, whole in {"new": WHOLE, "old": (OLD / "postbox-bundle-1.zip").read_bytes()}.items()
    for name, data in _unlisted(whole)
}


@pytest.mark.parametrize("data", UNLISTED.values(), ids=UNLISTED)
def test_what_the_directory_does_not_tell_is_not_in_a_bundle(data):
    """Who reads from the front, as funzip does, must never be shown another document than the one that is proven."""
    assert _red(data) == {"bundle": "bundle-broken"}
    assert _shifted(WHOLE, b"", 0) == WHOLE
    assert _outcome(WHOLE).ok
    assert _outcome(_packed_with(b"", WHOLE)).ok


@pytest.mark.parametrize("data", [data for _, data in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_hostile_files_end_in_a_red_report(data):
    """Foreign, doubled, hidden, escaping, nested or encrypted members: refused, with a sentence."""
    assert _red(data)


def test_a_name_that_stands_twice_is_refused():
    """Two readers could take two different members for the one."""
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = _zip([*sorted(MEMBERS.items()), ("events.json", b"{}")])
    assert _red(doubled) == {"bundle": "bundle-members"}


def test_a_bomb_is_refused_before_it_is_unpacked():
    """Sizes are judged as announced, and what comes out may not be more than announced."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content if name != "events.json" else b"0" * (names.MAX_TEXT + 1))
    assert len(bomb.getvalue()) < 100_000
    assert _red(bomb.getvalue()) == {"bundle": "bundle-too-large"}
    lying = bytearray(bomb.getvalue())
    size = struct.pack("<L", names.MAX_TEXT + 1)
    while size in lying:
        at = lying.index(size)
        lying[at : at + 4] = struct.pack("<L", 10)
    assert _red(bytes(lying)) == {"bundle": "bundle-broken"}


def test_a_genuine_proof_says_that_its_notice_was_withdrawn_or_replaced():
    """The bundle stays genuine; nobody reads past what the authority did afterwards."""
    told = {
        kind: [
            step.german
            for step in _outcome(_bundle(story=(*STORY, (kind, payload)))).steps
            if step.name == "commitments"
        ]
        for kind, payload in (
            (EventType.WITHDRAWN, {}),
            (EventType.REPLACED, {"by": "ntc_2"}),
            (EventType.HANDOVER_OFFERED, {"documents": _payload(DOCUMENTS[0])}),
        )
    }
    assert "zurückgezogen" in told[EventType.WITHDRAWN][0]
    assert "an seine Stelle getreten" in told[EventType.REPLACED][0]
    assert not {"zurückgezogen", "Stelle"} & set(told[EventType.HANDOVER_OFFERED][0].replace(".", "").split())
    assert verify(_bundle(story=(*STORY, (EventType.WITHDRAWN, {}))), ANCHORS, LATER_ON).ok


def test_a_missing_file_is_a_red_report(tmp_path: Path):
    """Nothing there, or a directory: still a report."""
    assert _red(tmp_path / "absent.zip") == {"bundle": "bundle-unreadable"}
    assert _red(tmp_path) == {"bundle": "bundle-unreadable"}


def test_a_notice_id_that_would_write_to_a_terminal_is_not_shown():
    """The id is shown before it is believed: only letters, digits, underscore and hyphen."""
    manifest = json.loads(MEMBERS["bundle.json"])
    manifest["notice_id"] = "ntc\x1b[2J"
    assert _red(pack({**MEMBERS, "bundle.json": canonical_json(manifest)})) == {"bundle": "bundle-format"}


def test_two_documents_of_one_id_cannot_be_bundled():
    """A bundle that could never verify is not built."""
    with pytest.raises(EvidenceInvalid):
        _bundle(documents=(DOCUMENTS[0], DOCUMENTS[0]))


def test_a_file_name_is_never_a_path():
    """Whatever the sender called it, the member's name is made of the document's id."""
    for name in ("../../x.pdf", "C:\\x.pdf", "x.p\x00df", "a.tar.gz", "Bescheid", "x.äöü"):
        data = _bundle(documents=(replace(DOCUMENTS[0], name=name), DOCUMENTS[1]))
        assert _outcome(data).ok


def test_the_verifier_needs_neither_web_nor_database():
    """Importing it loads neither Flask nor SQLAlchemy nor an HTTP client."""
    script = (
        "import sys; sys.path[:0] = ['.', 'mailbox']; import postbox.proof.verify;"
        "print([name for name in ('flask', 'sqlalchemy', 'requests') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert printed.stdout.strip() == "[]"


def _own_portal(retrieved_at, *handed_over):
    """A bundle under § 41(2a) VwVfG in which these documents were handed over, a minute apart."""
    case = Case(regime=Regime.VWVFG_41_2A, available_at=NOW, authority_land="HE", period_months=1)
    before, after = compute(case), compute(replace(case, retrieved_at=retrieved_at))
    story = [
        (EventType.SUBMISSION_ACCEPTED, NOW, {"documents": _payload(*DOCUMENTS)}),
        (EventType.CONTENT_CONSIGNMENT, NOW, {"documents": _payload(*DOCUMENTS), "computation": computation_digest(before)}),
    ]  # fmt: skip
    for number, document in enumerate(handed_over, start=1):
        payload = {"documents": _payload(document), "computation": computation_digest(after)}
        story.append((EventType.CONTENT_HANDOVER, NOW + timedelta(minutes=number), payload))
    parts = _parts(tuple((kind, payload) for kind, _, payload in story), computations=[before, after])
    events = tuple(replace(event, at=at) for event, (_, at, _) in zip(parts.events, story, strict=True))
    hashes, previous = [], GENESIS
    for event in events:
        previous = link(previous, event)
        hashes.append(previous)
    return build(replace(parts, events=events, hashes=hashes, receipts=[], heads=()), _keys(), NOW)


def test_the_first_handover_of_the_act_itself_decides_not_that_of_an_annex():
    """§ 41(2a) VwVfG: only the main document's first handover is a retrieval that dates may rest on."""
    annex, act = DOCUMENTS[1], DOCUMENTS[0]
    report = _outcome(_own_portal(NOW + timedelta(minutes=2), annex, act, act))
    assert report.ok
    assert "Dienstag, 24. November 2026" in report.steps[8].german
    for wrong in (NOW + timedelta(minutes=1), NOW + timedelta(minutes=3)):
        assert _red(_own_portal(wrong, annex, act, act))["dates"] == "computation-facts"


def test_an_old_bundle_still_verifies_and_says_what_it_lacks():
    """A bundle of format 1, a plain ZIP without time stamps, under the anchors of its day; flipped, it is red."""
    old = (OLD / "postbox-bundle-1.zip").read_bytes()
    anchors = Anchors.from_json((OLD / "postbox-anchors-1.json").read_bytes())
    report = _outcome(old, anchors)
    assert report.ok
    lacking = {step.name for step in report.steps if step.status is Status.NOT_PROVEN}
    assert lacking == {"time", "witness", "container", "reading"}
    members = names.unpack(old)
    assert _red(pack({**members, "events.json": members["events.json"].replace(b"ntc_1", b"ntc_2")}), anchors)


def test_who_trusts_no_outsider_is_told_that_their_word_does_not_count():
    """Without anchors for stamps and witnesses nothing is red and nothing is claimed."""
    report = _outcome(WHOLE, replace(ANCHORS, time_stamp_certificates=(), witness_keys=()))
    assert report.ok
    told = {step.name: step for step in report.steps if step.status is Status.NOT_PROVEN}
    assert set(told) == {"time", "witness", "reading"}
    assert "keiner Zeitstempelstelle vertraut" in told["time"].german


def test_each_event_is_proven_by_its_earliest_time_stamp():
    """Two states of the log: the later token does not weaken the earlier one, and what only one covers is said."""
    later = (_token(HEAD.checkpoint, at=NOW + timedelta(minutes=4)), _token(HEAD.checkpoint))
    time = next(step for step in _outcome(_bundle(**_heads(time_stamps=later))).steps if step.name == "time")
    assert (time.number, time.status) == (10, Status.OK)
    assert "2026-11-23 09:01:01 UTC" in time.english
    partly = next(step for step in _outcome(_bundle(**_heads(proofs=PROOFS[:2]))).steps if step.name == "time")
    assert "2 of 5 events" in partly.english


def test_the_anchors_go_there_and_back_and_old_ones_are_read():
    """Format 2 carries certificates and witnesses; what is none of both is refused."""
    assert Anchors.from_json(ANCHORS.to_json()) == ANCHORS
    for change in (
        {"witness_keys": list(ANCHORS.log_keys)},  # a log's key is no witness's
        {"time_stamp_certificates": ["no certificate"]},
        {"format": "postbox-anchors-3"},
    ):
        with pytest.raises(EvidenceInvalid):
            Anchors.from_json(canonical_json({**json.loads(ANCHORS.to_json()), **change}))


def _openssl(folder: Path, *command: str) -> bool:
    return subprocess.run(["openssl", *command], cwd=folder, capture_output=True, check=False).returncode == 0


def test_openssl_agrees_about_time_stamp_and_container(tmp_path: Path):
    """``openssl ts`` and ``openssl cms`` call the same bundle right, and its manipulated twin wrong, as we do."""
    for name, data in MEMBERS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for name, certificate in (("stamps.pem", STAMPS.root), ("container.pem", SEALING.certificate)):
        (tmp_path / name).write_bytes(certificate.public_bytes(Encoding.PEM))
    note = next(name for name in MEMBERS if name.endswith("checkpoint.txt"))
    when = str(int((NOW + timedelta(minutes=1)).timestamp()))
    stamp = ["ts", "-verify", "-token_in", "-in", note.replace("checkpoint.txt", "time-stamp-1.tst"), "-data", note]
    stamp += ["-CAfile", "stamps.pem", "-attime", when]
    signed = ["cms", "-verify", "-inform", "DER", "-binary", "-in", "META-INF/signature001.p7s", "-out", "/dev/null"]
    signed += ["-content", "META-INF/ASiCManifest.xml", "-CAfile", "container.pem", "-attime", when]
    assert _openssl(tmp_path, *stamp)
    assert _openssl(tmp_path, *signed)
    for name, command in ((note, stamp), ("META-INF/ASiCManifest.xml", signed)):
        changed = bytearray(MEMBERS[name])
        changed[len(changed) // 2] ^= 1
        (tmp_path / name).write_bytes(bytes(changed))
        assert not _openssl(tmp_path, *command)
        assert _red(pack({**MEMBERS, name: bytes(changed)}))


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_a_flipped_byte_of_any_member_turns_red(name):
    """Both ends and twenty places between them; every byte of the two signatures is tried in the vault's own tests."""
    data = MEMBERS[name]
    for place in sorted({0, len(data) - 1, *(len(data) * part // 21 for part in range(21))}):
        changed = bytearray(data)
        changed[place] ^= 0x01
        assert _red(pack({**MEMBERS, name: bytes(changed)})), place
    assert _outcome(pack(MEMBERS)).ok

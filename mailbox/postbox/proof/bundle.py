"""The proof bundle: everything the parties need to show what happened, in one file that verifies without us.

An ASiC-E container with fixed times and no compression, so that the same parts and the same signatures give the same
bytes. ``bundle.json`` names every other member with its SHA-256, ``bundle.jwt`` is the operator's signature over it;
around both stands what any signature program understands (``container``).
It holds salts and content: a bundle is for the parties, never for retention.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from keys.keyring import Key
from keys.tokens import sign_token
from postbox.errors import EvidenceInvalid
from postbox.law.computation import Computation
from postbox.proof import container
from postbox.proof import unpack as names
from postbox.proof.canonical import canonical_json, text_of
from postbox.proof.commitments import digest_of
from postbox.proof.enclosed import bundle_readme
from postbox.proof.events import Event
from postbox.proof.log import read_checkpoint
from postbox.proof.notes import split_note
from postbox.proof.page import page_digest

FORMAT: Final = "postbox-bundle-2"
TYPE: Final = "postbox-bundle+jwt"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first moment a ZIP can name
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,10}")


@dataclass(frozen=True, kw_only=True)
class BundleKeys:
    """Who signs: ``receipts`` the bundle itself (``RECEIPT_SIGNING``), ``container`` what is around it."""

    receipts: Key
    container: Key  # EVIDENCE_SEALING


@dataclass(frozen=True, kw_only=True)
class BundledDocument:
    """A document as the parties hold it, with the salt that opens its commitment."""

    id: str
    name: str  # file name as the sender gave it; shown, never used as a path
    media_type: str
    content: bytes
    salt: bytes
    code: str = ""  # by which a third party asks about it; empty: from before there were codes

    @property
    def member(self) -> str:
        """Where it lies in the bundle."""
        ending = re.search(r"\.[^.]*$", self.name)
        extension = ending[0] if ending and _EXTENSION.fullmatch(ending[0]) else ""
        return f"documents/{self.id}{extension}"


@dataclass(frozen=True, kw_only=True)
class InclusionProof:
    """Where an event stands in the log, and the hashes that lead from it to the checkpoint's root."""

    seq: int
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class Head:
    """A signed state of the log, what outsiders attest of it, and the events that stand in it.

    ``proofs`` all lead to ``checkpoint``, ``time_stamps`` are RFC 3161 tokens over its whole note, ``witnesses`` the
    lines of those who cosigned it.
    """

    checkpoint: str | None  # none: only in a bundle of format 1 that contradicts itself
    proofs: tuple[InclusionProof, ...] = ()
    time_stamps: tuple[bytes, ...] = ()
    witnesses: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many entries the log had, as the note says; nothing is believed yet. Raises EvidenceInvalid."""
        return read_checkpoint(split_note(self.checkpoint or "")[0]).size


@dataclass(frozen=True, kw_only=True)
class BundleParts:
    """What goes into a bundle. Each event stands in the head that proves its time best; some may stand in none yet."""

    issuer: str  # the postbox's public URL
    notice_id: str
    documents: Sequence[BundledDocument]
    events: Sequence[Event]
    hashes: Sequence[bytes]
    receipts: Sequence[str]
    computations: Sequence[Computation]
    heads: Sequence[Head] = ()
    calendar: bytes | None = None  # the free days the computations stood on
    summary: bytes | None = None  # a PDF for the court file
    inquiry: str = ""  # where third parties ask about a document with its code


def build(parts: BundleParts, keys: BundleKeys, at: datetime) -> bytes:
    """Pack and sign. Raises EvidenceInvalid for parts that could never verify."""
    members = assemble(parts)
    claims = {
        "iss": parts.issuer,
        "sub": parts.notice_id,
        "iat": int(at.timestamp()),
        "bundle": text_of(digest_of(members[names.MANIFEST])),
    }
    members[names.SIGNATURE] = sign_token(keys.receipts, claims, typ=TYPE).encode()
    return pack(container.enclosed(members, keys.container, at))


def assemble(parts: BundleParts) -> dict[str, bytes]:
    """All members but the signature. Same parts, same bytes."""
    members = {document.member: document.content for document in parts.documents}
    if len(members) != len(parts.documents):
        raise EvidenceInvalid("Two documents of one id.", code="bundle-members")
    members[names.EVENTS] = canonical_json(
        {
            "events": [event.to_json() for event in parts.events],
            "hashes": [text_of(chained) for chained in parts.hashes],
        }
    )
    members[names.RECEIPTS] = canonical_json({"receipts": list(parts.receipts)})
    members[names.COMPUTATIONS] = canonical_json({"computations": [item.to_json() for item in parts.computations]})
    members |= _log_members(parts.heads)
    members |= {names.CALENDAR: parts.calendar} if parts.calendar is not None else {}
    members |= {names.SUMMARY: parts.summary} if parts.summary is not None else {}
    members |= _code_member(parts)
    for name, language in zip(names.READMES, ("de", "en"), strict=True):
        members[name] = bundle_readme(parts.notice_id, parts.issuer, language, page_digest()).encode()
    members[names.MANIFEST] = canonical_json(_manifest(parts, members))
    return members


def pack(members: Mapping[str, bytes]) -> bytes:
    """A ZIP of these members in order of their names, ``mimetype`` first, stored, without any time of its own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members, key=lambda name: (name != container.MIMETYPE, name)):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    return buffer.getvalue()


def _manifest(parts: BundleParts, members: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "issuer": parts.issuer,
        "notice_id": parts.notice_id,
        "documents": [_document_json(document) for document in parts.documents],
        "members": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }


def _document_json(document: BundledDocument) -> dict[str, Any]:
    return {
        "id": document.id,
        "member": document.member,
        "name": document.name,
        "media_type": document.media_type,
        "size": len(document.content),
        "sha256": hashlib.sha256(document.content).hexdigest(),
        "salt": text_of(document.salt),
    }


def _code_member(parts: BundleParts) -> dict[str, bytes]:
    """For the parties, to give away with a document; it proves nothing and is not judged."""
    codes = {document.id: document.code for document in parts.documents if document.code}
    return {names.CODES: canonical_json({"inquiry": parts.inquiry, "codes": codes})} if codes else {}


def _log_members(heads: Sequence[Head]) -> dict[str, bytes]:
    members, told = {}, []
    for head in heads:
        folder = f"log/{head.size}"
        told.append({"size": head.size, "proofs": [_proof_json(proof) for proof in head.proofs]})
        members[f"{folder}/checkpoint.txt"] = (head.checkpoint or "").encode()
        members |= {f"{folder}/time-stamp-{at}.tst": token for at, token in enumerate(head.time_stamps, start=1)}
        if head.witnesses:
            members[f"{folder}/witnesses.txt"] = "".join(head.witnesses).encode()
    return {**members, names.LOG: canonical_json({"heads": told})}


def _proof_json(proof: InclusionProof) -> dict[str, Any]:
    return {"seq": proof.seq, "index": proof.index, "path": [text_of(node) for node in proof.path]}

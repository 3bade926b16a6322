"""A bundle's parts as typed values, read strictly. Nothing here is believed yet: ``verify`` judges."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from postbox.errors import EvidenceInvalid
from postbox.law.computation import Computation
from postbox.proof import container
from postbox.proof import unpack as names
from postbox.proof.bundle import FORMAT, Head, InclusionProof
from postbox.proof.canonical import bytes_of, canonical_json, read_json
from postbox.proof.commitments import SALT_BYTES
from postbox.proof.events import Event
from postbox.proof.receipts import HASH_BYTES

_OLD_FORMAT: Final = "postbox-bundle-1"
_MANIFEST: Final = {"format", "issuer", "notice_id", "documents", "members"}
_DOCUMENT: Final = {"id", "member", "name", "media_type", "size", "sha256", "salt"}
_NOTICE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")  # it is shown before it is believed
_MOST: Final = 10_000  # events, receipts, proofs: more is no notice of ours


@dataclass(frozen=True, kw_only=True)
class StatedDocument:
    """What the manifest says about a document."""

    id: str
    member: str
    name: str
    media_type: str
    size: int
    sha256: str
    salt: bytes


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Everything in a bundle, read and not yet judged."""

    issuer: str
    notice_id: str
    documents: tuple[StatedDocument, ...]
    stated_members: Mapping[str, str]  # name → SHA-256, hexadecimal
    members: Mapping[str, bytes]
    signature: str
    events: tuple[Event, ...]
    hashes: tuple[bytes, ...]
    receipts: tuple[str, ...]
    computations: tuple[Computation, ...]
    heads: tuple[Head, ...]
    contained: bool  # in an ASiC-E container; format 1 was a plain ZIP


def read_contents(members: Mapping[str, bytes]) -> Contents:
    """Read every part, each in its one canonical spelling. Raises EvidenceInvalid."""
    manifest = _canonical(members[names.MANIFEST], _MANIFEST)
    if manifest["format"] not in (FORMAT, _OLD_FORMAT) or not _NOTICE.fullmatch(_text(manifest["notice_id"])):
        raise EvidenceInvalid("This format of bundle is not known here.", code="bundle-format")
    chain = _canonical(members[names.EVENTS], {"events", "hashes"})
    receipts = _list(_canonical(members[names.RECEIPTS], {"receipts"})["receipts"], str)
    computations = _list(_canonical(members[names.COMPUTATIONS], {"computations"})["computations"], dict)
    old = manifest["format"] == _OLD_FORMAT
    if old == (container.MIMETYPE in members):
        raise EvidenceInvalid("This format of bundle has another container.", code="bundle-format")
    return Contents(
        issuer=_text(manifest["issuer"]),
        notice_id=manifest["notice_id"],
        documents=tuple(_document(item) for item in _list(manifest["documents"], dict)),
        stated_members=_texts(manifest["members"]),
        members=members,
        signature=_ascii(members[names.SIGNATURE]),
        events=tuple(Event.from_json(item) for item in _list(chain["events"], dict)),
        hashes=tuple(bytes_of(item, HASH_BYTES) for item in _list(chain["hashes"], str)),
        receipts=tuple(receipts),
        computations=tuple(Computation.from_json(item) for item in computations),
        heads=_old_heads(members) if old else _heads(members),
        contained=not old,
    )


def _canonical(data: bytes, wanted: set[str]) -> dict[str, Any]:
    value = read_json(data)
    if set(value) != wanted or canonical_json(value) != data:
        raise EvidenceInvalid("A part of the bundle is not in its canonical form.", code="not-canonical")
    return value


def _document(item: Mapping[str, Any]) -> StatedDocument:
    if set(item) != _DOCUMENT or type(item["size"]) is not int:
        raise EvidenceInvalid("The manifest's documents are not in their form.", code="bundle-manifest")
    return StatedDocument(
        id=_text(item["id"]),
        member=_text(item["member"]),
        name=_text(item["name"]),
        media_type=_text(item["media_type"]),
        size=item["size"],
        sha256=_text(item["sha256"]),
        salt=bytes_of(item["salt"], SALT_BYTES),
    )


def _old_heads(members: Mapping[str, bytes]) -> tuple[Head, ...]:
    proofs = _list(_canonical(members[names.LOG], {"proofs"})["proofs"], dict)
    checkpoint = members.get(names.CHECKPOINT)
    if checkpoint is None and not proofs:
        return ()
    note = None if checkpoint is None else _utf8(checkpoint)
    return (Head(checkpoint=note, proofs=tuple(_proof(item) for item in proofs)),)


def _heads(members: Mapping[str, bytes]) -> tuple[Head, ...]:
    """Every head that ``log.json`` names, with all its files, and no file of another."""
    found: list[Head] = []
    used: set[str] = set()
    for item in _list(_canonical(members[names.LOG], {"heads"})["heads"], dict):
        if set(item) != {"size", "proofs"} or type(item["size"]) is not int:
            raise EvidenceInvalid("A state of the log is not in its form.", code="bundle-proof")
        files = {name.rpartition("/")[2]: name for name in members if name.startswith(f"log/{item['size']}/")}
        if "checkpoint.txt" not in files or used & set(files.values()):
            raise EvidenceInvalid("A state of the log is missing, or named twice.", code="bundle-proof")
        used |= set(files.values())
        lines = _utf8(members[files["witnesses.txt"]]) if "witnesses.txt" in files else ""
        found.append(
            Head(
                checkpoint=_utf8(members[files["checkpoint.txt"]]),
                proofs=tuple(_proof(proof) for proof in _list(item["proofs"], dict)),
                time_stamps=tuple(members[files[name]] for name in sorted(files) if name.endswith(".tst")),
                witnesses=tuple(lines.splitlines(keepends=True)),
            )
        )
        if found[-1].size != item["size"]:
            raise EvidenceInvalid("A state of the log has another size than its name.", code="bundle-proof")
    if used != {name for name in members if name.startswith("log/")} or names.CHECKPOINT in members:
        raise EvidenceInvalid("A state of the log is not named.", code="bundle-proof")
    return tuple(found)


def _proof(item: Mapping[str, Any]) -> InclusionProof:
    if set(item) != {"seq", "index", "path"} or type(item["seq"]) is not int or type(item["index"]) is not int:
        raise EvidenceInvalid("A proof from the log is not in its form.", code="bundle-proof")
    path = tuple(bytes_of(node, HASH_BYTES) for node in _list(item["path"], str))
    return InclusionProof(seq=item["seq"], index=item["index"], path=path)


def _list(value: object, kind: type) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(item, kind) for item in value):
        raise EvidenceInvalid("A part of the bundle is not in its form.", code="bundle-form")
    return value


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise EvidenceInvalid("The manifest's members are not in their form.", code="bundle-manifest")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise EvidenceInvalid("A part of the bundle is not in its form.", code="bundle-form")
    return value


def _ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise EvidenceInvalid("The signature is no text.", code="bundle-form") from None


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise EvidenceInvalid("The checkpoint is no text.", code="bundle-form") from None

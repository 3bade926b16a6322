"""Opening a bundle that may be hostile: bounded, flat, each name known and there once. Contents are not judged here."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from postbox.errors import EvidenceInvalid
from postbox.proof import container

MAX_BUNDLE: Final = 512 * 1024 * 1024  # bytes, packed and unpacked
MAX_TEXT: Final = 8 * 1024 * 1024  # bytes of any member that is not a document
MAX_MEMBERS: Final = 256

MANIFEST: Final = "bundle.json"
SIGNATURE: Final = "bundle.jwt"
EVENTS: Final = "events.json"
RECEIPTS: Final = "receipts.json"
COMPUTATIONS: Final = "computations.json"
LOG: Final = "log.json"
CHECKPOINT: Final = "checkpoint.txt"  # format 1, which knew one state of the log
SUMMARY: Final = "Zusammenfassung.pdf"
CALENDAR: Final = "calendar.json"
CODES: Final = "codes.json"  # by which third parties ask about the documents
READMES: Final = ("LIESMICH.txt", "README.txt")
REQUIRED: Final = frozenset({MANIFEST, SIGNATURE, EVENTS, RECEIPTS, COMPUTATIONS, LOG, *READMES})

_OPTIONAL: Final = frozenset({CHECKPOINT, SUMMARY, CALENDAR, CODES, *container.OWN})
_HEAD: Final = re.compile(r"log/(0|[1-9][0-9]{0,17})/(checkpoint\.txt|witnesses\.txt|time-stamp-[1-9]\.tst)")
_DOCUMENT: Final = re.compile(r"documents/[A-Za-z0-9][A-Za-z0-9_-]{0,79}(\.[A-Za-z0-9]{1,10})?")
_END: Final = b"PK\x05\x06"  # APPNOTE 4.3.16: end of central directory record, 22 bytes without comment
_END_BYTES: Final = 22
_FIRST: Final = b"PK\x03\x04"  # 4.3.7: local file header
_LOCAL: Final = struct.Struct("<4s2xHH4xLLLHH")  # signature, flags, method, CRC, sizes, lengths of name and extra field
_ZIP64_LOCATOR: Final = b"PK\x06\x07"
_ENTRY_BYTES: Final = 512  # more than a directory entry of ours ever needs


def read_bundle(source: Path | bytes) -> bytes:
    """The bundle's bytes, if it is there and not larger than any bundle of ours. Raises EvidenceInvalid."""
    if isinstance(source, bytes):
        data = source
    else:
        try:
            with source.open("rb") as file:
                data = file.read(MAX_BUNDLE + 1)
        except OSError:
            raise EvidenceInvalid("The file cannot be read.", code="bundle-unreadable") from None
    if len(data) > MAX_BUNDLE:
        raise EvidenceInvalid("The file is larger than any bundle.", code="bundle-too-large")
    return data


def unpack(data: bytes) -> Mapping[str, bytes]:
    """Member name → content. Raises EvidenceInvalid for anything a bundle of ours never is."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members)
            _check_gapless(data, members, archive.start_dir)
            return {member.filename: _content(data, member) for member in members}
    # zipfile answers hostile input with any of these.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise EvidenceInvalid("The file is not an intact bundle.", code="bundle-broken") from error


def _check_directory(data: bytes) -> None:
    """Before any parser runs: one small directory at the very end, no comment, no ZIP64, nothing before the archive."""
    end = data[-_END_BYTES:]
    size, start = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    if len(end) < _END_BYTES or end[:4] != _END or end[20:] != b"\0\0":
        raise EvidenceInvalid("The file is not an intact bundle.", code="bundle-broken")
    # What stands before the archive is in no digest: a file could show one thing to a viewer and prove another.
    if not data.startswith(_FIRST) or start + size != len(data) - _END_BYTES:
        raise EvidenceInvalid("The file does not begin with the bundle.", code="bundle-broken")
    if end[4:8] != bytes(4) or end[8:10] != end[10:12]:
        raise EvidenceInvalid("The file is a part of another one.", code="bundle-broken")
    if size > MAX_MEMBERS * _ENTRY_BYTES or data[-_END_BYTES - 20 :][:4] == _ZIP64_LOCATOR:
        raise EvidenceInvalid("The file holds more members than a bundle has.", code="bundle-too-large")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or len(names) > MAX_MEMBERS:
        raise EvidenceInvalid("A member's name stands twice, or there are too many.", code="bundle-members")
    for member in members:
        known = member.filename in REQUIRED | _OPTIONAL or _DOCUMENT.fullmatch(member.filename)
        known = known or _HEAD.fullmatch(member.filename)
        # zipfile cuts a name at a NUL and turns separators: the name as it was stored must be the name as it is used.
        if not known or member.orig_filename != member.filename or member.flag_bits & 0x1:
            raise EvidenceInvalid("There is a file inside that does not belong there.", code="bundle-members")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise EvidenceInvalid("A member is packed in a way a bundle never is.", code="bundle-members")
        if member.file_size > (MAX_BUNDLE if _DOCUMENT.fullmatch(member.filename) else MAX_TEXT):
            raise EvidenceInvalid("A member is too large.", code="bundle-too-large")
    if sum(member.file_size for member in members) > MAX_BUNDLE:
        raise EvidenceInvalid("The members are too large together.", code="bundle-too-large")
    if not set(names) >= REQUIRED:
        raise EvidenceInvalid("A part of the bundle is missing.", code="bundle-incomplete")


def _check_gapless(data: bytes, members: list[zipfile.ZipInfo], directory: int) -> None:
    """Each member begins where the last one ended, up to the directory, and says of itself what the directory says.

    Some programs read from the front and never see the directory: they must find the same members as we do.
    """
    at = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset != at or at + _LOCAL.size > directory:
            raise EvidenceInvalid("There is something between the members.", code="bundle-broken")
        mark, *stated, named, extra = _LOCAL.unpack_from(data, at)
        name = data[at + _LOCAL.size : at + _LOCAL.size + named]
        known = [member.flag_bits, member.compress_type, member.CRC, member.compress_size, member.file_size]
        if mark != _FIRST or stated != known or name != member.filename.encode():
            raise EvidenceInvalid("A member calls itself other than the directory does.", code="bundle-broken")
        at += _LOCAL.size + named + extra + member.compress_size
    if at != directory or int.from_bytes(data[-12:-10], "little") != len(members):
        raise EvidenceInvalid("There is something behind the members.", code="bundle-broken")


def _content(data: bytes, member: zipfile.ZipInfo) -> bytes:
    """What a member holds. Every byte of it is in its digest: behind the end of what is packed there is nothing."""
    *_, named, extra = _LOCAL.unpack_from(data, member.header_offset)
    start = member.header_offset + _LOCAL.size + named + extra
    packed = data[start : start + member.compress_size]
    content, whole = packed, True
    if member.compress_type == zipfile.ZIP_DEFLATED:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        content = stream.decompress(packed, member.file_size + 1)
        whole = stream.eof and not stream.unused_data
    if not whole or len(content) != member.file_size or zlib.crc32(content) != member.CRC:
        raise EvidenceInvalid("A member is not what the directory announces.", code="bundle-broken")
    return content

"""Undoing a PDF's filters (ISO 32000-1, 7.4) to see how much comes out: piece by piece, and never more than allowed.

Nothing is kept. Broken data end where they break: repairing them is a reader's business.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

Pieces = Iterable[bytes]

_READ: Final = 64 * 1024
_PIECE: Final = 1024 * 1024
# What is undone byte by byte takes as much time per byte as inflating so many.
_SLOW: Final = 32
_DEFLATE: Final = "8"
_END_OF_RUNS: Final = 128
_CLEAR, _END_OF_DATA, _FIRST_FREE, _WIDEST = 256, 257, 258, 12
_WHITE: Final = b"\0\t\n\f\r "
_NOT_HEX: Final = bytes(set(range(256)) - set(b"0123456789abcdefABCDEF>"))


class TooMuch(Exception):
    """More comes out than is allowed."""


class Allowance:
    """How many bytes may still come out, here and where this is a part of."""

    def __init__(self, left: int, of: "Allowance | None" = None) -> None:
        """Begin with ``left`` bytes."""
        self._left, self._of = left, of

    def take(self, count: int) -> None:
        """Use up ``count`` bytes. Raises TooMuch."""
        self._left -= count
        if self._left < 0:
            raise TooMuch
        if self._of is not None:
            self._of.take(count)


def undo(raw: bytes, filters: Sequence[tuple[str, int]], allowed: Allowance) -> Iterator[bytes]:
    """What comes out of a chain of filters (name, ``EarlyChange`` of LZW), up to one that packs pictures.

    Raises TooMuch on the way. Each stage counts: what ends small may be huge in between.
    """
    pieces: Pieces = _cut(raw)
    for name, early in filters:
        undoing = _UNDOING.get(_ABBREVIATED.get(name, name))
        if undoing is None:
            break
        pieces = _counted(undoing(pieces, early, allowed), allowed)
    yield from pieces


def inflate_at(raw: bytes, start: int, allowed: Allowance) -> None:
    """Undo Flate where it begins at ``start``, if it does; what is read counts too. Raises TooMuch."""
    head = raw[start : start + 2]
    if head[:1].hex()[1:] != _DEFLATE or int.from_bytes(head, "big") % 31:  # RFC 1950, 2.2
        return
    for _ in _counted(_inflated(_counted(_cut(raw, start), allowed), 1, allowed), allowed):
        pass


def _cut(raw: bytes, start: int = 0) -> Iterator[bytes]:
    for at in range(start, len(raw), _READ):
        yield raw[at : at + _READ]


def _counted(pieces: Pieces, allowed: Allowance) -> Iterator[bytes]:
    for piece in pieces:
        allowed.take(len(piece))
        yield piece


def _inflated(pieces: Pieces, _early: int, _allowed: Allowance) -> Iterator[bytes]:
    packed = zlib.decompressobj()
    try:
        for piece in pieces:
            left = piece
            while left and not packed.eof:
                yield packed.decompress(left, _PIECE)
                left = packed.unconsumed_tail
            if packed.eof:
                return
    except zlib.error:
        return


def _hex_read(pieces: Pieces, _early: int, _allowed: Allowance) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        digits, end, _ = (left + piece.translate(None, _NOT_HEX)).partition(b">")
        whole = len(digits) - len(digits) % 2
        yield bytes.fromhex(digits[:whole].decode())
        left = digits[whole:]
        if end:
            break
    yield bytes.fromhex((left + b"0").decode()) if left else b""


def _base85_read(pieces: Pieces, _early: int, allowed: Allowance) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        digits, end, _ = (left + piece.translate(None, _WHITE).replace(b"z", b"!!!!!")).partition(b"~")
        whole = len(digits) - len(digits) % 5
        allowed.take(whole)
        yield _of_base85(digits[:whole])
        left = digits[whole:]
        if end:
            break
    yield _of_base85(left.ljust(5, b"u"))[: len(left) - 1] if left else b""


def _of_base85(digits: bytes) -> bytes:
    base = 33 * (85**4 + 85**3 + 85**2 + 85 + 1)
    fives = zip(*(digits[place::5] for place in range(5)), strict=True)
    numbers = [(((a * 85 + b) * 85 + c) * 85 + d) * 85 + e - base & 0xFFFFFFFF for a, b, c, d, e in fives]
    return struct.pack(f">{len(numbers)}I", *numbers)


def _runs_read(pieces: Pieces, _early: int, allowed: Allowance) -> Iterator[bytes]:
    """7.4.5: up to 127, so many bytes and one follow as they are; above 128, one byte stands 257 minus it times."""
    left = b""
    for piece in pieces:
        allowed.take(len(piece) * _SLOW // 4)
        data, at, out = left + piece, 0, bytearray()
        while at < len(data) and data[at] != _END_OF_RUNS:
            length = data[at]
            needed = 2 if length > _END_OF_RUNS else length + 2
            if at + needed > len(data):
                break
            out += data[at + 1 : at + 2] * (257 - length) if length > _END_OF_RUNS else data[at + 1 : at + needed]
            at += needed
        yield bytes(out)
        left = data[at:]
        if left[:1] == bytes([_END_OF_RUNS]):
            return


def _lzw_read(pieces: Pieces, early: int, allowed: Allowance) -> Iterator[bytes]:
    """7.4.4.2: codes of 9 to 12 bits; the table grows by one string with each code."""
    table, previous, out = _fresh(), b"", bytearray()
    for code in _codes(pieces, table, early, allowed):
        if code == _CLEAR:
            del table[_FIRST_FREE:]
            previous = b""
            continue
        if code == _END_OF_DATA or code > len(table) or (code == len(table) and not previous):
            break
        entry = table[code] if code < len(table) else previous + previous[:1]
        if previous and len(table) < 1 << _WIDEST:
            table.append(previous + entry[:1])
        previous = entry
        out += entry
        if len(out) > _READ:
            yield bytes(out)
            out.clear()
    yield bytes(out)


def _codes(pieces: Pieces, table: Sequence[bytes], early: int, allowed: Allowance) -> Iterator[int]:
    """Each code in as many bits as the table's size asks for, one code ahead where ``EarlyChange`` says so."""
    kept = bits = 0
    for byte in chain.from_iterable(_weighed(pieces, allowed)):
        kept, bits = kept << 8 | byte, bits + 8
        width = min(max((len(table) + early).bit_length(), 9), _WIDEST)
        if bits >= width:
            bits -= width
            yield kept >> bits
            kept &= (1 << bits) - 1


def _weighed(pieces: Pieces, allowed: Allowance) -> Iterator[bytes]:
    for piece in pieces:
        allowed.take(len(piece) * _SLOW)
        yield piece


def _fresh() -> list[bytes]:
    return [*(bytes([value]) for value in range(256)), b"", b""]


_UNDOING: Final[dict[str, Callable[[Pieces, int, Allowance], Iterator[bytes]]]] = {
    "/FlateDecode": _inflated,
    "/LZWDecode": _lzw_read,
    "/RunLengthDecode": _runs_read,
    "/ASCII85Decode": _base85_read,
    "/ASCIIHexDecode": _hex_read,
    "/Crypt": lambda pieces, _early, _allowed: iter(pieces),  # an encrypted file is refused, so it is Identity
}
# Table 94: meant for pictures within a page's own stream; readers take them anywhere.
_ABBREVIATED: Final = {
    "/Fl": "/FlateDecode",
    "/LZW": "/LZWDecode",
    "/RL": "/RunLengthDecode",
    "/A85": "/ASCII85Decode",
    "/AHx": "/ASCIIHexDecode",
}

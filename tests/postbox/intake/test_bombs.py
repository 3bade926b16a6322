"""What unpacks into more than a reader can hold is refused, behind each filter and chain; its harmless twin is taken."""

import base64
import time
import zlib
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postbox.intake import pdf as looking
from postbox.intake import unparsed
from postbox.intake.filters import Allowance, undo
from postbox.intake.pdf import SENTENCES, inspect
from tests.postbox.conftest import pdf

ROOM = 8 * 1024 * 1024  # bytes that may come out here; the real limit has its test beside the other documents
BOMB = ROOM + ROOM // 4
MANY = 2**40


@pytest.fixture(autouse=True)
def less_room(monkeypatch):
    """The same limits, smaller."""
    monkeypatch.setattr(looking, "_MOST_BUT_PICTURES", ROOM)
    for module in (looking, unparsed):
        monkeypatch.setattr(module, "MOST_UNPACKED", 4 * ROOM)


def flate(data: bytes) -> bytes:
    return zlib.compress(data, 9)


def zeros(count: int) -> bytes:
    """So many zeros in Flate, without ever holding them."""
    packing, piece = zlib.compressobj(9), bytes(1024 * 1024)
    return b"".join(packing.compress(piece) for _ in range(count // len(piece))) + packing.flush()


def base85(data: bytes) -> bytes:
    return base64.a85encode(data) + b"~>"


def hexadecimal(data: bytes) -> bytes:
    return data.hex().encode() + b">"


def runs(data: bytes) -> bytes:
    """Runs of one byte as runs, the rest as it is (ISO 32000-1, 7.4.5)."""
    out, at = bytearray(), 0
    while at < len(data):
        same = next((n for n in range(1, 128) if data[at + n : at + n + 1] != data[at : at + 1]), 128)
        out += bytes([257 - same, data[at]]) if same > 1 else bytes([0, data[at]])
        at += same
    return bytes(out) + b"\x80"


def lzw(data: bytes, early: int = 1) -> bytes:
    """7.4.4.2, with a clear code where the table is full."""
    table = {bytes([value]): value for value in range(256)}
    kept = bits = 0
    out, held = bytearray(), b""

    def put(code: int, size: int) -> None:
        nonlocal kept, bits
        width = min(max((size + early).bit_length(), 9), 12)
        kept, bits = kept << width | code, bits + width
        while bits >= 8:
            bits -= 8
            out.append(kept >> bits & 255)
        kept &= (1 << bits) - 1

    size = 258  # of the reader's table, which is one string behind
    put(256, size)
    for value in data:
        longer = held + bytes([value])
        if longer in table:
            held = longer
            continue
        put(table[held], size)
        table[longer] = len(table) + 2
        size = min(len(table) + 1, 4096)
        held = bytes([value])
        if len(table) + 2 >= 4094:
            put(table[held], size)
            put(256, size + 1)
            table, size, held = {bytes([value]): value for value in range(256)}, 258, b""
    if held:
        put(table[held], size)
        size = min(size + 1, 4096)
    put(257, size)
    out.append(kept << 8 - bits & 255)
    return bytes(out)


def lzw_zeros(count: int, early: int = 1) -> bytes:
    """So many zeros: each code stands for a string that is one longer, until the table is full."""
    codes, length = [], 0
    while length < count:
        codes += [(256, 258), (0, 258), *((code, code) for code in range(258, 4093))]
        length += 3836 * 3837 // 2
    text = "".join(f"{code:0{min(max((size + early).bit_length(), 9), 12)}b}" for code, size in codes)
    text = text.ljust(-(-len(text) // 8) * 8, "0")
    return int(text, 2).to_bytes(len(text) // 8, "big")


def holding(raw: bytes, *names: str, **entries) -> bytes:
    """A PDF with one stream more, packed like that."""

    def change(document):
        stream = pikepdf.Stream(document, raw)
        filters = [pikepdf.Name(f"/{name.replace('Crypt', 'Crypx')}") for name in names]  # qpdf would take it off
        stream.Filter = filters[0] if len(filters) == 1 else pikepdf.Array(filters)
        for name, value in entries.items():
            stream[f"/{name}"] = value
        document.Root.Padding = document.make_indirect(stream)

    return pdf(change=change).replace(b"/Crypx", b"/Crypt")


def picture(raw: bytes, width: int, height: int, *names: str) -> bytes:
    return holding(raw, *names, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=height)


LATE = pikepdf.Dictionary(EarlyChange=0)
WORDS = b"Gegen diesen Bescheid kann Widerspruch erhoben werden. " * 400
LIKE = {
    "flate": (flate, ("FlateDecode",)),
    "flate-abbreviated": (flate, ("Fl",)),
    "base85-flate": (lambda data: base85(flate(data)), ("ASCII85Decode", "FlateDecode")),
    "base85-flate-abbreviated": (lambda data: base85(flate(data)), ("A85", "Fl")),
    "hex-flate": (lambda data: hexadecimal(flate(data)), ("ASCIIHexDecode", "FlateDecode")),
    "hex-flate-abbreviated": (lambda data: hexadecimal(flate(data)), ("AHx", "Fl")),
    "base85-hex-flate": (lambda data: base85(hexadecimal(flate(data))), ("A85", "AHx", "Fl")),
    "flate-flate": (lambda data: flate(flate(data)), ("FlateDecode", "FlateDecode")),
    "runs": (runs, ("RunLengthDecode",)),
    "runs-abbreviated": (runs, ("RL",)),
    "flate-runs": (lambda data: flate(runs(data)), ("FlateDecode", "RunLengthDecode")),
    "lzw": (lzw, ("LZWDecode",)),
    "lzw-abbreviated": (lzw, ("LZW",)),
    "base85-lzw": (lambda data: base85(lzw(data)), ("ASCII85Decode", "LZWDecode")),
    "crypt-flate": (flate, ("Crypt", "FlateDecode")),
}


@pytest.mark.parametrize("name", LIKE)
def test_words_packed_in_any_way_are_taken(name):
    """The harmless twins; our own unpacking and qpdf's come to the same."""
    pack, names = LIKE[name]
    assert inspect(BytesIO(holding(pack(WORDS), *names))) == ()
    chain = [(f"/{one}", 1) for one in names]
    assert b"".join(undo(pack(WORDS), chain, Allowance(MANY))) == WORDS


RUNS = b"\x81\0" * (BOMB // 128)
BOMBS = {
    "flate": lambda: holding(zeros(BOMB), "FlateDecode"),
    "flate-abbreviated": lambda: holding(zeros(BOMB), "Fl"),
    "base85-flate": lambda: holding(base85(zeros(BOMB)), "ASCII85Decode", "FlateDecode"),
    "base85-flate-abbreviated": lambda: holding(base85(zeros(BOMB)), "A85", "Fl"),
    "hex-flate": lambda: holding(hexadecimal(zeros(BOMB)), "AHx", "FlateDecode"),
    "flate-flate": lambda: holding(flate(zeros(BOMB)), "FlateDecode", "FlateDecode"),
    "flate-flate-flate": lambda: holding(flate(flate(zeros(BOMB))), "Fl", "Fl", "Fl"),
    "runs": lambda: holding(RUNS, "RunLengthDecode"),
    "flate-runs": lambda: holding(flate(RUNS), "FlateDecode", "RL"),
    "lzw": lambda: holding(lzw_zeros(BOMB), "LZWDecode"),
    "lzw-abbreviated": lambda: holding(lzw_zeros(BOMB), "LZW"),
    "lzw-late": lambda: holding(lzw_zeros(BOMB, 0), "LZWDecode", DecodeParms=LATE),
    "lzw-late-in-a-list": lambda: holding(
        lzw_zeros(BOMB, 0), "Crypt", "LZW", DP=pikepdf.Array([pikepdf.Dictionary(), LATE])
    ),
    "crypt-flate": lambda: holding(zeros(BOMB), "Crypt", "FlateDecode"),
    "huge-in-between": lambda: holding(flate(zeros(BOMB)), "Fl", "Fl", "ASCIIHexDecode"),
    "small-picture": lambda: picture(zeros(2**20), 1, 1, "FlateDecode"),
    "small-picture-behind-another-filter": lambda: picture(base85(zeros(2**20)), 9, 9, "A85", "Fl"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_behind_any_filter_is_found(name):
    """A few KiB that unpack into more than is allowed."""
    content = BOMBS[name]()
    assert len(content) < ROOM // 30
    assert inspect(BytesIO(content)) == ("pdf-bomb",)


@pytest.mark.parametrize("width", [1024, 40])
def test_a_picture_may_unpack_into_what_its_size_says(width):
    """1,024 by 1,024 of eight bytes at the most; a picture that is said to be smaller is a bomb."""
    packed = zeros(3 * 1024 * 1024)
    assert inspect(BytesIO(picture(packed, width, 1024, "FlateDecode"))) == (() if width == 1024 else ("pdf-bomb",))
    assert inspect(BytesIO(picture(b"\xff\xd8 of any length", 10, 10, "DCTDecode"))) == ()


def packed_objects(*, streams: int = 1, size: int = 0, filters: bytes = b"/FlateDecode", pack=flate, kind=b"/Type /ObjStm",
                   inside: bytes = b"<< /A 1 >>", table: bytes = b"/FlateDecode", pack_table=flate) -> bytes:  # fmt: skip
    """A PDF 1.5 whose objects lie in object streams (ISO 32000-1, 7.5.7), found by a cross-reference stream."""
    out, rows = BytesIO(), {}
    out.write(b"%PDF-1.5\n")

    def put(number: int, body: bytes) -> None:
        rows[number] = (1, out.tell(), 0)
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    put(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << >> >>")
    put(4, b"/LZWDecode")
    for number in range(5, 5 + 2 * streams, 2):
        head = b"%d 0 " % (number + 1)
        packed = pack(head + inside + bytes(size))
        entries = b"%s /N 1 /First %d /Filter %s /Length %d" % (kind, len(head), filters, len(packed))
        put(number, b"<< %s >> stream\n%s\nendstream" % (entries, packed))
        rows[number + 1] = (2, number, 0)
    last, at = 5 + 2 * streams, out.tell()
    rows[last] = (1, at, 0)
    cells = (
        bytes([0]) * 7,
        *(bytes([k]) + a.to_bytes(4, "big") + b.to_bytes(2, "big") for _, (k, a, b) in sorted(rows.items())),
    )
    packed = pack_table(b"".join(cells))
    entries = b"/Type /XRef /Size %d /W [1 4 2] /Root 1 0 R /Filter %s /Length %d" % (last + 1, table, len(packed))
    put(last, b"<< %s >> stream\n%s\nendstream" % (entries, packed))
    out.write(b"startxref\n%d\n%%%%EOF\n" % at)
    return out.getvalue()


SOUND_OBJECTS = {
    "flate": {},
    "flate-abbreviated": {"filters": b"[ /Fl ]"},
    "plain": {"filters": b"[]", "pack": bytes},
    "untyped": {"kind": b""},
    "many": {"streams": 200, "size": 20_000},
}
ODD_OBJECTS = {
    "lzw": {"filters": b"/LZWDecode", "pack": lzw},
    "lzw-abbreviated": {"filters": b"[/LZW]", "pack": lzw},
    "lzw-escaped": {"filters": b"/L#5aWDecode", "pack": lzw},
    "lzw-elsewhere": {"filters": b"4 0 R", "pack": lzw},
    "lzw-elsewhere-in-a-list": {"filters": b"[% a comment\n/Crypt 4 0 R]", "pack": lzw},
    "lzw-untyped": {"filters": b"/LZW", "pack": lzw, "kind": b""},
    "lzw-table": {"table": b"/LZWDecode", "pack_table": lzw},
    "base85-flate": {"filters": b"[/A85 /Fl]", "pack": lambda data: base85(flate(data))},
    "flate-flate": {"filters": b"[/Fl /Fl]", "pack": lambda data: flate(flate(data))},
    "flate-flate-untyped": {"filters": b"[/Fl /Fl]", "pack": lambda data: flate(flate(data)), "kind": b""},
    "hex": {"filters": b"/AHx", "pack": hexadecimal},
}


@pytest.mark.parametrize("name", SOUND_OBJECTS)
def test_objects_in_streams_as_everybody_packs_them_are_taken(name):
    """The positive twins: Flate, or nothing at all."""
    assert inspect(BytesIO(packed_objects(**SOUND_OBJECTS[name]))) == ()


@pytest.mark.parametrize("names", [("ASCII85Decode", "FlateDecode"), ("A85", "Fl"), ("ASCIIHexDecode", "Fl")])
def test_text_in_letters_beside_packed_objects_is_taken(names):
    """A page's text in base 85, as some printers write it, in a file whose objects another program packed."""
    into = hexadecimal if names[0].startswith("ASCIIH") else base85
    with pikepdf.open(BytesIO(holding(into(flate(WORDS)), *names))) as document:
        out = BytesIO()
        mode = pikepdf.ObjectStreamMode.generate
        document.save(out, object_stream_mode=mode, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    assert f"/{names[0]}".encode() in out.getvalue()
    assert b"/ObjStm" in out.getvalue()
    assert inspect(BytesIO(out.getvalue())) == ()


@pytest.mark.parametrize("name", ODD_OBJECTS)
def test_objects_packed_in_an_odd_way_are_refused(name):
    """What would unpack without a bound is refused before a parser opens it, the rest without being unpacked."""
    content = packed_objects(**ODD_OBJECTS[name])
    assert inspect(BytesIO(content)) == ("pdf-structure-odd",)
    if name.startswith("lzw"):
        assert unparsed.shape_fault(content) == "pdf-structure-odd"
        return
    with pikepdf.open(BytesIO(content)) as document:
        assert (document.get_object(6, 0) is None) == (len(ODD_OBJECTS[name]["filters"]) > len(b"/AHx"))
    assert "pdf-structure-odd" in SENTENCES


def test_object_streams_cannot_unpack_without_end():
    """Before any parser opens the file: many that are small, few that are large, and what another word hides."""
    cases = [
        packed_objects(streams=40, size=ROOM // 8),
        packed_objects(streams=3, size=2 * ROOM),
        packed_objects(streams=40, size=ROOM // 8, kind=b""),
        packed_objects(streams=40, size=ROOM // 8).replace(b"stream\nx", b"stream  \nx"),
    ]
    for content in cases:
        assert unparsed.shape_fault(content) == "pdf-bomb"
        assert inspect(BytesIO(content)) == ("pdf-bomb",)
    assert inspect(BytesIO(packed_objects(streams=4, size=ROOM // 8))) == ()


def test_looking_for_streams_ends_soon_in_a_file_full_of_their_words():
    """Each seems to begin a stream that goes on to the end: what is read counts, too."""
    empty_blocks = b"\0\0\0\xff\xff" * 200
    content = packed_objects().replace(b"%%EOF", b"") + (b"stream\nx\x9c" + empty_blocks) * 2_000 + b"%%EOF"
    began = time.process_time()
    assert unparsed.shape_fault(content) == "pdf-bomb"
    assert time.process_time() - began < 3


def test_a_lzw_table_is_never_opened():
    """A parser would unpack it into any memory: the file is refused by its bytes."""
    content = packed_objects(filters=b"/LZWDecode", pack=lambda _: lzw_zeros(2**30))
    began = time.process_time()
    assert inspect(BytesIO(content)) == ("pdf-structure-odd",)
    assert time.process_time() - began < 1


def test_what_packed_objects_do_is_seen():
    """An action inside an object stream is an action."""
    script = b"<< /S /Java#53cript /J#53 (app.alert\\(1\\)) >>"
    assert inspect(BytesIO(packed_objects(inside=script))) == ("pdf-javascript",)


@given(data=st.binary(max_size=3000) | st.text("ab", max_size=6000).map(str.encode), early=st.sampled_from([0, 1]))
@settings(max_examples=60, deadline=None)
def test_unpacking_comes_to_the_same_as_qpdf(data: bytes, early: int):
    """Each filter, on anything: byte for byte."""
    for name, raw in {
        "LZWDecode": lzw(data, early),
        "RunLengthDecode": runs(data),
        "ASCII85Decode": base85(data),
        "ASCIIHexDecode": hexadecimal(data),
    }.items():
        with pikepdf.new() as document:
            stream = pikepdf.Stream(document, raw)
            stream.Filter = pikepdf.Name(f"/{name}")
            if name == "LZWDecode" and not early:
                stream.DecodeParms = pikepdf.Dictionary(EarlyChange=0)
            theirs = stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
        assert b"".join(undo(raw, [(f"/{name}", early)], Allowance(MANY))) == theirs == data


@given(
    raw=st.binary(max_size=500),
    names=st.lists(st.sampled_from(["Fl", "LZW", "RL", "A85", "AHx", "DCT", ""]), max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_unpacking(raw: bytes, names: list[str]):
    """Whatever a stream holds ends in a verdict."""
    assert set(inspect(BytesIO(holding(raw, *names or ["Fl"])))) <= set(SENTENCES)

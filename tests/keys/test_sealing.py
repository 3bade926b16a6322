"""Sealing: what opens is exactly what was sealed, in its place; everything else is an error before a byte gets out."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import KeyMissing, KeyNotValid, KeysError, SealBroken
from keys.keyring import Key, Keyring, Purpose
from keys.minting import mint
from keys.sealing import (
    CHUNK_BYTES,
    new_data_key,
    open_chunks,
    open_field,
    seal_chunks,
    seal_field,
    unwrap_key,
    wrap_key,
)

KEY = bytes(range(32))
CONTEXT = b"notice 1|document 2"
HEAD = 1 + 16 + 32
SEALED_CHUNK = CHUNK_BYTES + 16
# Pinned on 2026-11-23: what is sealed today must open with every later release.
GOLDEN_FIELD = bytes.fromhex(
    "010b6669656c642d6b65792d31d2624b6b2a7862e4f06696f9e140e2906a0abccb059457216e97c8fe86a317eeedf98189fdae1ce16b25"
)
GOLDEN_CHUNKS = bytes.fromhex(
    "018433062c4ffbbfead058d151ff23b5824eac66ce382ef68455a55b3da0425ed0fa8aa8c1a2eab902ece0953aeaca81d06079bdbe7e74"
    "15e1356c0b6c27ba221579977f74f92d871e9be979c35298"
)


def content(size):
    """Bytes in which every chunk differs from every other."""
    return b"".join(number.to_bytes(8) for number in range(size // 8 + 1))[:size]


def sealed(size, context=CONTEXT, key=KEY):
    return b"".join(seal_chunks(key, [content(size)], context))


def opened(data, context=CONTEXT, key=KEY):
    return b"".join(open_chunks(key, [data], context))


def blocks(data):
    """The head, and each sealed chunk."""
    return [data[:HEAD], *(data[at : at + SEALED_CHUNK] for at in range(HEAD, len(data), SEALED_CHUNK))]


def recut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The same bytes in other pieces, empty ones among them."""
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


def written_by_hand(pieces):
    """A stream as the module's first page describes it, made without the module: each piece (bytes, last) a chunk."""
    key_id = hmac.new(KEY, b"idgateway data key id", hashlib.sha256).digest()[:16]
    head = b"\x01" + key_id + bytes(32)
    extracted = hmac.new(bytes(32), KEY, hashlib.sha256).digest()
    stream_key = hmac.new(extracted, b"idgateway chunk\x01", hashlib.sha256).digest()
    chunks = [head]
    for number, (piece, last) in enumerate(pieces):
        bound = b"idgateway chunk\x00" + head + number.to_bytes(8) + bytes([last]) + CONTEXT
        chunks.append(AESGCM(stream_key).encrypt(number.to_bytes(12), piece, bound))
    return b"".join(chunks)


SIZES = st.one_of(
    st.integers(0, 100),
    st.integers(0, 4 * CHUNK_BYTES),
    st.sampled_from([n * CHUNK_BYTES + d for n in (1, 2, 3) for d in (-1, 0, 1)]),
)
CUTS = st.lists(st.integers(0, 2 * CHUNK_BYTES), max_size=8)


@given(size=SIZES, cuts_in=CUTS, cuts_out=CUTS)
@settings(max_examples=60)
def test_what_was_sealed_opens_whatever_the_pieces(size, cuts_in, cuts_out):
    """The cut of the stream on either side changes nothing; every chunk but the last has 64 KiB."""
    made = b"".join(seal_chunks(KEY, recut(content(size), cuts_in), CONTEXT))
    assert b"".join(open_chunks(KEY, recut(made, cuts_out), CONTEXT)) == content(size)
    assert len(made) == HEAD + size + 16 * max(1, -(-size // CHUNK_BYTES))


@given(size=SIZES, data=st.data())
@settings(max_examples=100)
def test_one_flipped_bit_anywhere_is_found(size, data):
    """In the version, the key id, the salt, any chunk or any tag."""
    made = bytearray(sealed(size))
    bit = data.draw(st.integers(0, len(made) * 8 - 1))
    assert opened(bytes(made)) == content(size)
    made[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        opened(bytes(made))


@given(size=SIZES, data=st.data())
@settings(max_examples=100)
def test_a_cut_anywhere_is_found(size, data):
    """Also exactly between two chunks, where every tag that remains is right."""
    made = sealed(size)
    edges = [HEAD + n * SEALED_CHUNK for n in range(5) if HEAD + n * SEALED_CHUNK < len(made)]
    length = data.draw(st.one_of(st.integers(0, len(made) - 1), st.sampled_from(edges)))
    with pytest.raises(SealBroken):
        opened(made[:length])


def test_a_stream_written_by_hand_after_the_description_opens():
    """The description is complete: primitives alone make the same form."""
    assert opened(written_by_hand([(content(CHUNK_BYTES), False), (b"end", True)])) == content(CHUNK_BYTES) + b"end"
    assert opened(written_by_hand([(b"", True)])) == b""


@pytest.mark.parametrize("flags", [(True, True), (False, False), (True, False)])
def test_chunks_whose_last_flags_lie_do_not_open(flags):
    """Sealed under the right key, but an end in the middle or none at the end."""
    with pytest.raises(SealBroken):
        opened(written_by_hand([(content(CHUNK_BYTES), flags[0]), (b"end", flags[1])]))


def test_an_empty_chunk_after_others_is_refused():
    """One content has one form in chunks."""
    assert opened(written_by_hand([(content(CHUNK_BYTES), True)])) == content(CHUNK_BYTES)
    with pytest.raises(SealBroken):
        opened(written_by_hand([(content(CHUNK_BYTES), False), (b"", True)]))


def test_cutting_off_the_last_chunk_is_found():
    """The chunk before it was not sealed as the last."""
    parts = blocks(sealed(3 * CHUNK_BYTES + 5))
    assert opened(b"".join(parts)) == content(3 * CHUNK_BYTES + 5)
    for kept in range(1, len(parts)):
        with pytest.raises(SealBroken):
            opened(b"".join(parts[:kept]))


@given(st.permutations(range(1, 5)), st.booleans())
def test_chunks_in_another_order_or_twice_are_found(order, doubled):
    """Each chunk knows its number; the right order is the only one that opens."""
    whole = 4 * CHUNK_BYTES
    parts = blocks(sealed(whole))
    chosen = [parts[0], *(parts[number] for number in order)]
    if doubled:
        chosen.insert(1, parts[1])
    if order == [1, 2, 3, 4] and not doubled:
        assert opened(b"".join(chosen)) == content(whole)
    else:
        with pytest.raises(SealBroken):
            opened(b"".join(chosen))


def test_chunks_of_another_content_under_the_same_key_are_found():
    """Two documents of one notice share a data key; their chunks cannot be exchanged, nor their heads."""
    one, other = blocks(sealed(2 * CHUNK_BYTES)), blocks(sealed(2 * CHUNK_BYTES))
    assert opened(b"".join(one)) == opened(b"".join(other)) == content(2 * CHUNK_BYTES)
    for mixed in ([one[0], one[1], other[2]], [one[0], other[1], one[2]], [other[0], one[1], one[2]]):
        with pytest.raises(SealBroken):
            opened(b"".join(mixed))


@pytest.mark.parametrize("more", [b"\x00", bytes(16), bytes(17), bytes(SEALED_CHUNK)])
@pytest.mark.parametrize("size", [0, 5, CHUNK_BYTES, CHUNK_BYTES + 5])
def test_anything_added_at_the_end_is_found(size, more):
    """Bytes after the last chunk make it another chunk."""
    with pytest.raises(SealBroken):
        opened(sealed(size) + more)


@pytest.mark.parametrize("context", [b"", b"notice 1|document 3", CONTEXT + b" ", CONTEXT[:-1]])
def test_another_context_does_not_open(context):
    """What belongs to one document cannot be shown as another."""
    assert opened(sealed(5)) == content(5)
    with pytest.raises(SealBroken):
        opened(sealed(5), context=context)


def test_another_data_key_does_not_open():
    """Said before any chunk is tried."""
    with pytest.raises(SealBroken) as caught:
        opened(sealed(5), key=new_data_key())
    assert caught.value.code == "seal-other-key"


def test_no_byte_of_a_chunk_leaves_before_its_tag_is_verified():
    """Good chunks come out; from the broken one on nothing does, and the error says that the content is not whole."""
    made = bytearray(sealed(3 * CHUNK_BYTES))
    made[HEAD + SEALED_CHUNK + 10] ^= 1
    out = []
    with pytest.raises(SealBroken):
        for piece in open_chunks(KEY, [bytes(made)], CONTEXT):
            out.append(piece)
    assert b"".join(out) == content(CHUNK_BYTES)


def test_sealing_streams():
    """A sealed chunk is handed on before the whole input was read."""
    read = []

    def source():
        for number in range(4):
            read.append(number)
            yield bytes(CHUNK_BYTES)

    stream = seal_chunks(KEY, source(), CONTEXT)
    head, first = next(stream), next(stream)
    assert (len(head), len(first)) == (HEAD, SEALED_CHUNK)
    assert read == [0, 1]


def test_two_seals_of_the_same_content_differ(now):
    """A fresh salt per stream, a fresh nonce per field."""
    assert sealed(100) != sealed(100)
    key = mint(Purpose.FIELD_SEALING, now)
    assert seal_field(key, b"v", b"c") != seal_field(key, b"v", b"c")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_data_key_of_another_length_is_refused(keyring, now, length):
    """32 bytes, on every door."""
    kek = keyring.current(Purpose.CONTENT_SEALING, now)
    assert unwrap_key(keyring, wrap_key(kek, KEY, b"c"), b"c") == KEY
    with pytest.raises(KeyNotValid):
        wrap_key(kek, bytes(length), b"c")
    with pytest.raises(KeyNotValid):
        next(seal_chunks(bytes(length), [], b"c"))
    with pytest.raises(KeyNotValid):
        next(open_chunks(bytes(length), [], b"c"))


def test_a_field_opens_in_its_context_only(keyring, now):
    """And only under its own key."""
    made = seal_field(keyring.current(Purpose.FIELD_SEALING, now), b"value", b"accounts.subject|7")
    assert open_field(keyring, made, b"accounts.subject|7") == b"value"
    with pytest.raises(SealBroken):
        open_field(keyring, made, b"accounts.subject|8")
    with pytest.raises(KeyMissing):
        open_field(Keyring([mint(Purpose.FIELD_SEALING, now)]), made, b"accounts.subject|7")


@given(plaintext=st.binary(max_size=200), data=st.data())
def test_a_changed_or_cut_field_does_not_open(keyring, now, plaintext, data):
    """Any bit, any length; a changed key id names a key that is not there."""
    made = seal_field(keyring.current(Purpose.FIELD_SEALING, now), plaintext, b"c")
    assert open_field(keyring, made, b"c") == plaintext
    bit = data.draw(st.integers(0, len(made) * 8 - 1))
    flipped = bytearray(made)
    flipped[bit // 8] ^= 1 << bit % 8
    cut = made[: data.draw(st.integers(0, len(made) - 1))]
    for bad in (bytes(flipped), cut, made + b"\x00"):
        with pytest.raises((SealBroken, KeyMissing)):
            open_field(keyring, bad, b"c")


@given(st.binary(max_size=100))
def test_noise_never_opens(keyring, noise):
    """Whatever stands in the column: an error of ours."""
    for attempt in (
        lambda: open_field(keyring, noise, b"c"),
        lambda: unwrap_key(keyring, noise, b"c"),
        lambda: b"".join(open_chunks(KEY, [noise], b"c")),
    ):
        with pytest.raises(KeysError):
            attempt()


def test_a_field_does_not_open_as_a_data_key_nor_the_other_way_round(now):
    """Even if one secret served both purposes, the kinds stay apart."""
    secret = secrets.token_bytes(32)
    field, content_key = (
        Key(kid="same", purpose=purpose, algorithm="A256GCM", not_before=now, material=secret)
        for purpose in (Purpose.FIELD_SEALING, Purpose.CONTENT_SEALING)
    )
    keyring = Keyring([field, content_key])
    as_field, as_key = seal_field(field, KEY, b"c"), wrap_key(content_key, KEY, b"c")
    assert open_field(keyring, as_field, b"c") == unwrap_key(keyring, as_key, b"c") == KEY
    with pytest.raises(SealBroken):
        unwrap_key(keyring, as_field, b"c")
    with pytest.raises(SealBroken):
        open_field(keyring, as_key, b"c")


def test_sealing_takes_only_the_key_of_its_purpose(keyring, now):
    """A content key seals no field, a field key wraps no content."""
    with pytest.raises(KeyNotValid):
        seal_field(keyring.current(Purpose.CONTENT_SEALING, now), b"v", b"c")
    with pytest.raises(KeyNotValid):
        wrap_key(keyring.current(Purpose.FIELD_SEALING, now), KEY, b"c")


def test_destroying_the_vault_key_destroys_what_it_wrapped(keyring, now):
    """Erasure: without the key the wrapped data key says so and stays shut."""
    kek = keyring.current(Purpose.CONTENT_SEALING, now)
    wrapped = wrap_key(kek, KEY, b"c")
    assert unwrap_key(keyring, wrapped, b"c") == KEY
    remaining = Keyring(key for key in keyring if key is not kek)
    with pytest.raises(KeyMissing):
        unwrap_key(remaining, wrapped, b"c")


def test_what_was_sealed_by_an_earlier_release_still_opens(now):
    """The formats of version 1, byte for byte; an unknown version is refused."""
    key = Key(kid="field-key-1", purpose=Purpose.FIELD_SEALING, algorithm="A256GCM", not_before=now, material=KEY)
    keyring = Keyring([key])
    assert open_field(keyring, GOLDEN_FIELD, CONTEXT) == b"sealed in 2026"
    assert opened(GOLDEN_CHUNKS) == b"sealed in 2026"
    with pytest.raises(SealBroken):
        open_field(keyring, b"\x02" + GOLDEN_FIELD[1:], CONTEXT)
    with pytest.raises(SealBroken):
        opened(b"\x02" + GOLDEN_CHUNKS[1:])

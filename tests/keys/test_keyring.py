"""Which key serves when: windows, order, ids, and that no key prints itself."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from keys.errors import KeyMissing, KeyNotValid
from keys.keyring import ALGORITHMS, GATE_PURPOSES, POSTBOX_PURPOSES, RETENTION, Keyring, Purpose
from keys.minting import mint

DAY = timedelta(days=1)
TOKEN = Purpose.TOKEN_SIGNING


def test_the_newest_key_within_its_window_is_current(now):
    """Of two valid keys the newer signs; before it begins, the older still does."""
    old, new = mint(TOKEN, now), mint(TOKEN, now + DAY)
    keyring = Keyring([new, old])
    assert keyring.current(TOKEN, now) is old
    assert keyring.current(TOKEN, now + DAY) is new
    assert keyring.usable(TOKEN, now + DAY) == (new, old)


def test_a_window_includes_its_beginning_and_excludes_its_end(now):
    """not_before <= at < not_after, to the microsecond."""
    key = replace(mint(TOKEN, now), not_after=now + DAY)
    tick = timedelta(microseconds=1)
    assert [key.usable_at(at) for at in (now - tick, now, now + DAY - tick, now + DAY)] == [False, True, True, False]


def test_no_key_and_no_valid_key_are_different_errors(now):
    """A purpose without any key is missing; one whose keys lie outside their windows is not valid."""
    keyring = Keyring([mint(TOKEN, now)])
    assert keyring.current(TOKEN, now).purpose is TOKEN
    with pytest.raises(KeyMissing):
        keyring.current(Purpose.LOG_SIGNING, now)
    with pytest.raises(KeyNotValid):
        keyring.current(TOKEN, now - DAY)
    assert keyring.usable(Purpose.LOG_SIGNING, now) == ()


def test_an_id_finds_a_key_only_for_its_own_purpose(now):
    """A key id is looked up together with the purpose, so that no key serves two."""
    key = mint(TOKEN, now)
    keyring = Keyring([key])
    assert keyring.by_id(key.kid, TOKEN) is key
    with pytest.raises(KeyMissing):
        keyring.by_id(key.kid, Purpose.RECEIPT_SIGNING)
    with pytest.raises(KeyMissing):
        keyring.by_id("unknown", TOKEN)


def test_the_same_key_twice_is_refused(now):
    """Two entries of one id would make the choice a matter of luck."""
    key = mint(TOKEN, now)
    assert list(Keyring([key])) == [key]
    with pytest.raises(KeyNotValid):
        Keyring([key, replace(key, not_before=now + DAY)])


def test_a_symmetric_key_has_no_public_half_and_an_asymmetric_no_secret(keyring, now):
    """Each kind gives out only what it has."""
    derivation, token = keyring.current(Purpose.DERIVATION, now), keyring.current(TOKEN, now)
    assert len(derivation.secret) == 32
    assert token.public_key == token.private_key.public_key()
    with pytest.raises(KeyNotValid):
        _ = derivation.public_key
    with pytest.raises(KeyNotValid):
        _ = token.secret


def test_a_key_does_not_print_its_material(keyring, now):
    """Neither repr nor str of a symmetric key shows its bytes, in any common writing."""
    key = keyring.current(Purpose.FIELD_SEALING, now)
    shown = repr(key) + str(key)
    assert key.kid in shown
    for writing in (repr(key.secret), key.secret.hex(), base64.b64encode(key.secret).decode()):
        assert writing not in shown
    assert "material" not in shown


def test_every_purpose_has_an_algorithm_a_retention_and_a_house():
    """The tables are complete; seals are an authority's and a witness is another town's: neither is a house's own."""
    housed = set(GATE_PURPOSES) | set(POSTBOX_PURPOSES)
    assert (
        set(ALGORITHMS)
        == set(RETENTION)
        == housed | {Purpose.DOCUMENT_SEALING, Purpose.WITNESS_SIGNING}
        == set(Purpose)
    )


def test_delivery_addresses_outlive_no_key_they_need():
    """Addresses live 90 days: the key that signed and the key that opens them stay at least as long."""
    for purpose in (Purpose.TOKEN_SIGNING, Purpose.ADDRESS_ENCRYPTION):
        assert RETENTION[purpose] >= timedelta(days=90)


def test_keys_are_as_strong_as_their_purpose_says(keyring, now):
    """RSA keys have 3072 bits, elliptic ones are P-256, the log's is Ed25519, secrets have 32 bytes."""
    sizes = {purpose: keyring.current(purpose, now) for purpose in Purpose}
    for purpose in (Purpose.SAML_SIGNING, Purpose.SAML_ENCRYPTION, Purpose.TOKEN_SIGNING_RS256):
        assert sizes[purpose].private_key.key_size == 3072
    for purpose in (Purpose.TOKEN_SIGNING, Purpose.CLIENT_AUTHENTICATION, Purpose.ADDRESS_ENCRYPTION):
        assert sizes[purpose].private_key.curve.name == "secp256r1"
    assert len(sizes[Purpose.LOG_SIGNING].public_key.public_bytes_raw()) == 32
    assert all(len(sizes[p].secret) == 32 for p in (Purpose.CONTENT_SEALING, Purpose.FIELD_SEALING))

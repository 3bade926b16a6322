"""Derived values: stable, independent, bound to key and labels."""

import hashlib
import hmac

import pytest

from keys.derivation import derive
from keys.errors import KeyNotValid
from keys.keyring import Key, Purpose
from keys.minting import mint


def key_of(secret, now):
    return Key(kid="k", purpose=Purpose.DERIVATION, algorithm="HS256", not_before=now, material=secret)


def test_the_same_labels_give_the_same_value_for_ever(now):
    """Pinned: identifiers hang on these bytes (HMAC-SHA-256 over length and label)."""
    key = key_of(bytes(32), now)
    expected = hmac.new(bytes(32), b"\0\0\0\x06sector\0\0\0\x02\xc3\xa4", hashlib.sha256).digest()
    assert derive(key, "sector", "ä") == expected


def test_other_labels_another_key_or_another_cut_give_another_value(now):
    """No two ways of writing lead to one value."""
    key, other = key_of(bytes(32), now), mint(Purpose.DERIVATION, now)
    values = [derive(key, *labels) for labels in (("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", ""), ("c", "ab"))]
    values.append(derive(other, "ab", "c"))
    assert len(set(values)) == 6
    assert derive(key, "ab", "c") == values[0]


def test_only_a_derivation_key_derives_and_only_from_labels(keyring, now):
    """A sealing key is refused, and so is nothing to derive from."""
    with pytest.raises(KeyNotValid):
        derive(keyring.current(Purpose.FIELD_SEALING, now), "label")
    with pytest.raises(ValueError, match="label"):
        derive(keyring.current(Purpose.DERIVATION, now))
    assert len(derive(keyring.current(Purpose.DERIVATION, now), "label")) == 32

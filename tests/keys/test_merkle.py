"""The Merkle tree of RFC 9162: Certificate Transparency's known vectors, and every proof of every small tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import merkle
from keys.errors import SignatureInvalid

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FIRST_OF_EIGHT = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
SIX_TO_EIGHT = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
MANY = [merkle.leaf_hash(bytes([number])) for number in range(20)]
ZERO = bytes(32)


def test_roots_are_those_of_certificate_transparency():
    """The eight reference trees, and the empty one."""
    assert [merkle.root(HASHES[:size]).hex() for size in range(9)] == ROOTS


def test_proofs_are_those_of_certificate_transparency():
    """Inclusion of the first leaf in eight; consistency from one and from six to eight."""
    assert [node.hex() for node in merkle.inclusion_proof(HASHES, 0)] == FIRST_OF_EIGHT
    assert [node.hex() for node in merkle.consistency_proof(HASHES, 1, 8)] == FIRST_OF_EIGHT
    assert [node.hex() for node in merkle.consistency_proof(HASHES, 6, 8)] == SIX_TO_EIGHT


def test_every_leaf_of_every_small_tree_is_proved():
    """All indexes of all sizes up to twenty."""
    for size in range(1, len(MANY) + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(MANY[:size], index)
            merkle.verify_inclusion(MANY[index], index, size, proof, merkle.root(MANY[:size]))


def test_every_growth_of_every_small_tree_is_proved():
    """All pairs of sizes up to twenty, also no growth at all."""
    for new in range(1, len(MANY) + 1):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(MANY, old, new)
            merkle.verify_consistency(old, new, proof, merkle.root(MANY[:old]), merkle.root(MANY[:new]))


@given(st.data())
def test_a_changed_inclusion_proof_proves_nothing(data):
    """Another leaf, another index, another root, a hash changed, dropped, added or cut: refused."""
    size = data.draw(st.integers(2, len(MANY)))
    index = data.draw(st.integers(0, size - 1))
    proof, whole = merkle.inclusion_proof(MANY[:size], index), merkle.root(MANY[:size])
    merkle.verify_inclusion(MANY[index], index, size, proof, whole)
    place = data.draw(st.integers(0, len(proof) - 1))
    other = data.draw(st.integers(-1, size).filter(lambda number: number != index))
    lies = [
        (MANY[index], index, size, (*proof[:place], ZERO, *proof[place + 1 :]), whole),
        (MANY[index], index, size, (*proof[:place], *proof[place + 1 :]), whole),
        (MANY[index], index, size, (*proof, ZERO), whole),
        (MANY[index], index, size, (*proof[:place], proof[place][:-1], *proof[place + 1 :]), whole),
        (MANY[index], other, size, proof, whole),
        (ZERO, index, size, proof, whole),
        (MANY[index], index, size, proof, ZERO),
    ]
    for lie in lies:
        with pytest.raises(SignatureInvalid):
            merkle.verify_inclusion(*lie)


@given(st.data())
def test_a_changed_consistency_proof_proves_nothing(data):
    """A rewritten past, an exchanged root, a hash changed, dropped, added or cut: refused."""
    new = data.draw(st.integers(2, len(MANY)))
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency_proof(MANY, old, new)
    before, after = merkle.root(MANY[:old]), merkle.root(MANY[:new])
    merkle.verify_consistency(old, new, proof, before, after)
    place = data.draw(st.integers(0, len(proof) - 1))
    rewritten = merkle.root([ZERO, *MANY[1:old]])
    lies = [
        (old, new, (*proof[:place], ZERO, *proof[place + 1 :]), before, after),
        (old, new, (*proof[:place], *proof[place + 1 :]), before, after),
        (old, new, (*proof, ZERO), before, after),
        (old, new, (*proof[:place], proof[place] + b"\x00", *proof[place + 1 :]), before, after),
        (old, new, proof, rewritten, after),
        (old, new, proof, before, ZERO),
        (new, old, proof, after, before),
    ]
    for lie in lies:
        with pytest.raises(SignatureInvalid):
            merkle.verify_consistency(*lie)


def test_one_size_has_one_root():
    """Equal sizes need equal roots and no proof: two roots of one size are a split view."""
    merkle.verify_consistency(3, 3, (), merkle.root(MANY[:3]), merkle.root(MANY[:3]))
    for proof, other in [((), ZERO), ((ZERO,), merkle.root(MANY[:3]))]:
        with pytest.raises(SignatureInvalid):
            merkle.verify_consistency(3, 3, proof, merkle.root(MANY[:3]), other)


def test_a_short_path_to_an_inner_node_proves_nothing():
    """A proof that stops half way may name the node it reached as the root: the size says that the path is longer."""
    node = merkle.node_hash(MANY[0], MANY[1])
    merkle.verify_inclusion(MANY[0], 0, 2, (MANY[1],), node)
    merkle.verify_consistency(1, 2, (MANY[1],), MANY[0], node)
    with pytest.raises(SignatureInvalid):
        merkle.verify_inclusion(MANY[0], 0, 4, (MANY[1],), node)
    with pytest.raises(SignatureInvalid):
        merkle.verify_consistency(1, 4, (MANY[1],), MANY[0], node)


def test_what_is_no_hash_is_no_leaf():
    """A tree of one leaf has the leaf's hash as root; other bytes equal to themselves prove nothing."""
    merkle.verify_inclusion(ZERO, 0, 1, (), ZERO)
    merkle.verify_consistency(1, 1, (), ZERO, ZERO)
    with pytest.raises(SignatureInvalid):
        merkle.verify_inclusion(b"short", 0, 1, (), b"short")
    with pytest.raises(SignatureInvalid):
        merkle.verify_consistency(1, 1, (), b"short", b"short")


def test_an_inner_node_never_passes_as_a_leaf():
    """Leaves and nodes are hashed apart (second preimage)."""
    assert merkle.leaf_hash(MANY[0] + MANY[1]) != merkle.node_hash(MANY[0], MANY[1])


def test_proofs_outside_the_tree_do_not_exist():
    """Asking for them is a mistake of the caller."""
    for index in (-1, 3):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_proof(MANY[:3], index)
    for old, new in [(0, 3), (3, 2), (1, 21)]:
        with pytest.raises(ValueError, match="no consistency"):
            merkle.consistency_proof(MANY, old, new)

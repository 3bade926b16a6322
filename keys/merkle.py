"""The Merkle tree of a transparency log (RFC 9162 section 2.1), SHA-256. Pure: hashes in, hashes out.

``index`` counts leaves from 0; ``size`` is the number of leaves. Proofs are tuples of 32-byte hashes.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from keys.errors import SignatureInvalid

Hash = bytes
Proof = tuple[Hash, ...]

_HASH_BYTES = 32
EMPTY_ROOT: Hash = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> Hash:
    """The hash of one leaf: H(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    """The hash of an inner node: H(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[Hash]) -> Hash:
    """The root over leaf hashes; without leaves the hash of nothing (RFC 9162 2.1.1)."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return node_hash(root(hashes[:split]), root(hashes[split:]))


def root_of_leaves(hashes: Iterable[Hash]) -> Hash:
    """The same root over leaf hashes that come one by one, in memory for their logarithm only."""
    stack: list[tuple[int, Hash]] = []  # complete subtrees, the largest first: height and hash
    for one in hashes:
        height, value = 0, one
        while stack and stack[-1][0] == height:
            height, value = height + 1, node_hash(stack.pop()[1], value)
        stack.append((height, value))
    if not stack:
        return EMPTY_ROOT
    value = stack.pop()[1]
    while stack:
        value = node_hash(stack.pop()[1], value)
    return value


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(hashes: Sequence[Hash], index: int) -> Proof:
    """The path from leaf ``index`` to the root of ``hashes`` (RFC 9162 2.1.3.1). Raises ValueError outside the tree."""
    if not 0 <= index < len(hashes):
        raise ValueError(f"no leaf {index} in a tree of {len(hashes)}")
    if len(hashes) == 1:
        return ()
    split = _split(len(hashes))
    if index < split:
        return (*inclusion_proof(hashes[:split], index), root(hashes[split:]))
    return (*inclusion_proof(hashes[split:], index - split), root(hashes[:split]))


def verify_inclusion(leaf: Hash, index: int, size: int, proof: Sequence[Hash], expected_root: Hash) -> None:
    """Return if the leaf of this hash stands at ``index`` under this root (RFC 9162 2.1.3.2).

    Raises SignatureInvalid.
    """
    _check(0 <= index < size, "the index lies outside the tree")
    _check_lengths(leaf, *proof)
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        _check(last != 0, "the proof is too long")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            node, last = _climb(node, last)
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    _check(last == 0 and hmac.compare_digest(found, expected_root), "the path does not lead to the root")


def _climb(node: int, last: int) -> tuple[int, int]:
    """Skip the levels where a node on the right edge has no sibling."""
    while not node & 1 and node != 0:
        node, last = node >> 1, last >> 1
    return node, last


def consistency_proof(hashes: Sequence[Hash], old: int, new: int) -> Proof:
    """Why the tree of the first ``old`` leaves is the beginning of that of ``new`` (RFC 9162 2.1.4.1).

    Raises ValueError unless 0 < old ≤ new ≤ number of hashes.
    """
    if not 0 < old <= new <= len(hashes):
        raise ValueError(f"no consistency from {old} to {new} among {len(hashes)} leaves")
    return _subproof(hashes[:new], old, whole=True)


def _subproof(hashes: Sequence[Hash], old: int, *, whole: bool) -> Proof:
    if old == len(hashes):
        return () if whole else (root(hashes),)
    split = _split(len(hashes))
    if old <= split:
        return (*_subproof(hashes[:split], old, whole=whole), root(hashes[split:]))
    return (*_subproof(hashes[split:], old - split, whole=False), root(hashes[:split]))


def verify_consistency(old: int, new: int, proof: Sequence[Hash], old_root: Hash, new_root: Hash) -> None:
    """Return if the tree of ``new`` leaves begins with that of ``old`` (RFC 9162 2.1.4.2). Raises SignatureInvalid."""
    _check(0 < old <= new, "sizes do not grow")
    _check_lengths(old_root, *proof)
    if old == new:
        _check(not proof and hmac.compare_digest(old_root, new_root), "one size with two roots")
        return
    # A first tree that is full (a power of two) is itself the first node of the path.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    _check(bool(path), "the proof is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_found = new_found = path[0]
    for sibling in path[1:]:
        _check(last != 0, "the proof is too long")
        if node & 1 or node == last:
            old_found, new_found = node_hash(sibling, old_found), node_hash(sibling, new_found)
            node, last = _climb(node, last)
        else:
            new_found = node_hash(new_found, sibling)
        node, last = node >> 1, last >> 1
    _check(last == 0 and hmac.compare_digest(old_found, old_root), "the path does not lead to the old root")
    _check(hmac.compare_digest(new_found, new_root), "the path does not lead to the new root")


def _check_lengths(*hashes: Hash) -> None:
    _check(all(len(one) == _HASH_BYTES for one in hashes), "not a hash of 32 bytes")


def _check(held: bool, cause: str) -> None:
    if not held:
        raise SignatureInvalid("log-proof-invalid", cause)

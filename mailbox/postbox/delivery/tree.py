"""The log's Merkle tree out of stored nodes: growing, roots and proofs in O(log² n) look-ups (RFC 9162 2.1). Pure.

``node(level, position)`` gives the hash of a complete subtree: (0, i) is leaf i, (l, i) covers 2^l leaves from i·2^l.
Complete subtrees never change, so every earlier size can still be proven.
"""

from collections.abc import Callable, Iterable

from keys.merkle import EMPTY_ROOT, node_hash

Node = Callable[[int, int], bytes]


def grow(size: int, leaves: Iterable[bytes], node: Node) -> dict[tuple[int, int], bytes]:
    """All complete subtrees that come into being when leaf hashes are appended to a tree of ``size``."""
    fresh: dict[tuple[int, int], bytes] = {}
    for position, leaf in enumerate(leaves, start=size):
        place, value = (0, position), leaf
        fresh[place] = value
        while place[1] % 2 == 1:  # a right child completes its parent
            left = (place[0], place[1] - 1)
            value = node_hash(fresh[left] if left in fresh else node(*left), value)
            place = (place[0] + 1, place[1] // 2)
            fresh[place] = value
    return fresh


def root_of(size: int, node: Node) -> bytes:
    """The root of the tree's first ``size`` leaves."""
    return _hash_of(0, size, node) if size else EMPTY_ROOT


def inclusion(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """The path from a leaf to the root at ``size`` (RFC 9162 2.1.3.1). Raises ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return _path(index, 0, size, node)


def consistency(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """That the tree of ``new`` leaves continues that of ``old`` (RFC 9162 2.1.4.1). Raises ValueError."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new} leaves")
    return () if old == new else _subproof(old, 0, new, node, whole=True)


def _hash_of(first: int, size: int, node: Node) -> bytes:
    if size & (size - 1) == 0:
        return node(size.bit_length() - 1, first // size)
    split = _split(size)
    return node_hash(_hash_of(first, split, node), _hash_of(first + split, size - split, node))


def _path(index: int, first: int, size: int, node: Node) -> tuple[bytes, ...]:
    if size == 1:
        return ()
    split = _split(size)
    if index - first < split:
        return (*_path(index, first, split, node), _hash_of(first + split, size - split, node))
    return (*_path(index, first + split, size - split, node), _hash_of(first, split, node))


def _subproof(old: int, first: int, size: int, node: Node, *, whole: bool) -> tuple[bytes, ...]:
    if old == size:
        return () if whole else (_hash_of(first, size, node),)
    split = _split(size)
    if old <= split:
        return (*_subproof(old, first, split, node, whole=whole), _hash_of(first + split, size - split, node))
    return (*_subproof(old - split, first + split, size - split, node, whole=False), _hash_of(first, split, node))


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)

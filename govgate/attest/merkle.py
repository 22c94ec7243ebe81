"""RFC 6962 Merkle trees: roots, inclusion and consistency proofs, built and checked.

A tree is read through a function ``read(level, index)``: the hash of the complete subtree over the
leaves ``index * 2**level`` to ``(index + 1) * 2**level``. Where the hashes are kept is the caller's
business (:mod:`govgate.attest.tiles`). Nothing here recurses.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from govgate.errors import EvidenceError

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Reader = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf holding ``data``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, read: Reader) -> bytes:
    """The root of the tree of ``size`` leaves."""
    return _subtree(0, size, read) if size else EMPTY_ROOT


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of equal height, as many as a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def root_of(hashes: Iterable[bytes]) -> tuple[int, bytes]:
    """How many ``hashes`` of leaves there are, and their root; holds no more than one a level."""
    size = 0
    parts: list[bytes] = []  # of complete subtrees, one for each bit of ``size``
    for computed in hashes:
        filled = size
        while filled & 1:
            computed = node_hash(parts.pop(), computed)
            filled >>= 1
        parts.append(computed)
        size += 1
    return size, _joined(parts) if parts else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Reader) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1: the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    siblings: list[tuple[int, int]] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((begin, middle))
            begin = middle
    return tuple(_subtree(low, high, read) for low, high in reversed(siblings))


def consistency_proof(old: int, new: int, read: Reader) -> tuple[bytes, ...]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2. Empty when ``old`` is 0 or ``new``."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot grow from one of {old}")
    if old in (0, new):
        return ()
    nodes: list[tuple[int, int]] = []
    begin, end = 0, new
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            nodes.append((middle, end))
            end = middle
        else:
            nodes.append((begin, middle))
            begin = middle
    if begin:  # else the old tree is itself a node, whose hash the verifier has
        nodes.append((begin, end))
    return tuple(_subtree(low, high, read) for low, high in reversed(nodes))


def check_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes
) -> None:
    """EvidenceError unless ``proof`` leads from the leaf hash to the root (RFC 9162 2.1.3.2)."""
    _check_hashes((leaf, expected, *proof))
    if not 0 <= index < size:
        raise EvidenceError(f"the proof is for entry {index} of a log with {size} entries")
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise EvidenceError("the inclusion proof has too many hashes")
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise EvidenceError("the inclusion proof has too few hashes")
    if computed != expected:
        raise EvidenceError("the inclusion proof does not lead to the root")


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """EvidenceError unless the new tree begins with the old one (RFC 9162 2.1.4.2).

    Every tree begins with the empty one, so ``old`` 0 proves nothing and is refused.
    """
    if not 0 < old <= new:
        raise EvidenceError(f"no proof shows that a log of {new} entries grew from one of {old}")
    if old == new:
        if proof:
            raise EvidenceError("the consistency proof has too many hashes")
        if old_root != new_root:
            raise EvidenceError("two logs of the same size have different roots")
        return
    _check_hashes((old_root, new_root, *proof))
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not proof:
        raise EvidenceError("the consistency proof has too few hashes")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise EvidenceError("the consistency proof has too many hashes")
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise EvidenceError("the consistency proof has too few hashes")
    if before != old_root:
        raise EvidenceError("the consistency proof does not lead to the old root")
    if after != new_root:
        raise EvidenceError("the consistency proof does not lead to the new root")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise EvidenceError(f"a hash of the proof is not {HASH_SIZE} bytes long")


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(begin: int, end: int, read: Reader) -> bytes:
    """The hash over leaves ``begin`` to ``end``, from complete subtrees, right to left.

    ``begin`` is a multiple of the smallest power of two that holds the range.
    """
    parts: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        parts.append(read(level, begin >> level))
        begin += 1 << level
    return _joined(parts)


def _joined(parts: list[bytes]) -> bytes:
    """The hash over complete subtrees of falling size."""
    computed = parts.pop()
    while parts:
        computed = node_hash(parts.pop(), computed)
    return computed

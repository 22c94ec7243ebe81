"""Who is in a partition, and who is not: sorted Merkle trees over keyed ids, and answers from them.

An id is a row's name or a data subject. It enters a tree as three hashes on top of each other::

    opening = HMAC-SHA-256(key, TREE 0x00 ID)                      needs the organisation's key
    member  = SHA-256("govgate member v1" 0x00 TREE 0x00 opening ID)
    leaf    = SHA-256("govgate member leaf v1" 0x00 partition member)

``TREE`` is ``rows`` or ``subjects``, ``partition`` the 32 bytes of the train partition's digest.
Whoever is shown an opening can check its id against the tree, and learns nothing of other ids: to
guess one takes the key. A member ties the opening to the id, so that no other id can be passed off
as it. The leaves of two runs have nothing in common, whoever is in both.

The tree is that of RFC 6962 over the leaves in ascending order. So the path of one leaf shows that
an id is there, and the paths of two neighbours that nothing lies between them.
"""

import hashlib
import hmac
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from govgate.attest import merkle
from govgate.attest.encoding import is_sha256
from govgate.errors import EvidenceError

_KEY = b"govgate membership key v1\0"
_COMMITMENT = b"govgate membership key commitment v1\0"
_MEMBER = b"govgate member v1\0"
_LEAF = b"govgate member leaf v1\0"
_MAX_PATH = 63


class Tree(StrEnum):
    """What the ids of a tree are."""

    ROWS = "rows"
    SUBJECTS = "subjects"


class MembershipKey:
    """Opens ids. Derived from the organisation's secret ``key`` for this use alone."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _KEY, "sha256")

    @property
    def commitment(self) -> str:
        """What a record says of the key, 64 hex digits: by it the right key is known again."""
        return hashlib.sha256(_COMMITMENT + self._key).hexdigest()

    def opening(self, tree: Tree, id: str) -> bytes:
        """The 32 bytes that prove, to whoever knows ``id``, where it belongs."""
        return hmac.digest(self._key, tree.encode() + b"\0" + _bytes(id), "sha256")

    def member(self, tree: Tree, id: str) -> bytes:
        """The 32 bytes that stand for ``id`` before it is known in which partition."""
        return member_of(tree, self.opening(tree, id), id)


def member_of(tree: Tree, opening: bytes, id: str) -> bytes:
    """The member that ``opening`` makes of ``id``."""
    return hashlib.sha256(_MEMBER + tree.encode() + b"\0" + opening + _bytes(id)).digest()


def leaf_of(partition: bytes, member: bytes) -> bytes:
    """The leaf of ``member`` in the tree of ``partition`` (the digest of the train partition)."""
    return hashlib.sha256(_LEAF + partition + member).digest()


@dataclass(frozen=True, slots=True)
class Place:
    """One leaf of a tree and its way to the root, the sibling first: 32 bytes each."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; hashes in hexadecimal."""
        return {
            "index": self.index,
            "leaf": self.leaf.hex(),
            "path": [sibling.hex() for sibling in self.path],
        }


def locate(leaves: Sequence[bytes], leaf: bytes) -> tuple[Place, ...]:
    """The place of ``leaf`` among ``leaves`` (ascending); if it is not there, its neighbours'."""
    after = bisect_left(leaves, leaf)
    if after < len(leaves) and leaves[after] == leaf:
        wanted = [after]
    else:
        wanted = [index for index in (after - 1, after) if 0 <= index < len(leaves)]
    hashes = [merkle.leaf_hash(one) for one in leaves] if wanted else []

    def read(level: int, index: int) -> bytes:
        return merkle.complete_root(hashes[index << level : (index + 1) << level])

    return tuple(
        Place(index, leaves[index], merkle.inclusion_proof(index, len(leaves), read))
        for index in wanted
    )


def check_places(leaf: bytes, places: Sequence[Place], size: int, root: bytes) -> bool:
    """Whether ``leaf`` is in the tree of ``size`` leaves under ``root``, as ``places`` prove it.

    EvidenceError where they prove neither that it is there nor that it is not.
    """
    for place in places:
        merkle.check_inclusion(place.index, size, merkle.leaf_hash(place.leaf), place.path, root)
    if [place.leaf for place in places] == [leaf]:
        return True
    before = [place.index for place in places if place.leaf < leaf]
    after = [place.index for place in places if place.leaf > leaf]
    gap = (before or [-1]) + (after or [size])
    if len(places) != len(before) + len(after) or len(gap) != 2 or gap[1] != gap[0] + 1:
        raise EvidenceError("the proof shows neither the id's own leaf nor both its neighbours")
    if size == 0 and root != merkle.EMPTY_ROOT:
        raise EvidenceError("the record's root is not that of an empty tree")
    return False


def parse_places(value: Any) -> tuple[Place, ...]:
    """The places in the JSON values of :meth:`Place.as_dict`, and nothing else."""
    if not isinstance(value, list) or len(value) > 2:
        raise EvidenceError("the places of the answer are not a list of at most two")
    return tuple(map(_place, value))


def _place(value: Any) -> Place:
    if not isinstance(value, dict) or set(value) != {"index", "leaf", "path"}:
        raise EvidenceError("a place of the answer is malformed")
    index, leaf, path = value["index"], value["leaf"], value["path"]
    if not isinstance(index, int) or isinstance(index, bool) or not isinstance(path, list):
        raise EvidenceError("a place of the answer is malformed")
    if len(path) > _MAX_PATH or not all(map(is_sha256, (leaf, *path))):
        raise EvidenceError("a hash of the answer is not 64 lower-case hexadecimal digits")
    return Place(index, bytes.fromhex(leaf), tuple(map(bytes.fromhex, path)))


def _bytes(id: str) -> bytes:
    return id.encode("utf-8", "surrogatepass")

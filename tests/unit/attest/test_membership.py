"""Sorted trees over keyed ids: what a proof shows, and what it gives away."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.attest import merkle
from govgate.attest.membership import (
    MembershipKey,
    Place,
    Tree,
    check_places,
    leaf_of,
    locate,
    member_of,
    parse_places,
)
from govgate.errors import EvidenceError

KEY, PARTITION = MembershipKey(b"k" * 32), b"p" * 32
IDS = st.sets(st.text(max_size=8), max_size=40)


def leaves_of(ids: set[str]) -> list[bytes]:
    return sorted(leaf_of(PARTITION, KEY.member(Tree.ROWS, one)) for one in ids)


def root_of(leaves: list[bytes]) -> bytes:
    return merkle.root_of(map(merkle.leaf_hash, leaves))[1]


@given(IDS, st.text(max_size=8))
def test_whoever_is_in_it_is_proved_in_and_all_others_out(ids: set[str], asked: str) -> None:
    leaves = leaves_of(ids)
    leaf = leaf_of(PARTITION, KEY.member(Tree.ROWS, asked))
    places = locate(leaves, leaf)
    assert check_places(leaf, places, len(leaves), root_of(leaves)) is (asked in ids)
    assert parse_places([place.as_dict() for place in places]) == places


@given(IDS, st.text(max_size=8), st.data())
def test_no_part_of_a_proof_can_change(ids: set[str], asked: str, data: st.DataObject) -> None:
    leaves = leaves_of(ids)
    leaf = leaf_of(PARTITION, KEY.member(Tree.ROWS, asked))
    places = list(locate(leaves, leaf))
    if not places:
        return
    at = data.draw(st.integers(0, len(places) - 1))
    place = places[at]
    changed = [
        replace(place, leaf=flipped(place.leaf, data)),
        replace(place, index=place.index + data.draw(st.sampled_from([-1, 1]))),
        *(
            replace(place, path=(*place.path[:i], flipped(one, data), *place.path[i + 1 :]))
            for i, one in enumerate(place.path)
        ),
    ]
    for other in changed:
        with pytest.raises(EvidenceError):
            check_places(
                leaf, [*places[:at], other, *places[at + 1 :]], len(leaves), root_of(leaves)
            )


def flipped(value: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    return bytes(b ^ (1 << bit % 8 if i == bit // 8 else 0) for i, b in enumerate(value))


@given(st.sets(st.text(max_size=8), min_size=1, max_size=40), st.data())
def test_an_id_that_is_there_cannot_be_proved_out(ids: set[str], data: st.DataObject) -> None:
    """By no two places of the tree, nor by one, nor by none."""
    leaves = leaves_of(ids)
    leaf = data.draw(st.sampled_from(leaves))
    all_places = [one for other in leaves for one in locate(leaves, other) if other != leaf]
    some = st.lists(st.sampled_from(all_places), max_size=2) if all_places else st.just([])
    with pytest.raises(EvidenceError):
        check_places(leaf, data.draw(some), len(leaves), root_of(leaves))


def test_the_hashes_are_those_of_the_docstring() -> None:
    derived = hmac.new(b"k" * 32, b"govgate membership key v1\0", "sha256").digest()
    opening = hmac.new(derived, b"subjects\0ann", "sha256").digest()
    member = hashlib.sha256(b"govgate member v1\0subjects\0" + opening + b"ann").digest()
    assert KEY.opening(Tree.SUBJECTS, "ann") == opening
    assert KEY.member(Tree.SUBJECTS, "ann") == member_of(Tree.SUBJECTS, opening, "ann") == member
    leaf = hashlib.sha256(b"govgate member leaf v1\0" + PARTITION + member).digest()
    assert leaf_of(PARTITION, member) == leaf
    commitment = hashlib.sha256(b"govgate membership key commitment v1\0" + derived).hexdigest()
    assert KEY.commitment == commitment


def test_an_opening_fits_no_other_id_tree_or_partition() -> None:
    opening = KEY.opening(Tree.ROWS, "ann")
    assert member_of(Tree.ROWS, opening, "bob") != member_of(Tree.ROWS, opening, "ann")
    assert member_of(Tree.SUBJECTS, opening, "ann") != member_of(Tree.ROWS, opening, "ann")
    member = KEY.member(Tree.ROWS, "ann")
    assert leaf_of(b"q" * 32, member) != leaf_of(PARTITION, member)


def test_an_empty_tree_is_proved_by_nothing_and_only_by_its_own_root() -> None:
    assert check_places(b"x" * 32, (), 0, merkle.EMPTY_ROOT) is False
    with pytest.raises(EvidenceError, match="empty tree"):
        check_places(b"x" * 32, (), 0, b"r" * 32)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [{}] * 3,
        [[]],
        [{"index": 0, "leaf": "00" * 32}],
        [{"index": True, "leaf": "00" * 32, "path": []}],
        [{"index": 0, "leaf": "0A" * 32, "path": []}],
        [{"index": 0, "leaf": "00" * 31, "path": []}],
        [{"index": 0, "leaf": "00" * 32, "path": ["00"]}],
        [{"index": 0, "leaf": "00" * 32, "path": [[]]}],
        [{"index": 0, "leaf": "00" * 32, "path": ["00" * 32] * 64}],
        [{"index": 0, "leaf": "00" * 32, "path": {}}],
    ],
)
def test_malformed_places_are_refused(value: object) -> None:
    with pytest.raises(EvidenceError):
        parse_places(value)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_the_streamed_root_is_the_root(hashes: list[bytes]) -> None:
    def read(level: int, index: int) -> bytes:
        return merkle.complete_root(hashes[index << level : (index + 1) << level])

    assert merkle.root_of(hashes) == (len(hashes), merkle.root(len(hashes), read))


def test_a_place_says_its_hashes_in_hexadecimal() -> None:
    place = Place(1, b"\x01" * 32, (b"\x02" * 32,))
    assert place.as_dict() == {"index": 1, "leaf": "01" * 32, "path": ["02" * 32]}


def test_another_key_makes_other_members():
    ours, theirs = MembershipKey(b"\x01" * 32), MembershipKey(b"\x02" * 32)
    assert ours.commitment != theirs.commitment
    assert ours.member(Tree.SUBJECTS, "ann") == ours.member(Tree.SUBJECTS, "ann")
    assert ours.member(Tree.SUBJECTS, "ann") != theirs.member(Tree.SUBJECTS, "ann")
    assert ours.member(Tree.SUBJECTS, "ann") != ours.member(Tree.ROWS, "ann")

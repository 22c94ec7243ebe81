import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest import merkle
from govgate.errors import EvidenceError

LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(70)]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def read(level: int, index: int) -> bytes:
    return naive_root(LEAVES[index << level : (index + 1) << level])


def test_roots_are_those_of_the_definition():
    for size in range(len(LEAVES) + 1):
        assert merkle.root(size, read) == naive_root(LEAVES[:size])


def test_every_leaf_of_every_tree_has_a_proof_that_holds():
    for size in range(1, len(LEAVES) + 1):
        root = naive_root(LEAVES[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, read)
            merkle.check_inclusion(index, size, LEAVES[index], proof, root)


def test_every_pair_of_trees_has_a_consistency_proof_that_holds():
    for new in range(1, 40):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(old, new, read)
            roots = naive_root(LEAVES[:old]), naive_root(LEAVES[:new])
            merkle.check_consistency(old, new, *roots, proof)


@settings(deadline=None)
@given(st.data())
def test_a_proof_fails_for_anything_but_its_own_leaf_index_size_and_hashes(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    root = naive_root(LEAVES[:size])
    proof = list(merkle.inclusion_proof(index, size, read))
    leaf = LEAVES[index]
    other = data.draw(st.integers(0, 69).filter(lambda n: n != index))
    bad = [(index, LEAVES[other], proof), (index, leaf, [*proof, leaf]), (size, leaf, proof)]
    if other < size:
        bad.append((other, leaf, proof))
    for position in range(len(proof)):
        flipped = bytes([proof[position][0] ^ 1]) + proof[position][1:]
        bad.append((index, leaf, [*proof[:position], flipped, *proof[position + 1 :]]))
        bad.append((index, leaf, [*proof[:position], *proof[position + 1 :]]))
    for args in bad:
        with pytest.raises(EvidenceError):
            merkle.check_inclusion(args[0], size, args[1], args[2], root)


@settings(deadline=None)
@given(st.data())
def test_a_fork_has_no_consistency_proof(data):
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new))
    roots = naive_root(LEAVES[:old]), naive_root(LEAVES[:new])
    proof = list(merkle.consistency_proof(old, new, read))
    forked = naive_root([b"\x00" * 32, *LEAVES[1:old]]), naive_root([b"\x00" * 32, *LEAVES[1:new]])
    for args in [
        (old, new, forked[0], roots[1], proof),
        (old, new, roots[0], forked[1], proof),
        (old, new, *roots, [*proof, roots[0]]),
        (new + 1, new, *roots, proof),
        (0, new, merkle.EMPTY_ROOT, roots[1], []),
    ]:
        with pytest.raises(EvidenceError):
            merkle.check_consistency(*args)
    if proof:
        with pytest.raises(EvidenceError):
            merkle.check_consistency(old, new, *roots, proof[:-1])


def test_a_hash_of_another_length_is_refused():
    with pytest.raises(EvidenceError, match="32 bytes"):
        merkle.check_inclusion(0, 2, LEAVES[0], [LEAVES[1][:31]], naive_root(LEAVES[:2]))


def test_a_leaf_is_never_mistaken_for_a_node():
    inner = LEAVES[0] + LEAVES[1]
    assert merkle.leaf_hash(inner) != merkle.node_hash(LEAVES[0], LEAVES[1])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3)])
def test_asking_for_a_leaf_that_is_not_there_is_a_mistake_of_the_caller(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(index, size, read)


def test_asking_for_a_tree_to_shrink_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="grow"):
        merkle.consistency_proof(3, 2, read)


def test_a_proof_for_a_tree_of_billions_of_leaves_takes_no_time():
    size, index = 2**62 + 12345, 2**61 + 777
    constant = lambda level, position: merkle.leaf_hash(b"%d/%d" % (level, position))  # noqa: E731
    proof = merkle.inclusion_proof(index, size, constant)
    assert len(proof) == 63

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest.proof import Proof, parse_proof, verify_inclusion
from govgate.errors import EvidenceError


@pytest.fixture
def proof(log):
    for n in range(7):
        log.append(b"entry %d" % n)
    return log.prove(4)


def test_a_proof_shows_its_entry_to_whoever_has_the_verifier_key(log, proof):
    assert verify_inclusion(proof.encode(), b"entry 4", log.verifier).size == 7


def test_another_entry_index_or_log_is_refused(log, other_key, proof):
    from govgate.attest.note import Verifier

    with pytest.raises(EvidenceError, match="does not lead to the root"):
        verify_inclusion(proof, b"entry 5", log.verifier)
    with pytest.raises(EvidenceError):
        verify_inclusion(Proof(5, proof.hashes, proof.checkpoint), b"entry 4", log.verifier)
    with pytest.raises(EvidenceError, match="trusted key"):
        verify_inclusion(proof, b"entry 4", Verifier(log.verifier.name, other_key.public))


def test_one_flipped_bit_anywhere_breaks_the_proof(log, proof):
    good = proof.encode()
    for bit in range(len(good) * 8):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EvidenceError):
            verify_inclusion(bytes(data), b"entry 4", log.verifier)


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1), hashes, st.none() | st.binary(max_size=50))
def test_proofs_read_back(index, path, extra):
    proof = Proof(index, path, b"a checkpoint\n", extra)
    assert parse_proof(proof.encode()) == proof


HEAD = "c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        f"{HEAD}index 0\n",
        f"{HEAD}index 0\n\n",
        f"{HEAD}index 00\n\nx\n",
        f"{HEAD}index 0 \n\nx\n",
        f"{HEAD}index  0\n\nx\n",
        f"{HEAD}Index 0\n\nx\n",
        f"{HEAD}index 0\nextra YQ==\n\nx\n",
        f"{HEAD}extra YQ\nindex 0\n\nx\n",
        f"{HEAD}index 0\n{'A' * 43}=x\n\nx\n",
        f"{HEAD}index 0\n{'A' * 42}B=\n\nx\n",
        f"{HEAD}index 0\n{(('A' * 43 + '=') + chr(10)) * 64}\nx\n",
        f"{HEAD}index 0\r\n\r\nx\n",
        f"{HEAD}índex 0\n\nx\n",
        f"{HEAD}index 0\n\n{'x' * 2**21}",
    ],
)
def test_a_malformed_proof_is_refused(text):
    with pytest.raises(EvidenceError):
        parse_proof(text.encode())


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_parse_or_raise_an_evidence_error(data):
    try:
        parse_proof(data)
    except EvidenceError:
        return

import pytest
from securesystemslib.signer import SSlibKey

from govgate.attest import dsse
from govgate.attest.keyfile import load_key, new_key
from govgate.attest.keys import Algorithm, PrivateKey, PublicKey, parse_public
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import encode_trust, parse_trust
from govgate.errors import EvidenceError, UsageError

KEY = PrivateKey.generate(Algorithm.ML_DSA_44)


def theirs(key: PublicKey) -> SSlibKey:
    return SSlibKey(key.keyid, "ml-dsa", "ml-dsa-44/1", {"public": key.pem()})


def test_the_key_id_is_the_one_that_securesystemslib_computes():
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    loaded = load_pem_public_key(KEY.public.pem().encode())
    assert SSlibKey.from_crypto(loaded).keyid == KEY.keyid


def test_securesystemslib_verifies_the_signature_and_no_other():
    from securesystemslib.exceptions import UnverifiedSignatureError
    from securesystemslib.signer import Signature

    signature = Signature(KEY.keyid, KEY.sign(b"message").hex())
    theirs(KEY.public).verify_signature(signature, b"message")
    with pytest.raises(UnverifiedSignatureError):
        theirs(KEY.public).verify_signature(signature, b"massage")


def test_it_verifies_what_it_signed_and_nothing_else():
    signature = KEY.sign(b"message")
    assert KEY.public.verify(signature, b"message")
    assert not KEY.public.verify(signature, b"massage")
    assert not KEY.public.verify(signature[:-1], b"message")


def test_its_public_half_reads_back_from_both_spellings(tmp_path):
    assert parse_public(KEY.public.pem()) == KEY.public
    key = new_key(tmp_path / "k.pem", "secret", Algorithm.ML_DSA_44)
    loaded = load_key(tmp_path / "k.pem", "secret", algorithm=Algorithm.ML_DSA_44)
    assert loaded.public == key.public


def test_a_key_of_the_other_kind_is_refused_both_ways(tmp_path):
    new_key(tmp_path / "a.pem", None, Algorithm.ML_DSA_44)
    with pytest.raises(UsageError, match="another kind than Ed25519"):
        load_key(tmp_path / "a.pem")
    new_key(tmp_path / "b.pem")
    with pytest.raises(UsageError, match="another kind than ML-DSA-44"):
        load_key(tmp_path / "b.pem", algorithm=Algorithm.ML_DSA_44)


def test_a_public_key_cut_short_is_refused():
    with pytest.raises(EvidenceError, match="bytes, not 1312"):
        PublicKey(KEY.public.raw[:-1], Algorithm.ML_DSA_44)


def test_a_trust_file_that_asks_for_it_refuses_an_envelope_without_it():
    from datetime import date

    first, day = PrivateKey.generate(), date(2026, 5, 1)
    trust = Trust().add(first.public, [Role.GATE], name="gate")
    trust = trust.add(KEY.public, [Role.GATE], name="gate")
    both = dsse.sign(b"{}", "x", [first, KEY])
    assert trust.open_envelope(dsse.sign(b"{}", "x", [first]), Role.GATE, day)
    asking = Trust(trust.keys, algorithms={Role.GATE: frozenset(Algorithm)})
    assert parse_trust(encode_trust(asking), "t") == asking
    assert asking.open_envelope(both, Role.GATE, day).payload == b"{}"
    with pytest.raises(EvidenceError, match="no ml-dsa-44 key signed"):
        asking.open_envelope(dsse.sign(b"{}", "x", [first]), Role.GATE, day)
    with pytest.raises(EvidenceError, match="0 of the 1 signers"):
        asking.open_envelope(dsse.sign(b"{}", "x", [KEY]), Role.GATE, day)


def test_a_post_quantum_key_is_no_signer_of_its_own():
    from datetime import date

    first, other, day = PrivateKey.generate(), PrivateKey.generate(), date(2026, 5, 1)
    trust = Trust().add(first.public, [Role.GATE], name="gate")
    trust = trust.add(KEY.public, [Role.GATE]).add(other.public, [Role.GATE], name="audit")
    two = Trust(trust.keys, thresholds={Role.GATE: 2})
    with pytest.raises(EvidenceError, match="1 of the 2 signers"):
        two.open_envelope(dsse.sign(b"{}", "x", [first, KEY]), Role.GATE, day)
    assert two.open_envelope(dsse.sign(b"{}", "x", [first, other]), Role.GATE, day)


def test_a_trust_file_that_nothing_could_meet_is_refused():
    trust = Trust().add(KEY.public, [Role.GATE], name="gate")
    for bad in (
        Trust(trust.keys, thresholds={Role.GATE: 2}),
        Trust(trust.keys, algorithms={Role.GATE: frozenset(Algorithm)}),
    ):
        with pytest.raises(EvidenceError, match="nothing could ever verify"):
            parse_trust(encode_trust(bad), "t")


def test_a_log_cannot_be_signed_with_it():
    with pytest.raises(UsageError, match="not Ed25519"):
        Trust().add(KEY.public, [Role.LOG], name="example.com/log")

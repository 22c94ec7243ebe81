"""Envelopes against DSSE's own vector, and against securesystemslib as a second verifier."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from govgate.attest.dsse import open_envelope, pae, parse_envelope, sign
from govgate.attest.keys import PrivateKey, PublicKey
from govgate.attest.statement import PAYLOAD_TYPE, Subject, svr
from govgate.model import Use

FILE = Path(__file__).resolve().parents[2].parent / "shared/vectors/dsse/dsse_v1_vector.json"
needs_vector = pytest.mark.skipif(not FILE.is_file(), reason="others' vectors are not here")


@needs_vector
def test_the_encoding_that_is_signed_is_theirs():
    vector = json.loads(FILE.read_bytes())
    assert pae(vector["payloadType"], vector["payload"].encode()) == vector["pae"].encode()


@needs_vector
def test_their_envelope_parses_and_its_signature_holds():
    vector = json.loads(FILE.read_bytes())
    envelope = parse_envelope(json.dumps(vector["envelope"]).encode())
    assert envelope.payload == b"hello world"
    (signature,) = envelope.signatures
    assert signature.keyid == ""
    r, s = (int.from_bytes(signature.sig[i : i + 32], "big") for i in (0, 32))
    x, y = int(vector["key"]["x"]), int(vector["key"]["y"])
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    public.verify(encode_dss_signature(r, s), vector["pae"].encode(), ec.ECDSA(SHA256()))


def their_key(public: PublicKey) -> SSlibKey:
    return SSlibKey.from_crypto(load_pem_public_key(public.pem().encode()))


def test_securesystemslib_gives_a_key_the_same_id():
    for seed in range(20):
        public = PrivateKey.from_seed(bytes([seed]) * 32).public
        assert their_key(public).keyid == public.keyid


def test_securesystemslib_verifies_our_envelope():
    key = PrivateKey.generate()
    subject = Subject("train/a.jsonl", "ab" * 32)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    payload = svr([subject], [Use.TRAIN], policies=[], created=now).encode()
    envelope = TheirEnvelope.from_dict(json.loads(sign(payload, PAYLOAD_TYPE, [key])))
    assert set(envelope.verify([their_key(key.public)], 1)) == {key.keyid}
    assert envelope.payload == payload


def test_securesystemslib_refuses_our_envelope_with_another_payload():
    key = PrivateKey.generate()
    members = json.loads(sign(b"{}", PAYLOAD_TYPE, [key]))
    members["payload"] = base64.b64encode(b"{ }").decode()
    with pytest.raises(VerificationError):
        TheirEnvelope.from_dict(members).verify([their_key(key.public)], 1)


def test_we_verify_what_securesystemslib_signs():
    signer = CryptoSigner.generate_ed25519()
    envelope = TheirEnvelope(b'{"a":1}', PAYLOAD_TYPE, {})
    envelope.sign(signer)
    public = PublicKey(bytes.fromhex(signer.public_key.keyval["public"]))
    verified = open_envelope(json.dumps(envelope.to_dict()).encode(), {public.keyid: public})
    assert verified.payload == b'{"a":1}'
    assert verified.keyid == signer.public_key.keyid

import hashlib
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519

from govgate.attest.keyfile import load_key, new_key
from govgate.attest.keys import PrivateKey, PublicKey, key_id, parse_public
from govgate.errors import EvidenceError, UsageError

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def test_a_new_key_signs_and_its_public_half_verifies(tmp_path):
    key = new_key(tmp_path / "k.pem")
    signature = key.sign(b"message")
    assert key.public.verify(signature, b"message")
    assert not key.public.verify(signature, b"massage")
    assert not key.public.verify(b"", b"message")


def test_a_key_is_kept_for_its_owner_alone_and_loads_again(tmp_path):
    key = new_key(tmp_path / "k.pem")
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    assert load_key(tmp_path / "k.pem").public == key.public


def test_an_existing_file_is_never_overwritten(tmp_path):
    (tmp_path / "k.pem").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        new_key(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").read_text() == "mine"


def test_a_failed_write_leaves_no_half_of_a_key(tmp_path, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Exception, match="no space is left"):
        new_key(tmp_path / "k.pem")
    assert list(tmp_path.iterdir()) == []


def test_a_passphrase_encrypts_the_key_and_opens_it_again(tmp_path):
    key = new_key(tmp_path / "k.pem", "correct horse")
    assert b"ENCRYPTED" in (tmp_path / "k.pem").read_bytes()
    (tmp_path / "k.pem").chmod(0o644)  # the passphrase protects it, not the mode
    assert load_key(tmp_path / "k.pem", "correct horse").public == key.public


@pytest.mark.parametrize("given", ["wrong", None, ""])
def test_a_wrong_or_missing_passphrase_is_a_usage_error(tmp_path, given):
    new_key(tmp_path / "k.pem", "correct horse")
    with pytest.raises(UsageError, match="passphrase"):
        load_key(tmp_path / "k.pem", given)


def test_a_passphrase_for_an_unencrypted_key_is_a_usage_error(tmp_path):
    new_key(tmp_path / "k.pem")
    with pytest.raises(UsageError, match="not encrypted"):
        load_key(tmp_path / "k.pem", "x")


def test_an_empty_passphrase_does_not_count_as_one(tmp_path):
    with pytest.raises(UsageError, match="empty"):
        new_key(tmp_path / "k.pem", "")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_an_unencrypted_key_that_others_can_reach_is_refused(tmp_path, mode):
    new_key(tmp_path / "k.pem")
    (tmp_path / "k.pem").chmod(mode)
    with pytest.raises(UsageError, match="chmod 600"):
        load_key(tmp_path / "k.pem")


@pytest.mark.parametrize(
    "other", [ec.generate_private_key(ec.SECP256R1()), x25519.X25519PrivateKey.generate()]
)
def test_a_key_of_another_kind_is_a_usage_error(tmp_path, other):
    form = serialization
    pem = other.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    (tmp_path / "k.pem").write_bytes(pem)
    (tmp_path / "k.pem").chmod(0o600)
    with pytest.raises(UsageError, match="another kind"):
        load_key(tmp_path / "k.pem")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"x" * 99999,
    ],
)
def test_a_file_that_is_no_key_is_a_usage_error(tmp_path, content):
    (tmp_path / "k.pem").write_bytes(content)
    (tmp_path / "k.pem").chmod(0o600)
    with pytest.raises(UsageError, match="not a"):
        load_key(tmp_path / "k.pem")


def test_a_missing_key_file_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match="govgate key new"):
        load_key(tmp_path / "k.pem")


def test_a_folder_is_not_a_key_file(tmp_path):
    with pytest.raises(UsageError, match="not a key file"):
        load_key(tmp_path)


def test_a_private_key_does_not_print_itself(key):
    assert "01010101" not in repr(key)
    assert "Ed25519PrivateKey" not in repr(key)


def test_a_public_key_reads_back_from_pem_and_from_base64(key):
    public = key.public
    assert parse_public(public.pem()) == public
    assert parse_public(public.pem().replace("\n", "\r\n")) == public
    assert parse_public("iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=") == public


def test_the_pem_of_a_public_key_is_what_other_tools_read(key):
    theirs = serialization.load_pem_public_key(key.public.pem().encode())
    form = serialization
    assert theirs.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo) == (
        key.public.pem().encode()
    )
    theirs.verify(key.sign(b"signed bytes"), b"signed bytes")


def test_a_public_key_of_another_kind_is_refused():
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(EvidenceError, match="neither an Ed25519"):
        parse_public(pem.decode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "é",
    ],
)
def test_text_that_is_no_public_key_is_refused(text):
    with pytest.raises(EvidenceError):
        parse_public(text)


def test_the_key_id_is_the_digest_of_the_canonical_key(key):
    public = key.public.raw.hex()
    text = f'{{"keytype":"ed25519","keyval":{{"public":"{public}"}},"scheme":"ed25519"}}'
    assert key_id(key.public) == key.keyid == hashlib.sha256(text.encode()).hexdigest()


Point = tuple[int, int]


def added(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, P)
    return x % P, y % P


def square_root(a: int) -> int | None:
    root = pow(a, (P + 3) // 8, P)
    if root * root % P != a % P:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if root * root % P == a % P else None


def torsion_points() -> set[Point]:
    """The eight points whose order divides 8, found as L times some point of the curve."""
    order = 2**252 + 27742317777372353535851937790883648493
    found: set[Point] = set()
    for y in range(2, 60):
        x = square_root((y * y - 1) * pow(D * y * y + 1, -1, P))
        if x is None:
            continue
        point, total, times = (x, y), (0, 1), order
        while times:
            total = added(total, point) if times & 1 else total
            point, times = added(point, point), times >> 1
        found.add(total)
    return found


def test_every_encoding_of_every_low_order_point_is_refused():
    points = torsion_points()
    assert len(points) == 8
    encodings = {
        (encoded | sign << 255).to_bytes(32, "little")
        for _, y in points
        for encoded in (y, y + P)
        if encoded < 2**255
        for sign in (0, 1)
    }
    assert len(encodings) == 14
    for raw in encodings:
        with pytest.raises(EvidenceError, match="low-order"):
            PublicKey(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ((P + 3).to_bytes(32, "little"), "canonical"),
        ((2).to_bytes(32, "little"), "not a point"),
        (b"", "0 bytes"),
        (b"x" * 33, "33 bytes"),
    ],
)
def test_other_bad_encodings_are_refused(raw, reason):
    with pytest.raises(EvidenceError, match=reason):
        PublicKey(raw)


def test_thousand_honest_keys_are_accepted():
    for seed in range(1000):
        PrivateKey.from_seed(seed.to_bytes(32, "big"))


def test_a_key_cannot_be_made_in_a_folder_that_is_not_there(tmp_path: Path):
    with pytest.raises(Exception, match="does not exist"):
        new_key(tmp_path / "no" / "k.pem")

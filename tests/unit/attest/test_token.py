"""Keys in a SoftHSM token: what opens, what is refused, what is checked after signing."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from govgate.attest.keyfile import key_in_token, load_key
from govgate.attest.keys import Algorithm
from govgate.attest.tokenuri import parse_token_uri
from govgate.errors import EvidenceError, IncompleteError, UsageError
from tests.softhsm import MODULE, PIN, SoftHsm, make_softhsm


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = make_softhsm(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", made.env["SOFTHSM2_CONF"])
    return made


@pytest.fixture
def pointer(hsm: SoftHsm, tmp_path: Path) -> Path:
    return hsm.pointer(tmp_path / "key.pem", "object=gate")


def test_a_key_in_a_token_signs_as_one_in_a_file_does(hsm: SoftHsm, pointer: Path) -> None:
    raw = hsm.make_key("gate", b"\x01")
    key = load_key(pointer, PIN)
    assert key.public.raw == raw
    Ed25519PublicKey.from_public_bytes(raw).verify(key.sign(b"a message"), b"a message")
    assert key.sign(b"a message") == key.sign(b"a message") != key.sign(b"another")
    assert PIN not in repr(key)


def test_signatures_asked_for_at_once_all_hold(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    key = load_key(pointer, PIN)
    messages = [b"%d" % n for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(key.sign, messages))
    assert all(map(key.public.verify, signatures, messages))


def test_a_key_is_made_in_a_token_under_an_id_of_its_own(hsm: SoftHsm) -> None:
    hsm.make_key("gate", b"\x01")
    uri = parse_token_uri(hsm.uri(), "here")
    first, named = key_in_token(uri, "gate", PIN)
    second, again = key_in_token(uri, "gate", PIN)
    assert first.keyid != second.keyid
    assert (named.object, again.object) == ("gate", "gate")
    assert key_in_token(named, "gate", PIN)[0].keyid == first.keyid
    with hsm.session() as session:
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: named.id}
        (private,) = session.get_objects(wanted)
        assert (private[Attribute.SENSITIVE], private[Attribute.EXTRACTABLE]) == (True, False)


def test_two_keys_of_one_label_are_told_apart_by_id_alone(hsm: SoftHsm, pointer: Path) -> None:
    first, second = hsm.make_key("gate", b"\x01"), hsm.make_key("gate", b"\x02")
    with pytest.raises(UsageError, match=r"holds 2 private keys 'gate'.* id= tells"):
        load_key(pointer, PIN)
    for id, raw in (("%01", first), ("%02", second)):
        assert load_key(hsm.pointer(pointer, f"object=gate;id={id}"), PIN).public.raw == raw
    with pytest.raises(UsageError, match="holds no private key 'gate' with id 03"):
        load_key(hsm.pointer(pointer, "object=gate;id=%03"), PIN)


def test_two_tokens_of_one_label_are_told_apart_by_serial_alone(
    hsm: SoftHsm, pointer: Path
) -> None:
    raw = hsm.make_key("gate", b"\x01")
    with hsm.session() as session:
        serial = session.token.serial.decode()
    hsm.add_token("acme")
    import pkcs11

    pkcs11.lib(MODULE).reinitialize()
    with pytest.raises(UsageError, match=r"shows 2 tokens 'acme'.*serial= tells"):
        load_key(pointer, PIN)
    pointer.write_text(hsm.uri("object=gate", token=f"acme;serial={serial}"))
    assert load_key(pointer, PIN).public.raw == raw


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_a_key_of_another_kind_is_refused(hsm: SoftHsm, pointer: Path, kind: str) -> None:
    hsm.make_other_key(kind, "gate", b"\x01")
    with pytest.raises(UsageError, match="'gate' in token 'acme' is of another kind than Ed25519"):
        load_key(pointer, PIN)


def test_no_key_in_a_token_is_a_post_quantum_one(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    with pytest.raises(UsageError, match="another kind than ML-DSA-44"):
        load_key(pointer, PIN, algorithm=Algorithm.ML_DSA_44)


def test_a_key_that_may_not_sign_is_refused(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01", SIGN=False)
    with pytest.raises(UsageError, match="the key 'gate' in token 'acme' may not sign"):
        load_key(pointer, PIN)


def test_halves_that_do_not_belong_together_are_refused(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    other = hsm.make_key("other", b"\x02")
    hsm.replace_public(b"\x01", other)
    with pytest.raises(UsageError, match="does not hold under its public key"):
        load_key(pointer, PIN)


def test_a_low_order_public_half_is_refused(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    hsm.replace_public(b"\x01", (1).to_bytes(32, "little"))
    with pytest.raises(UsageError, match="low-order"):
        load_key(pointer, PIN)


def test_a_key_without_its_public_half_is_refused(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    hsm.replace_public(b"\x01", None)
    with pytest.raises(UsageError, match="holds no public key that would belong to 'gate'"):
        load_key(pointer, PIN)


def test_a_token_that_signs_with_another_key_later_is_caught(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    key = load_key(pointer, PIN)
    with hsm.session() as session:
        from pkcs11 import Attribute

        for half in list(session.get_objects({Attribute.LABEL: "gate"})):
            half.destroy()
    hsm.make_key("gate", b"\x01")
    with pytest.raises(EvidenceError, match="does not hold under its public key"):
        key.sign(b"a message")


def test_a_token_that_fails_while_it_should_sign_leaves_it_unfinished(
    hsm: SoftHsm, pointer: Path, tmp_path: Path
) -> None:
    hsm.make_key("gate", b"\x01")
    key = load_key(pointer, PIN)
    (tmp_path / "hsm" / "tokens").rename(tmp_path / "hsm" / "gone")
    (tmp_path / "hsm" / "tokens").mkdir()
    import pkcs11

    pkcs11.lib(MODULE).reinitialize()
    with pytest.raises(IncompleteError, match="shows no token 'acme'"):
        key.sign(b"a message")


def test_a_pin_is_needed_and_must_fit(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    for none in (None, ""):
        with pytest.raises(UsageError, match="token 'acme' needs its PIN; give the PIN in"):
            load_key(pointer, none)
    with pytest.raises(UsageError, match="the PIN does not open token 'acme'") as refused:
        load_key(pointer, "8351044")
    assert "8351044" not in str(refused.value)
    assert load_key(pointer, PIN)


def test_a_pointer_that_others_can_change_is_refused(hsm: SoftHsm, pointer: Path) -> None:
    hsm.make_key("gate", b"\x01")
    for mode in (0o620, 0o602):
        pointer.chmod(mode)
        with pytest.raises(UsageError, match="can be changed by other users"):
            load_key(pointer, PIN)
    pointer.chmod(0o644)
    assert load_key(pointer, PIN)


def test_a_pointer_to_no_key_is_refused(hsm: SoftHsm, pointer: Path) -> None:
    pointer.write_text(hsm.uri() + "\n")
    with pytest.raises(UsageError, match="names a token but no key"):
        load_key(pointer, PIN)


@pytest.mark.parametrize(
    ("module", "reason"),
    [("/nowhere/lib.so", "there is no PKCS#11 module"), ("no.so", "does not work as a PKCS#11")],
)
def test_a_module_that_is_none_is_refused(tmp_path: Path, module: str, reason: str) -> None:
    (tmp_path / "no.so").write_bytes(os.urandom(64))
    (tmp_path / "key.pem").write_text(
        f"pkcs11:token=acme;object=gate?module-path={tmp_path / module}"
    )
    with pytest.raises(UsageError, match=reason):
        load_key(tmp_path / "key.pem", PIN)

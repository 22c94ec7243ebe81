"""Evidence and keys that are wrong: a clear error, its exit code, and nothing written."""

import base64
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from govgate.attest import dsse
from govgate.attest.jcs import canonical
from govgate.attest.keyfile import load_key
from govgate.attest.keys import PrivateKey
from govgate.attest.statement import PAYLOAD_TYPE
from tests.cli.conftest import Cli

Tamper = Callable[[Path, PrivateKey], None]


def lines(record: Path) -> list[bytes]:
    return record.read_bytes().splitlines(keepends=True)


def signed_again(record: Path, key: PrivateKey, kind: str, **changed: str) -> None:
    """The first statement, changed or under another payload type, as the gate would sign it."""
    first, *others = lines(record)
    statement = json.loads(dsse.parse_envelope(first).payload) | changed
    record.write_bytes(dsse.sign(canonical(statement), kind, [key]) + b"".join(others))


def ten_thousand_signatures(record: Path, key: PrivateKey) -> None:
    first, *others = lines(record)
    envelope = json.loads(first)
    envelope["signatures"] *= 10_000
    record.write_bytes(canonical(envelope) + b"\n" + b"".join(others))


def seventeen_envelopes(record: Path, key: PrivateKey) -> None:
    record.write_bytes(lines(record)[0] * 17)


def a_gigabyte(record: Path, key: PrivateKey) -> None:
    with record.open("r+b") as file:
        file.truncate(2**30)


def payload_of_another_type(record: Path, key: PrivateKey) -> None:
    signed_again(record, key, "application/json")


def statement_of_another_version(record: Path, key: PrivateKey) -> None:
    signed_again(record, key, PAYLOAD_TYPE, _type="https://in-toto.io/Statement/v2")


def decision_of_another_version(record: Path, key: PrivateKey) -> None:
    signed_again(record, key, PAYLOAD_TYPE, predicateType="tag:govgate,2026:decision/v2")


def other_spelling(record: Path, key: PrivateKey) -> None:
    record.write_bytes(record.read_bytes().replace(b'{"payload":', b'{ "payload":', 1))


def a_further_field(record: Path, key: PrivateKey) -> None:
    record.write_bytes(record.read_bytes().replace(b"}\n", b',"z":1}\n', 1))


def a_damaged_signature(record: Path, key: PrivateKey) -> None:
    first, *others = lines(record)
    envelope = json.loads(first)
    envelope["signatures"][0]["sig"] = base64.b64encode(b"\x01" * 64).decode()
    record.write_bytes(canonical(envelope) + b"\n" + b"".join(others))


def the_same_signature_twice(record: Path, key: PrivateKey) -> None:
    first, *others = lines(record)
    envelope = json.loads(first)
    envelope["signatures"] *= 2
    record.write_bytes(canonical(envelope) + b"\n" + b"".join(others))


def somebody_elses_key_id(record: Path, key: PrivateKey) -> None:
    first, *others = lines(record)
    envelope = json.loads(first)
    envelope["signatures"][0]["keyid"] = "0" * 64
    record.write_bytes(canonical(envelope) + b"\n" + b"".join(others))


TAMPERS: list[tuple[Tamper, str]] = [
    (ten_thousand_signatures, "carries 10000 signatures; at most 64"),
    (seventeen_envelopes, "holds 17 envelopes; at most 16"),
    (a_gigabyte, "is larger than 67108864 bytes"),
    (payload_of_another_type, "payload is not of type application/vnd.in-toto+json"),
    (statement_of_another_version, "is not a statement of type https://in-toto.io/Statement/v1"),
    (decision_of_another_version, "is not of type tag:govgate,2026:decision/v1"),
    (other_spelling, "line 1 is not an envelope in its one canonical spelling"),
    (a_further_field, "line 1 is not an envelope in its one canonical spelling"),
    (a_damaged_signature, "does not hold"),
    (the_same_signature_twice, "signed the envelope more than once"),
    (somebody_elses_key_id, "states another key's id"),
]


def content(top: Path) -> dict[str, bytes]:
    """All files below ``top``; of large ones the size and the beginning."""
    return {
        p.relative_to(top).as_posix(): b"%d " % p.stat().st_size + p.open("rb").read(100_000)
        for p in sorted(top.rglob("*"))
        if p.is_file()
    }


@pytest.mark.parametrize(("tamper", "said"), TAMPERS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_record_that_cannot_be_read_or_trusted_is_refused_by_all_who_read_it(
    cli: Cli, home: Path, gated: Path, tmp_path: Path, tamper: Tamper, said: str
) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    tamper(run / "record.intoto.jsonl", load_key(home / "keys/gate.pem"))
    before, out = content(tmp_path), tmp_path / "new"

    done = cli("verify", run)
    assert done.returncode == 5
    assert said in done.stdout + done.stderr
    done = cli("prove", run, "--row", "rows.jsonl:2", "--out", out)
    assert done.returncode == 5
    assert said in done.stderr
    done = cli("countersign", run, "--key", home / "keys/gate.pem")
    assert done.returncode == 5
    assert said in done.stderr
    done = cli("run", run, "--", "touch", out)
    assert done.returncode == 125
    assert said in done.stderr
    assert content(tmp_path) == before


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """A home that a test may spoil."""
    return shutil.copytree(home, tmp_path / "home")


def gate_fails(cli: Cli, home: Path, data: Path, *, code: int, said: str, **env: str) -> None:
    """A gate ends with ``code``, says why, and leaves neither run nor log entry."""
    out = home.parent / "run"
    before = content(home)
    done = cli("gate", data, "--out", out, env={"GOVGATE_HOME": str(home), **env})
    assert done.returncode == code, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert content(home) == before
    assert not any(p.name.startswith(("run", ".run")) for p in home.parent.iterdir())


def pem(key: "rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey") -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("which", ["gate", "log"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: rsa.generate_private_key(65537, 2048),
        lambda: ec.generate_private_key(ec.SECP256R1()),
    ],
    ids=["RSA", "P-256"],
)
def test_a_key_of_another_kind_signs_nothing(
    cli: Cli, own_home: Path, data: Path, which: str, make: Callable[[], rsa.RSAPrivateKey]
) -> None:
    (own_home / f"keys/{which}.pem").write_bytes(pem(make()))
    gate_fails(cli, own_home, data, code=2, said="holds a key of another kind")


@pytest.mark.parametrize("which", ["gate", "log"])
def test_a_key_that_was_damaged_into_another_signs_nothing(
    cli: Cli, own_home: Path, data: Path, which: str
) -> None:
    path = own_home / f"keys/{which}.pem"
    path.write_bytes(
        path.read_bytes().replace(b"\nMC4CAQAwBQYDK2VwBCIEI", b"\nMC4CAQAwBQYDK2VwBCIEI")
    )
    text = bytearray(path.read_bytes())
    at = text.index(b"BCIEI") + 12
    text[at] = ord("A") if text[at] != ord("A") else ord("B")
    path.write_bytes(bytes(text))
    gate_fails(cli, own_home, data, code=2, said="trust.json lists")


@pytest.mark.parametrize("which", ["gate", "log"])
def test_a_key_that_others_can_read_signs_nothing(
    cli: Cli, own_home: Path, data: Path, which: str
) -> None:
    (own_home / f"keys/{which}.pem").chmod(0o644)
    gate_fails(cli, own_home, data, code=2, said="chmod 600")


def test_a_wrong_passphrase_signs_nothing(cli: Cli, data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    secret = "correct horse battery"
    done = cli("key", "new", "--home", home, env={"GOVGATE_PASSPHRASE": secret})
    assert done.returncode == 0
    gate_fails(cli, home, data, code=2, said="passphrase", GOVGATE_PASSPHRASE="wrong donkey")
    gate_fails(cli, home, data, code=2, said="GOVGATE_PASSPHRASE")


def change_trust(home: Path, role: str, **changed: str) -> None:
    path = home / "trust.json"
    document = json.loads(path.read_bytes())
    for entry in document["keys"]:
        if role in entry["roles"]:
            entry.update(changed)
    path.write_text(json.dumps(document))


YESTERDAY = str(datetime.now(UTC).date() - timedelta(days=1))
TOMORROW = str(datetime.now(UTC).date() + timedelta(days=1))


@pytest.mark.parametrize("role", ["gate", "log"])
@pytest.mark.parametrize(
    ("field", "day", "said"),
    [
        ("not_after", YESTERDAY, f"expired after {YESTERDAY}"),
        ("not_before", TOMORROW, f"is not valid before {TOMORROW}"),
        ("revoked", YESTERDAY, f"was revoked on {YESTERDAY}"),
    ],
)
def test_a_key_that_does_not_count_today_signs_nothing(
    cli: Cli, own_home: Path, data: Path, role: str, field: str, day: str, said: str
) -> None:
    change_trust(own_home, role, **{field: day})
    gate_fails(cli, own_home, data, code=2, said=said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"version": 1, "keys": []}', "lists no keys"),
        ('{"version": 2, "keys": [{}]}', "of a version that this govgate does not know"),
        ("", "is not JSON"),
    ],
)
def test_a_trust_file_that_lists_no_keys_trusts_nothing(
    cli: Cli, own_home: Path, gated: Path, data: Path, text: str, said: str
) -> None:
    (own_home / "trust.json").write_text(text)
    gate_fails(cli, own_home, data, code=5, said=said)
    done = cli("verify", gated, env={"GOVGATE_HOME": str(own_home)})
    assert done.returncode == 5
    assert said in done.stderr


def test_a_missing_trust_file_is_a_matter_of_usage(cli: Cli, own_home: Path, data: Path) -> None:
    os.remove(own_home / "trust.json")
    gate_fails(cli, own_home, data, code=2, said="does not exist")

"""Keys that stay in a PKCS#11 token, through the real command line and a real SoftHSM."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli, run_govgate, write_data
from tests.softhsm import MODULE, PIN, SoftHsm, make_softhsm

WRONG = "8351044"
GOVGATE = (sys.executable, "-m", "govgate")


@dataclass(frozen=True)
class Tokened:
    """A home whose gate and log keys are in a token, and a run that they signed."""

    hsm: SoftHsm
    home: Path
    run: Path
    printed: str

    def call(self, *arguments: object, **env: str) -> "subprocess.CompletedProcess[str]":
        done = run_govgate(*arguments, "--home", self.home, env={**self.hsm.env, **env})
        assert PIN not in done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def tokened(tmp_path_factory: pytest.TempPathFactory) -> Tokened:
    top = tmp_path_factory.mktemp("tokened")
    hsm = make_softhsm(top / "hsm")
    made = Tokened(hsm, top / "home", top / "run", "")
    new = made.call("key", "new", "--gate-token", hsm.uri(), "--log-token", hsm.uri())
    assert new.returncode == 0, new.stderr
    gated = made.call("gate", write_data(top / "data"), "--out", made.run)
    assert gated.returncode == 0, gated.stderr
    return Tokened(hsm, made.home, made.run, new.stdout + new.stderr)


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return make_softhsm(tmp_path / "hsm")


def test_a_gate_whose_keys_are_in_a_token_leaves_a_record_that_verifies(
    tokened: Tokened, cli: Cli
) -> None:
    keys = tokened.home / "keys"
    assert {path.name for path in keys.iterdir()} == {"gate.pem", "log.pem", "fingerprint.key"}
    for name in ("gate", "log"):
        text = (keys / f"{name}.pem").read_text()
        assert text.startswith(f"pkcs11:token=acme;object={name};id=%")
        assert PIN not in text
    assert tokened.printed.count("(in token 'acme')") == 2
    assert "not encrypted" not in tokened.printed
    # Whoever verifies needs no token.
    verified = cli("verify", tokened.run, "--home", tokened.home)
    assert verified.returncode == 0, verified.stdout
    assert cli("log", "verify", "--home", tokened.home).returncode == 0


def test_answers_and_countersignatures_come_out_of_the_token_too(
    tokened: Tokened, tmp_path: Path
) -> None:
    hsm, run = tokened.hsm, shutil.copytree(tokened.run, tmp_path / "run")
    home = shutil.copytree(tokened.home, tmp_path / "home")
    ours = Tokened(hsm, home, run, "")
    added = ours.call("key", "add", "audit", "--role", "gate", "--token", hsm.uri())
    assert added.returncode == 0, added.stderr
    assert ours.call("key", "require", "gate", "--signers", "2").returncode == 0
    assert ours.call("verify", run).returncode == 5
    signed = ours.call("countersign", run, "--key", home / "keys" / "audit.pem")
    assert signed.returncode == 0, signed.stderr
    assert ours.call("verify", run).returncode == 0
    answer = tmp_path / "answer.intoto.jsonl"
    proved = ours.call("prove", run, "--row", "rows.jsonl:5", "--out", answer)
    assert proved.returncode == 0, proved.stderr


def test_an_approver_signs_a_waiver_with_a_key_in_a_token(tokened: Tokened, tmp_path: Path) -> None:
    ours = Tokened(tokened.hsm, shutil.copytree(tokened.home, tmp_path / "home"), tmp_path, "")
    id = b"\x77\x01"
    raw = ours.hsm.make_key("alice", id)
    token = ours.hsm.uri("object=alice;id=%77%01")
    added = ours.call("key", "add", "alice", "--role", "approver", "--token", token)
    assert added.returncode == 0, added.stderr
    listed = json.loads((ours.home / "trust.json").read_bytes())["keys"][-1]
    assert (base64.b64decode(listed["public"]), listed["roles"]) == (raw, ["approver"])
    again = ours.call("key", "add", "bob", "--role", "approver", "--token", token)
    assert again.returncode == 2
    assert not (ours.home / "keys" / "bob.pem").exists()
    granted = ours.call(
        *("waiver", "grant", "--rule", "license-noncommercial", "--rows", "all"),
        *("--reason", "a test", "--ticket", "T-1", "--until", day(30), "--max-rows", "1"),
        *("--key", "alice", "--waivers", tmp_path / "waivers"),
    )
    assert granted.returncode == 0, granted.stderr


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days)).date().isoformat()


def test_a_key_made_by_another_tool_can_be_enrolled(hsm: SoftHsm, tmp_path: Path) -> None:
    if not shutil.which("pkcs11-tool"):
        pytest.skip("pkcs11-tool is not installed (make evidence-packages)")
    for label, id in (("g", "01"), ("l", "02")):
        command = ["pkcs11-tool", "--module", MODULE, "--token-label", "acme", "--pin", PIN]
        subprocess.run(
            [
                *command,
                "--keypairgen",
                "--key-type",
                "EC:edwards25519",
                "--label",
                label,
                "--id",
                id,
            ],
            env={**os.environ, **hsm.env},
            check=True,
            capture_output=True,
        )
    home = tmp_path / "home"
    options = ("--gate-token", hsm.uri("object=g"), "--log-token", hsm.uri("id=%02"))
    made = run_govgate("key", "new", "--home", home, *options, env=hsm.env)
    assert made.returncode == 0, made.stderr
    assert (home / "keys" / "gate.pem").read_text() == hsm.uri("object=g") + "\n"
    assert run_govgate("log", "show", "--home", home).returncode == 0


def test_one_key_is_not_both_the_gates_and_the_logs(hsm: SoftHsm, tmp_path: Path) -> None:
    hsm.make_key("gate", b"\x01")
    options = ("--gate-token", hsm.uri("object=gate"), "--log-token", hsm.uri("id=%01"))
    made = run_govgate("key", "new", "--home", tmp_path / "home", *options, env=hsm.env)
    assert made.returncode == 2
    assert "are the same" in made.stderr
    assert not (tmp_path / "home").exists()


Change = Callable[[Tokened, Path], dict[str, str]]


def _key(home: Path) -> Path:
    return home / "keys" / "log.pem"


def a_wrong_pin(ours: Tokened, key: Path) -> dict[str, str]:
    return {"GOVGATE_PASSPHRASE": WRONG}


def no_pin(ours: Tokened, key: Path) -> dict[str, str]:
    return {"GOVGATE_PASSPHRASE": ""}


def no_token(ours: Tokened, key: Path) -> dict[str, str]:
    key.write_text(ours.hsm.uri("object=log", token="elsewhere"))
    return {}


def no_object(ours: Tokened, key: Path) -> dict[str, str]:
    key.write_text(ours.hsm.uri("object=none"))
    return {}


def two_objects(ours: Tokened, key: Path) -> dict[str, str]:
    for id in (b"\x31", b"\x32"):
        ours.hsm.make_key("twice", id)
    key.write_text(ours.hsm.uri("object=twice"))
    return {}


def an_rsa_key(ours: Tokened, key: Path) -> dict[str, str]:
    ours.hsm.make_other_key("rsa", "rsa", b"\x41")
    key.write_text(ours.hsm.uri("object=rsa"))
    return {}


def a_p256_key(ours: Tokened, key: Path) -> dict[str, str]:
    ours.hsm.make_other_key("p256", "p256", b"\x42")
    key.write_text(ours.hsm.uri("object=p256"))
    return {}


def no_module(ours: Tokened, key: Path) -> dict[str, str]:
    key.write_text(f"pkcs11:token=acme;object=log?module-path={ours.hsm.folder}/none.so")
    return {}


def another_key(ours: Tokened, key: Path) -> dict[str, str]:
    ours.hsm.make_key("stranger", b"\x51")
    key.write_text(ours.hsm.uri("object=stranger"))
    return {}


def a_pin_in_the_file(ours: Tokened, key: Path) -> dict[str, str]:
    key.write_text(ours.hsm.uri("object=log") + f"&pin-value={PIN}")
    return {}


def no_library(ours: Tokened, key: Path) -> dict[str, str]:
    """As where the extra is not installed: the import system finds no such package."""
    (ours.hsm.folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'pkcs11':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    return {"PYTHONPATH": f"{ours.hsm.folder}:{ROOT}"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (a_wrong_pin, "the PIN does not open token 'acme'"),
        (no_pin, "token 'acme' needs its PIN; give the PIN in GOVGATE_PASSPHRASE"),
        (no_token, "shows no token 'elsewhere'"),
        (no_object, "token 'acme' holds no private key 'none'"),
        (two_objects, "token 'acme' holds 2 private keys 'twice'"),
        (an_rsa_key, "'rsa' in token 'acme' is of another kind than Ed25519"),
        (a_p256_key, "'p256' in token 'acme' is of another kind than Ed25519"),
        (no_module, "there is no PKCS#11 module"),
        (another_key, "the log cannot sign"),
        (a_pin_in_the_file, "it holds a PIN"),
        (no_library, "install it with: pip install 'govgate[pkcs11]'"),
    ],
)
def test_a_key_that_cannot_sign_stops_the_gate_before_it_reads_a_row(
    tokened: Tokened, tmp_path: Path, change: Change, reason: str
) -> None:
    home = shutil.copytree(tokened.home, tmp_path / "home")
    ours = Tokened(tokened.hsm, home, tmp_path / "run", "")
    env = change(ours, _key(home))
    before = (home / "log" / "checkpoint").read_bytes()
    refused = ours.call("gate", write_data(tmp_path / "data"), "--out", ours.run, **env)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert reason in refused.stderr
    assert WRONG not in refused.stderr
    assert not ours.run.exists()
    assert not [path for path in tmp_path.iterdir() if "run" in path.name]
    assert (home / "log" / "checkpoint").read_bytes() == before


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("pkcs11:token=none?module-path={module}", "shows no token 'none'"),
        ("pkcs11:token=acme;object=none?module-path={module}", "no private key 'none'"),
        ("pkcs11:token=acme?module-path=/nowhere.so", "there is no PKCS#11 module /nowhere.so"),
        (f"pkcs11:token=acme?module-path={{module}}&pin-value={PIN}", "it holds a PIN"),
        ("token=acme", "--log-token: it does not begin with pkcs11:"),
    ],
)
def test_no_home_is_begun_with_a_key_that_does_not_open(
    hsm: SoftHsm, tmp_path: Path, uri: str, reason: str
) -> None:
    hsm.make_key("gate", b"\x01")
    options = ("--gate-token", hsm.uri("object=gate"), "--log-token", uri.format(module=MODULE))
    refused = run_govgate("key", "new", "--home", tmp_path / "home", *options, env=hsm.env)
    assert refused.returncode == 2, refused.stderr
    assert reason in refused.stderr
    assert PIN not in refused.stderr + refused.stdout
    assert not (tmp_path / "home").exists()


def test_a_key_moves_into_a_token_by_rotation_and_does_not_leave_it_by_mistake(
    hsm: SoftHsm, tmp_path: Path
) -> None:
    ours = Tokened(hsm, tmp_path / "home", tmp_path / "run", "")
    assert ours.call("key", "new").returncode == 0
    for which in ("gate", "log"):
        moved = ours.call("key", "rotate", which, "--token", hsm.uri())
        assert moved.returncode == 0, moved.stderr
        file = ours.home / "keys" / f"{which}.pem"
        pointer = file.read_text()
        assert pointer.startswith("pkcs11:")
        for options in ((), ("--token", pointer.strip())):
            refused = ours.call("key", "rotate", which, *options)
            assert refused.returncode == 2, options
            assert file.read_text() == pointer
    gated = ours.call("gate", write_data(tmp_path / "data"), "--out", ours.run)
    assert gated.returncode == 0, gated.stderr
    assert ours.call("verify", ours.run).returncode == 0
    again = ours.call("key", "rotate", "gate", "--token", hsm.uri())
    assert again.returncode == 0, again.stderr
    assert ours.call("verify", ours.run).returncode == 0


def test_a_witness_cosigns_with_a_key_in_a_token(tokened: Tokened, tmp_path: Path) -> None:
    home = shutil.copytree(tokened.home, tmp_path / "home")
    ours = Tokened(tokened.hsm, home, tmp_path / "run", "")
    ours.hsm.make_key("witness", b"\x61")
    pointer = ours.hsm.pointer(tmp_path / "w1.pem", "object=witness")
    vkey = ours.call("key", "show", "--vkey").stdout.strip()
    asked = ("--name", "w1.example", "--log", vkey, "--state", tmp_path / "state")
    witness = subprocess.Popen(
        [
            *GOVGATE,
            "log",
            "witness",
            "--begin",
            "--key",
            pointer,
            *asked,
            "--listen",
            "127.0.0.1:0",
        ],
        env={**os.environ, **ours.hsm.env, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert witness.stdout is not None
        line = next(line for line in witness.stdout if line.startswith("witness "))
        (home / "quorum").write_text(f"{line}quorum {line.split()[1]}\n")
        for _ in range(2):
            cosigned = ours.call("log", "cosign")
            assert cosigned.returncode == 0, cosigned.stdout + cosigned.stderr
    finally:
        witness.terminate()
        _, said = witness.communicate(timeout=20)
    assert "cosigned 1 entries" in said
    assert PIN not in said

"""`govgate policy rego`: the export on the screen and in a file."""

from pathlib import Path

import regorus

from govgate.policy.load import default_policy
from govgate.policy.packs import pack_path
from govgate.policy.rego.export import to_rego
from tests.cli.conftest import Cli


def test_the_export_is_printed_and_an_engine_takes_it(cli: Cli) -> None:
    done = cli("policy", "rego", "default")
    assert done.returncode == 0, done.stderr
    assert done.stdout == to_rego(default_policy())
    engine = regorus.Engine()
    engine.add_policy("default.rego", done.stdout)
    engine.set_input({"license.class": "permissive", "pii.entities": [], "pii.count": 0})
    assert engine.eval_rule("data.govgate_default.verdict")["reasons"] == ["license-open"]
    assert engine.eval_rule("data.govgate_default.allow_train") is True


def test_the_export_goes_to_a_file_and_replaces_an_earlier_one(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "default.rego"
    first = cli("policy", "rego", "default", "--out", out)
    assert first.returncode == 0, first.stderr
    assert out.read_text(encoding="utf-8") == to_rego(default_policy())
    again = cli("policy", "rego", "default", "--out", out, "--package", "acme.training")
    assert again.stdout == f"{out}: 18 rules; query data.acme.training.verdict\n"
    assert "\npackage acme.training\n" in out.read_text(encoding="utf-8")


def test_no_other_file_is_replaced(cli: Cli, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    before = (pack_path("default") / "policy.yaml").read_bytes()
    policy.write_bytes(before)
    done = cli("policy", "rego", policy, "--out", policy)
    assert done.returncode == 2
    assert "is there already and is no export of this command" in done.stderr
    assert policy.read_bytes() == before


def test_bad_input_is_said_in_one_line(cli: Cli, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("policy: x\n", encoding="utf-8")
    for arguments, words in (
        (("default", "--package", "default"), "Rego has no package named 'default'"),
        ((bad,), "key 'version' is missing"),
        (("nowhere",), "nowhere"),
    ):
        done = cli("policy", "rego", *arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""

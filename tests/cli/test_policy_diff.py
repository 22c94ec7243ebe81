"""`govgate policy diff`: what changed, in words."""

import json
from pathlib import Path

from govgate.policy.load import default_policy
from tests.cli.conftest import Cli


def changed(folder: Path) -> Path:
    text = default_policy().source.decode()
    other = text.replace("version: 1\n", "version: 2\n", 1).replace(
        "threshold: 0.4", "threshold: 0.6"
    )
    assert other != text
    path = folder / "acme.yaml"
    path.write_text(other, encoding="utf-8")
    return path


def test_the_same_bytes_are_no_difference(cli: Cli) -> None:
    done = cli("policy", "diff", "default", "default", "--exit-code")
    assert (done.returncode, done.stdout) == (0, "no difference\n")


def test_a_difference_is_told_and_fails_only_if_asked(cli: Cli, tmp_path: Path) -> None:
    path = changed(tmp_path)
    done = cli("policy", "diff", "default", path)
    assert done.returncode == 0, done.stderr
    assert "default version 1 → default version 2" in done.stdout
    assert "  ~ threshold: 0.4 → 0.6  [looser]" in done.stdout
    assert "govgate policy compare default" in done.stdout
    assert cli("policy", "diff", "default", path, "--exit-code").returncode == 1


def test_json_tells_all_that_the_text_does(cli: Cli, tmp_path: Path) -> None:
    found = json.loads(cli("policy", "diff", "default", changed(tmp_path), "--json").stdout)
    assert found["differ"] is True
    assert {change["name"]: change["direction"] for change in found["changes"]} == {
        "version": None,
        "threshold": "looser",
    }


def test_comments_alone_are_told_as_such(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_bytes(default_policy().source + b"# reviewed\n")
    done = cli("policy", "diff", "default", path)
    assert "only layout, order or comments differ" in done.stdout


def test_two_files_of_one_version_are_told_apart(cli: Cli, tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_bytes(default_policy().source)
    new.write_bytes(default_policy().source.replace(b"threshold: 0.4", b"threshold: 0.6"))
    done = cli("policy", "diff", old, new)
    head = f"default version 1 ({old}) → default version 1 ({new})"
    assert done.stdout.splitlines()[0] == head


def test_a_description_of_several_lines_is_told_on_one(cli: Cli, tmp_path: Path) -> None:
    head = "policy: acme\nversion: 1\nexpires: 2037-06-30\npurposes: [fine-tuning]\n"
    rules = "rules:\n  - {id: open, when: always, then: {train: allow}}\n"
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(head + rules, encoding="utf-8")
    new.write_text(f"{head}description: |\n  two\n  lines\n{rules}", encoding="utf-8")
    done = cli("policy", "diff", old, new)
    assert done.returncode == 0, done.stderr
    assert "  ~ description: nothing → two lines\n" in done.stdout


def test_a_policy_that_is_not_there_is_a_usage_error(cli: Cli) -> None:
    assert cli("policy", "diff", "default", "nowhere.yaml").returncode == 2

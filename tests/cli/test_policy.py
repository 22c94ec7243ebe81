"""`govgate policy`: the schema, the shipped policy and its cases."""

import json
import shutil
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.cli.conftest import Cli


def test_the_policy_schema_is_one_and_takes_the_shipped_policy(cli: Cli) -> None:
    from govgate.policy.packs import pack_path

    done = cli("policy", "schema")
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    good = _yaml(pack_path("default") / "policy.yaml")
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors({**good, "rulez": []})) != []
    cases = json.loads(cli("policy", "schema", "--cases").stdout)
    Draft202012Validator.check_schema(cases)
    assert cases != schema


def _yaml(path: Path) -> Any:
    """The file as JSON values; a day stays the text that stands there."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, regexp) for tag, regexp in found if not tag.endswith(":timestamp")]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def test_the_shipped_policy_passes_its_own_cases(cli: Cli) -> None:
    done = cli("policy", "test", "default", "--json")
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert answer["failed"] == 0
    assert len(answer["cases"]) >= 10


def test_a_policy_that_says_something_else_fails_its_cases_by_name(
    cli: Cli, tmp_path: Path
) -> None:
    from govgate.policy.packs import pack_path

    folder = shutil.copytree(pack_path("default"), tmp_path / "mine")
    policy = folder / "policy.yaml"
    old = "when: {license.class: [permissive, public-domain]}\n    then: {train: allow,"
    text = policy.read_text(encoding="utf-8")
    assert old in text
    policy.write_text(text.replace(old, old.replace("allow", "deny")), encoding="utf-8")
    done = cli("policy", "test", folder)
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  ")
    assert "license-open" in done.stdout


def test_policy_list_names_the_shipped_policy(cli: Cli) -> None:
    assert cli("policy", "list").stdout.startswith("default  version 1, ")
    assert {"name": "default", "version": 1, "expires": "2027-12-31"} in json.loads(
        cli("policy", "list", "--json").stdout
    )

"""`govgate policy`: the schema, the shipped policy and its cases."""

import json
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


def test_policy_list_names_the_shipped_policies(cli: Cli) -> None:
    from govgate.policy.packs import pack_names

    lines = cli("policy", "list").stdout.splitlines()
    assert "default  version 1, 18 rules, expires 2027-12-31" in lines
    assert [line.split()[0] for line in lines] == sorted(pack_names())
    assert {"name": "default", "version": 1, "expires": "2027-12-31"} in json.loads(
        cli("policy", "list", "--json").stdout
    )

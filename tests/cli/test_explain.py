"""`govgate explain`: rule and remedy, never the text."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Gated, assert_silent


@pytest.mark.parametrize(
    ("line", "partition", "rule", "remedy"),
    [
        (23, "train", "contact-data", "the addresses are replaced by placeholders"),
        (24, "retrieve", "license-noncommercial", "obtain a commercial licence"),
        (25, "withheld", "license-unknown", "name the licence in the row's licence field"),
    ],
)
def test_explain_names_rule_and_remedy_and_never_the_text(
    cli: Cli, secretive: Gated, line: int, partition: str, rule: str, remedy: str
) -> None:
    row = f"rows.jsonl:{line}"
    done = cli("explain", secretive.run, row)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{row}: {partition}\n")
    assert f"\n{rule}  " in done.stdout
    assert f"  remedy  {remedy}" in done.stdout.replace("remedy  nothing to do; ", "remedy  ")
    assert "EMAIL_ADDRESS" in done.stdout
    assert_silent(done.stdout, row)

    as_json = cli("explain", secretive.run, row, "--json").stdout
    answer = json.loads(as_json)
    assert answer["partition"] == partition
    assert rule in {reason["rule"] for reason in answer["reasons"]}
    assert {"EMAIL_ADDRESS", "CREDIT_CARD"} <= {f["entity"] for f in answer["findings"]}
    assert_silent(as_json, row)


@pytest.mark.parametrize("row", ["rows.jsonl:999", "rows.jsonl:0", "nobody", ""])
def test_explain_of_an_unknown_row_shows_how_rows_are_called(
    cli: Cli, gated: Path, row: str
) -> None:
    done = cli("explain", gated, row)
    assert done.returncode == 2
    assert f"there is no row '{row}'" in done.stderr
    assert "for example rows.jsonl:1" in done.stderr
    assert done.stdout == ""

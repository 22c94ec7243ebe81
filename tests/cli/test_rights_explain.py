"""`govgate rights explain`, and the notice and citations that follow rows."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CONFIG = """\
sources:
  - files: "mix.jsonl"
    name: acme-mix
    license: MIT
    derived_from: [sharegpt, wiki]
    generated_by: []
  - files: "by-row.jsonl"
    name: by-row
    license: CC0-1.0
    source_field: origin
    generated_by: []
lineage: lineage.yaml
"""
LINEAGE = """\
sources:
  - {name: sharegpt, license: CC0-1.0, derived_from: [lyrics], generated_by: []}
  - {name: lyrics, license: cc-by-nc-4.0, derived_from: [], generated_by: [],
     url: "https://example.org/lyrics"}
  - {name: wiki, license: CC BY 4.0, derived_from: [], generated_by: [],
     url: "https://example.org/wiki"}
  - {name: lost, license: MIT, derived_from: [nobody-knows]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "govgate.yaml").write_text(CONFIG)
    (folder / "lineage.yaml").write_text(LINEAGE)
    (folder / "mix.jsonl").write_text('{"text": "one harbour"}\n')
    rows = [{"text": f"a harbour of {name}", "origin": name} for name in ("wiki", "lyrics", "Jane")]
    (folder / "by-row.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_it_prints_the_path_that_made_the_data_non_commercial(cli: Cli, project: Path) -> None:
    done = cli("rights", "explain", str(project / "mix.jsonl"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("acme-mix: non-commercial\n")
    assert "acme-mix ← sharegpt ← lyrics (CC-BY-NC-4.0, https://creativecommons.org" in done.stdout
    assert "lineage   traced" in done.stdout


def test_json_holds_all_that_the_text_does(cli: Cli, project: Path) -> None:
    asked = ("wiki", "lost", "--config", str(project / "govgate.yaml"), "--json")
    done = cli("rights", "explain", *asked)
    assert done.returncode == 4
    wiki, lost = json.loads(done.stdout)
    assert (wiki["class"], [t["term"] for t in wiki["terms"]]) == ("attribution", ["attribution"])
    assert wiki["terms"][0]["path"][-1]["url"] == "https://example.org/wiki"
    assert lost["class"] is None
    assert [one["name"] for one in lost["doubt"]] == ["lost", "nobody-knows"]
    assert lost["why"] == "nobody-knows: nothing describes it"


def test_what_the_configuration_names_is_no_data(cli: Cli, project: Path) -> None:
    with (project / "govgate.yaml").open("a") as config:
        config.write("consent: {registry: consent.csv}\n")
    (project / "consent.csv").write_text("subject,purpose,status,time\n")
    done = cli("rights", "explain", project, "--json")
    told = json.loads(done.stdout)
    assert [one["files"] for one in told] == [["by-row.jsonl"], ["mix.jsonl"]]


def test_a_misspelt_source_and_an_empty_folder_are_told(cli: Cli, project: Path) -> None:
    done = cli("rights", "explain", "wikki", "--config", str(project / "govgate.yaml"))
    assert done.returncode == 2
    assert "did you mean wiki?" in done.stderr
    (empty := project.parent / "empty").mkdir()
    assert cli("rights", "explain", str(empty)).returncode == 2


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("license: cc-by-nc-4.0, derived_from: []", "derived_from: [sharegpt]", "in a circle"),
        (
            "name: wiki, license: CC BY 4.0",
            "name: acme-mix, license: ISC",
            "disagree on its license",
        ),
        ("derived_from: [lyrics]", "derived_from: lyrics", "lineage.yaml:2"),
        ("generated_by: []}", "generated_by: [wiki]}", "which is a dataset and not a model"),
    ],
)
def test_a_lineage_that_cannot_be_right_stops_the_gate(
    cli: Cli, project: Path, old: str, new: str, complaint: str
) -> None:
    assert old in LINEAGE
    (project / "lineage.yaml").write_text(LINEAGE.replace(old, new, 1))
    done = cli("gate", str(project), "--out", str(project.parent / "run"))
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (project.parent / "run").exists()


def test_sources_follow_the_rows_into_the_notice_and_into_answers(cli: Cli, project: Path) -> None:
    run = project.parent / "run"
    policy = project.parent / "policy.yaml"
    policy.write_text(
        "policy: p\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\nrules:\n"
        "- {id: open, when: {license.class: [permissive, attribution]}, then: {train: allow}}\n"
        "- {id: nc, when: {license.class: non-commercial}, then: {train: deny, retrieve: allow}}\n"
    )
    done = cli("gate", str(project), "--policy", str(policy), "--out", str(run))
    assert done.returncode == 0, done.stderr
    notice = (run / "NOTICE.txt").read_text()
    assert "wiki (data)\n  licence: CC-BY-4.0, https://creativecommons.org" in notice
    assert "\n  1 row declared as CC0-1.0, https://creativecommons.org" in notice
    assert "by-row (data)\n  licence: CC0-1.0" in notice
    assert "  from: https://example.org/wiki\n" in notice
    assert "lyrics" not in notice
    credited = json.loads((run / "credits.json").read_text())
    named = {(g["file"], g["source"], g["train"], g["retrieve"]) for g in credited["rows"]}
    assert named == {
        ("by-row.jsonl", "lyrics", 0, 1),
        ("by-row.jsonl", "wiki", 1, 0),
        ("mix.jsonl", "acme-mix", 0, 1),
    }
    assert "Jane" not in (run / "credits.json").read_text()
    assert cli("verify", str(run)).returncode == 0
    found = cli("retrieve", "search", str(run), "one harbour").stdout
    assert "cite: acme-mix (MIT, https://spdx.org/licenses/MIT.html); made from sharegpt" in found
    assert "lyrics (CC-BY-NC-4.0, https://creativecommons.org" in found
    of_row = cli("retrieve", "search", str(run), "harbour of lyrics").stdout
    assert "cite: lyrics (CC0-1.0, https://creativecommons.org" in of_row
    assert ", in by-row (CC0-1.0, https://creativecommons.org" in of_row
    (run / "NOTICE.txt").write_text(notice.replace("wiki", "mine"))
    tampered = cli("verify", str(run))
    assert tampered.returncode == 5
    assert "NOTICE.txt" in tampered.stderr + tampered.stdout


def test_a_card_beside_the_data_counts_and_contradicts(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "rows.jsonl").write_text('{"text": "one harbour"}\n')
    (folder / "govgate.yaml").write_text(
        'sources:\n  - {files: "*.jsonl", name: acme, license: MIT}\n'
    )
    (folder / "README.md").write_text(
        "---\nlicense: cc-by-nc-4.0\nsource_datasets: [original]\n---\n"
    )
    done = cli("rights", "explain", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)
    assert one["class"] == "non-commercial"
    assert one["license"]["from"] == ["manifest", "card"]
    assert one["license"]["conflict"] is True
    assert one["lineage"] == "original"
    (folder / "govgate.yaml").write_text(
        'sources:\n  - {files: "*.jsonl", name: acme, license: MIT, overrules: contract 7}\n'
    )
    (one,) = json.loads(cli("rights", "explain", str(folder), "--json").stdout)
    assert (one["class"], one["license"]["conflict"]) == ("permissive", True)
    run = tmp_path / "run"
    gated = cli("gate", str(folder), "--out", str(run))
    assert gated.returncode == 0, gated.stderr
    assert "README.md (a paper of the data set)" in gated.stdout
    explained = json.loads(cli("explain", str(run), "rows.jsonl:1", "--json").stdout)
    assert explained["partition"] == "train"


def test_a_signal_that_allows_answers_alone_is_retrieval_only(cli: Cli, tmp_path: Path) -> None:
    site = tmp_path / "saved" / "example.com"
    site.mkdir(parents=True)
    (site / "robots.txt").write_text(
        "User-agent: *\nContent-Signal: ai-train=no, ai-input=yes\nAllow: /\n"
    )
    data = tmp_path / "data"
    data.mkdir()
    captured = data / "signals.parquet"
    done = cli("rights", "capture", str(site.parent), "--out", str(captured))
    assert done.returncode == 0, done.stderr
    (data / "govgate.yaml").write_text(
        'sources:\n  - {files: "*.jsonl", name: web, license: CC0-1.0, url_field: url}\n'
        "signals: {files: [signals.parquet]}\n"
    )
    (data / "rows.jsonl").write_text('{"text": "one harbour", "url": "https://example.com/a"}\n')
    run = tmp_path / "run"
    gated = cli("gate", str(data), "--out", str(run))
    assert gated.returncode == 1, gated.stderr
    assert (run / "retrieve" / "rows.jsonl").is_file()
    assert cli("verify", str(run)).returncode == 0


def test_nothing_is_claimed_of_what_a_model_was_made_from(cli: Cli, project: Path) -> None:
    lines = cli("rights", "explain", "gpt-4", "--config", str(project / "govgate.yaml")).stdout
    assert lines.startswith("gpt-4: proprietary\n")
    assert "lineage " not in lines
    assert "models " not in lines


def test_a_row_says_that_its_class_comes_from_its_lineage(
    cli: Cli, project: Path, home: Path
) -> None:
    run = project.parent / "run"
    cli("gate", str(project), "--home", str(home), "--out", str(run), "--quiet")
    shown = cli("explain", str(run), "mix.jsonl:1").stdout
    assert "non-commercial (not by its own licence, MIT, but by its lineage" in shown
    assert "govgate rights explain acme-mix" in shown
    assert "govgate rights explain wiki" in cli("explain", str(run), "by-row.jsonl:1").stdout

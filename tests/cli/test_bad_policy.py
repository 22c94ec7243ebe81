"""Whatever is wrong with a policy: file, line, column, what to do, exit 2, and nothing is run."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

HEAD = "policy: a\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
RULE = "  - {id: a, when: {license.class: permissive}, then: {train: allow}}\n"
GOOD = f"{HEAD}rules:\n{RULE}"


def _asking(test: str) -> str:
    return GOOD.replace("license.class: permissive", test)


BAD = {
    "anchors": (f"a: &a [x]\nb: &b [*a, *a]\n{GOOD}", ":1:4: anchors", "write the value out"),
    "a key twice": (f"{HEAD}version: 2\nrules:\n{RULE}", ":5:1: key 'version'", "remove one"),
    "a tab": (f"{HEAD}rules:\n\t- {{id: a}}\n", ":6:1: tab found", "use spaces"),
    "not UTF-8": (GOOD.encode() + b"# caf\xe9\n", ":7:6: this is not UTF-8", "save the file as"),
    "50 MB": (GOOD + "#" + "x" * 50_000_000, ":1:1: the file is larger than 5 MiB", "split it"),
    "10,000 rules": (
        HEAD + "rules:\n" + "".join(RULE.replace("id: a", f"id: r{n}") for n in range(10_000)),
        ":5006:5: more than 5,000 rules",
        "merge those",
    ),
    "no such day": (GOOD.replace("06-30", "02-30"), ":3:10: must be a day", "YYYY-MM-DD"),
    "no such day asked": (
        _asking('source.collected: "< 2024-02-30"'),
        ":6:38: must compare with a day of the calendar",
        "write {source.collected:",
    ),
    "a country in small letters": (
        _asking("source.jurisdictions: {any: [no]}"),
        ":6:49: unknown value 'no'",
        "did you mean NO?",
    ),
    "a country that is no list": (
        _asking("source.jurisdictions: NO"),
        ":6:42: source.jurisdictions is a set, not 'NO'",
        "write {source.jurisdictions: {any: [DE]}}",
    ),
    "a number without its sign": (
        _asking('pii.count: "3"'),
        ":6:31: must compare with a whole number",
        'write {pii.count: ">= 3"}',
    ),
    "an id twice": (f"{GOOD}{RULE}", ":7:10: rule id 'a' is used twice", "rename one"),
    "an empty when": (
        GOOD.replace("{license.class: permissive}", "{}"),
        ":6:19: must not be empty",
        "write `when: always`",
    ),
    "a misspelt fact": (_asking("licence.class: academic"), ":6:20: unknown", "license.class"),
    "a misspelt key": (GOOD.replace("then", "than"), ":6:48: unknown key", "did you mean then?"),
    "itself": (f"{HEAD}extends: bad.yaml\n", ":5:10: extends bad.yaml", "take one `extends` out"),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("command", ["gate", "policy test"])
def test_a_bad_policy_is_refused_with_its_place_and_a_remedy(
    cli: Cli, data: Path, tmp_path: Path, what: str, command: str
) -> None:
    text, said, remedy = BAD[what]
    path = tmp_path / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    out = tmp_path / "run"
    given = ["gate", data, "--policy", path, "--out", out]
    done = cli(*(given if command == "gate" else ["policy", "test", path]))
    assert done.returncode == 2
    assert f"bad.yaml{said}" in done.stderr
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_the_country_no_and_a_number_in_quotes_are_what_they_say(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    quoted = _asking("source.jurisdictions: {any: [NO]}").replace("version: 1", 'version: "1"')
    path.write_text(quoted)
    (tmp_path / "cases.yaml").write_text(
        "policy: a\ncases:\n  - name: Norway is a country\n    rule: a\n"
        "    facts: {source.jurisdictions: [NO]}\n"
        "    expect: {train: allow, retrieve: deny, reasons: [a, nothing-allows]}\n"
    )
    done = cli("policy", "test", path)
    assert done.returncode == 0, done.stdout + done.stderr

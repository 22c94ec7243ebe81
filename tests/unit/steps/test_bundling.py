from datetime import date
from pathlib import Path

import pytest

from govgate.attest import dsse
from govgate.attest.bundlefiles import MAX_BYTES, BundleFile
from govgate.attest.keys import PrivateKey
from govgate.attest.waiver import Grant, Revocation, sign
from govgate.errors import UsageError
from govgate.model import Use
from govgate.steps.bundles.build import Built, Heading, build, heading, policies_in

TODAY, EXPIRES = date(2026, 11, 25), date(2027, 2, 28)
POLICY = """\
policy: {name}
version: {version}
expires: 2027-06-30
purposes: [fine-tuning]
rules:
  - id: open
    when: {{license.class: [permissive]}}
    then: {{train: allow, retrieve: allow}}
"""
CASES = """\
policy: {name}
cases:
  - name: a permissive row is trained on
    rule: open
    facts: {{license.class: permissive}}
    expect: {{train: {train}, retrieve: allow, reasons: [open]}}
"""
GRANT = Grant(
    *("acme", "open", "0" * 64, (Use.TRAIN,), ("row:a.jsonl:1",), "for a test", "T-1"),
    *(TODAY, EXPIRES, 1),
)
CHILD = """\
policy: child
version: 1
expires: 2027-06-30
purposes: [fine-tuning]
extends: {extends}
rules:
  - id: no-mail
    when: {{pii.count: ">= 1"}}
    then: {{train: deny}}
"""


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "policies"
    put(top / "acme" / "policy.yaml", POLICY.format(name="acme", version=3))
    put(top / "acme" / "cases.yaml", CASES.format(name="acme", train="allow"))
    put(top / "strict.yaml", POLICY.format(name="strict", version=1))
    return top


def built(folder: Path) -> Built:
    return build(folder, name="acme", version=7, expires=EXPIRES, today=TODAY)


def refused(folder: Path, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        built(folder)


def test_a_folder_becomes_a_bundle_of_its_policies_and_cases(folder: Path) -> None:
    made = built(folder)
    paths = [file.path for file in made.bundle.files]
    assert paths == ["acme/cases.yaml", "acme/policy.yaml", "strict.yaml"]
    assert made.bundle.files[0].content == (folder / "acme" / "cases.yaml").read_bytes()
    assert (made.bundle.name, made.bundle.version) == ("acme", 7)
    assert (made.bundle.created_on, made.bundle.expires) == (TODAY, EXPIRES)
    assert (made.policies, made.cases, made.left_out) == (
        ("acme/policy.yaml", "strict.yaml"),
        1,
        (),
    )
    assert policies_in(made.bundle) == {
        "acme/policy.yaml": Heading("acme", 3, is_cases=False),
        "strict.yaml": Heading("strict", 1, is_cases=False),
    }


def test_the_same_folder_gives_the_same_bytes(folder: Path) -> None:
    assert built(folder).bundle.encode() == built(folder).bundle.encode()


def test_other_files_are_left_out_and_named(folder: Path) -> None:
    put(folder / "README.md", "# ours")
    put(folder / ".git" / "policy.yaml", "x")
    put(folder / ".hidden.yaml", "x")
    made = built(folder)
    assert made.left_out == (".git/policy.yaml", ".hidden.yaml", "README.md")
    assert len(made.bundle.files) == 3


def test_waivers_go_with_it_byte_for_byte(folder: Path) -> None:
    key, end = PrivateKey.generate(), Revocation("w-1f0c8e52ab90", TODAY, "no longer needed")
    waiver = sign(end, [key]) + sign(GRANT, [key])
    put(folder / "acme" / "waivers" / "w-1f0c8e52ab90.json", waiver)
    (carried,) = [file for file in built(folder).bundle.files if file.is_waiver]
    assert carried == BundleFile("acme/waivers/w-1f0c8e52ab90.json", waiver)
    other = dsse.sign(b"{}", "application/vnd.in-toto+json", [key])
    for text in (b"please", b"", waiver + b"please\n", other):
        put(folder / "acme" / "waivers" / "note.txt", text)
        refused(folder, r"acme/waivers/note\.txt is not a waiver")


def test_a_policy_that_does_not_load_is_not_handed_out(folder: Path) -> None:
    put(folder / "strict.yaml", POLICY.format(name="strict", version=1) + "rulez: []\n")
    refused(folder, r"strict\.yaml:9:1: unknown key 'rulez'")


def test_an_expired_policy_is_not_handed_out(folder: Path) -> None:
    text = POLICY.format(name="strict", version=1)
    put(folder / "strict.yaml", text.replace("2027-06-30", "2026-11-26"))
    assert built(folder)
    put(folder / "strict.yaml", text.replace("2027-06-30", "2026-11-25"))
    refused(folder, r"strict\.yaml: policy strict expired on 2026-11-25")


def test_a_policy_that_fails_its_cases_is_not_handed_out(folder: Path) -> None:
    put(folder / "acme" / "cases.yaml", CASES.format(name="acme", train="deny"))
    refused(folder, r"cases\.yaml: 1 of 1 cases fail, first: 'a permissive row is trained on'")


def test_cases_belong_to_one_policy_beside_them(folder: Path) -> None:
    put(folder / "cases.yaml", CASES.format(name="strict", train="allow"))
    assert built(folder).cases == 2
    put(folder / "cases.yaml", CASES.format(name="acme", train="allow"))
    refused(folder, "0 policies called acme lie beside these cases")
    put(folder / "cases.yaml", CASES.format(name="strict", train="allow"))
    put(folder / "again.yaml", POLICY.format(name="strict", version=2))
    refused(folder, "2 policies called strict lie beside these cases")


@pytest.mark.parametrize(
    "text", ["", "[]", "rules: []\n", "policy: [a]\n", 'policy: "a\\u202eb"\n']
)
def test_yaml_that_is_neither_policy_nor_cases_is_refused(folder: Path, text: str) -> None:
    put(folder / "odd.yaml", text)
    refused(folder, r"odd\.yaml")


def test_a_folder_without_a_policy_makes_no_bundle(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "the bundle holds no files")
    refused(tmp_path / "none", "is not a folder")
    refused(folder / "strict.yaml", "is not a folder")
    (folder / "strict.yaml").unlink()
    (folder / "acme" / "policy.yaml").unlink()
    refused(folder, "holds no policy|0 policies called acme")


def test_a_file_that_would_silently_stay_behind_is_refused(folder: Path) -> None:
    put(folder / "more.yml", POLICY.format(name="more", version=1))
    refused(folder, r"more\.yml: bundles carry \.yaml files")


def test_links_are_refused(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "secret.yaml", POLICY.format(name="secret", version=1))
    (folder / "linked.yaml").symlink_to(tmp_path / "secret.yaml")
    refused(folder, r"linked\.yaml is a link")
    (folder / "linked.yaml").unlink()
    (folder / "linked").symlink_to(tmp_path)
    refused(folder, "linked is a link")


def test_too_much_is_refused_before_it_is_read(folder: Path) -> None:
    put(folder / "waivers" / "big", b"0" * (MAX_BYTES + 1))
    refused(folder, "is larger than")


def test_a_bundle_expires_after_the_day_it_is_made(folder: Path) -> None:
    with pytest.raises(UsageError, match="could never be loaded"):
        build(folder, name="acme", version=7, expires=TODAY, today=TODAY)


@pytest.mark.parametrize("name", ["Acme", "../acme", "a b", ""])
def test_a_bundle_has_a_plain_name(folder: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name must be small letters"):
        build(folder, name=name, version=7, expires=EXPIRES, today=TODAY)


@pytest.mark.parametrize("extends", ["default", "../strict.yaml", "../acme", "policy.yaml"])
def test_a_policy_may_extend_a_pack_or_what_the_bundle_carries(folder: Path, extends: str) -> None:
    put(folder / "acme" / "child.yaml", CHILD.format(extends=extends))
    assert "acme/child.yaml" in built(folder).policies


@pytest.mark.parametrize("extends", ["../../outside.yaml", "../.hidden/policy.yaml", "absolute"])
def test_a_policy_may_not_extend_what_its_readers_would_not_have(
    folder: Path, tmp_path: Path, extends: str
) -> None:
    text = POLICY.format(name="outside", version=1)
    outside = put(tmp_path / "outside.yaml", text)
    put(folder / ".hidden" / "policy.yaml", text)
    named = str(outside) if extends == "absolute" else extends
    put(folder / "acme" / "child.yaml", CHILD.format(extends=named))
    refused(folder, r"child\.yaml: extends .*, which the bundle does not carry")


def test_a_file_is_known_by_what_it_says(folder: Path) -> None:
    cases = BundleFile("x.yaml", CASES.format(name="acme", train="allow").encode())
    assert heading(cases) == Heading("acme", None, is_cases=True)

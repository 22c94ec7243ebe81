import pytest
from pydantic import ValidationError

from govgate.errors import UsageError
from govgate.rights.manifest import Basis, Source, source_for
from govgate.yamlfile import parse_yaml


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("*", "a.jsonl"),
        ("*.jsonl", "a.jsonl"),
        ("./*.jsonl", "a.jsonl"),
        ("support/*.jsonl", "support/a.jsonl"),
        ("**", "x/y/a.jsonl"),
        ("**/*.jsonl", "a.jsonl"),
        ("**/*.jsonl", "x/y/a.jsonl"),
        ("x/**/a.jsonl", "x/a.jsonl"),
        ("x/**", "x/y/a.jsonl"),
        ("a?c.csv", "abc.csv"),
        ("[ab].csv", "b.csv"),
        ("[!ab].csv", "c.csv"),
        ("a.b+(1).csv", "a.b+(1).csv"),
        ("*.csv", "new\nline.csv"),
    ],
)
def test_a_glob_claims_the_files_it_describes(glob, name):
    source = Source(files=glob, name="s")
    assert source_for(name, [source]) is source


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("*.jsonl", "x/a.jsonl"),
        ("*.jsonl", "a.jsonl.gz"),
        ("x/*", "x/y/a.jsonl"),
        ("a.csv", "aXcsv"),
        ("a?c.csv", "a/c.csv"),
        ("a[!b]c.csv", "a/c.csv"),
        ("[!ab].csv", "a.csv"),
        ("x/**/a.jsonl", "y/a.jsonl"),
        ("[^a].csv", "b.csv"),
    ],
)
def test_a_glob_claims_no_other_file(glob, name):
    assert source_for(name, [Source(files=glob, name="s")]) is None


def test_two_sources_for_one_file_are_an_error_that_names_both():
    sources = [Source(files="*", name="one"), Source(files="a*", name="two")]
    assert source_for("b.csv", sources) is sources[0]
    with pytest.raises(UsageError, match=r"a\.csv: .*'one' \(\*\) and 'two' \(a\*\)"):
        source_for("a.csv", sources)


@pytest.mark.parametrize("glob", ["", "/a/*.csv", "../a.csv", "a/../b", "a\\b.csv", "a**b", "  "])
def test_a_glob_that_cannot_match_a_published_name_is_refused(glob):
    with pytest.raises(ValidationError):
        Source(files=glob, name="s")


def test_a_source_is_read_from_yaml_as_written():
    text = b"files: '*.csv'\nname: NO\nlicense: CC BY 4.0\nconsent_basis: not-personal\n"
    source = parse_yaml(text, "govgate.yaml", Source)
    assert (source.name, source.license) == ("NO", "CC BY 4.0")
    assert source.consent_basis is Basis.NOT_PERSONAL
    assert source.license_field == "license"


def test_an_unknown_key_or_basis_is_an_error_with_its_place():
    with pytest.raises(UsageError, match=r"govgate\.yaml:3:1: .*licence.*license"):
        parse_yaml(b"files: '*'\nname: s\nlicence: MIT\n", "govgate.yaml", Source)
    with pytest.raises(UsageError, match=r"govgate\.yaml:3:16: "):
        parse_yaml(b"files: '*'\nname: s\nconsent_basis: consented\n", "govgate.yaml", Source)


@pytest.mark.parametrize(
    ("code", "said"), [("UK", r"did you mean GB\?"), ("eu", "no country"), ("DEE", "did you mean")]
)
def test_a_code_that_is_no_country_is_an_error_that_says_what_is(code, said):
    text = f"name: a\nfiles: '*'\njurisdictions: [DE, {code}]\n"
    with pytest.raises(UsageError, match=rf"m\.yaml:3:21: unknown value '{code}' \({said}"):
        parse_yaml(text.encode(), "m.yaml", Source)


@pytest.mark.parametrize(
    "said",
    [
        {"license": "", "overrules": "a reason for nothing"},
        {"license": " ", "cleared": "a reason for nothing"},
        {"license": "MIT\nand more"},
        {"name": "two\nlines"},
        {"name": "a\u200bb"},
        {"name": "n" * 201},
        {"url": "https://example.org/\nfrom: elsewhere"},
        {"url": "https://example.org/" + "a" * 2000},
    ],
)
def test_what_no_lineage_could_hold_is_refused_in_the_manifest(said):
    with pytest.raises(ValidationError):
        Source(**{"files": "*", "name": "s", **said})


def test_a_source_is_held_by_the_lineage_as_it_stands():
    url = "https://example.org/" + "a" * 1900
    source = Source(files="*", name=" s ", license=" ", url=url)
    assert (source.node.name, source.node.license, source.node.url) == ("s", None, url)

from datetime import date

import polars as pl
import pytest

import govgate.rights.agreement as agreement
from govgate.model import Purpose
from govgate.rights.consent.registry import load_registry
from govgate.rights.lineage.nodes import Kind, Node, by_name
from govgate.rights.lineage.solve import Lineage
from govgate.rights.manifest import Basis, Source
from govgate.rights.origins import IS_MODEL, FileRights
from govgate.rights.resolve import (
    BASES_DIFFER,
    DECLARED,
    LICENSED,
    NO_BASIS,
    OPTOUT,
    PEOPLE,
    Rights,
)
from govgate.rights.subjects import subject_key

KEY = b"0123456789abcdef0123456789abcdef"
SCHEMA = {
    "index": pl.UInt64,
    "file": pl.UInt32,
    "license_raw": pl.String,
    "source_raw": pl.String,
    "url_raw": pl.String,
    "subject": pl.String,
}
NONE = Lineage({})
ADDED = [*LICENSED, *PEOPLE, *OPTOUT, *DECLARED]


def _rows(*rows: tuple[int, str | None, str | None]) -> pl.DataFrame:
    data = [
        (index, file, text, None, None, subject) for index, (file, text, subject) in enumerate(rows)
    ]
    return pl.DataFrame(data, schema=SCHEMA, orient="row")


def _from(*sources: str | None) -> pl.DataFrame:
    data = [(index, 0, None, source, None, None) for index, source in enumerate(sources)]
    return pl.DataFrame(data, schema=SCHEMA, orient="row")


def _source(**said: object) -> Source:
    return Source(**{"files": "*", "name": "acme", **said})


def _license(row: str | None, manifest: str | None) -> tuple[str | None, str | None, str | None]:
    files = [FileRights(_source(license=manifest))]
    facts = Rights(files, NONE).facts(_rows((0, row, None)))
    return facts.select("license.id", "license.class", "license.why").row(0)


def test_columns_are_added_and_rows_keep_their_order_and_types():
    rows = _rows(*[(n % 3, ["mit", None, "cc0"][n % 3], None) for n in range(100)])
    facts = Rights([FileRights()] * 3, NONE).facts(rows)
    assert facts.columns == [*SCHEMA, *ADDED]
    assert facts.select(list(SCHEMA)).equals(rows, null_equal=True)
    schema = {**LICENSED, **PEOPLE, **OPTOUT, **DECLARED}
    assert all(facts.schema[name] == schema.get(name, pl.String) for name in ADDED)


@pytest.mark.parametrize(
    ("row", "manifest", "expected"),
    [
        ("mit", None, ("MIT", "permissive", None)),
        (None, "CC BY 4.0", ("CC-BY-4.0", "attribution", None)),
        ("  ", "CC BY 4.0", ("CC-BY-4.0", "attribution", None)),
        ("cc-by-4.0", "CC BY 4.0", ("CC-BY-4.0", "attribution", None)),
        (None, None, (None, None, agreement.NO_LICENSE_ANYWHERE)),
        ("", " ", (None, None, agreement.NO_LICENSE_ANYWHERE)),
        ("other", None, (None, None, "row: declared as unknown or other")),
        (None, "custom", (None, None, "manifest: declared as unknown or other")),
        (
            "Zed",
            None,
            ("Zed", None, "row: the licence table has no class for this SPDX licence"),
        ),
        (
            None,
            "GPL-2.0",
            (
                "GPL-2.0-only",
                "share-alike",
                "manifest: a deprecated SPDX id, read as its current form",
            ),
        ),
    ],
)
def test_the_licence_comes_from_the_row_or_the_manifest(row, manifest, expected):
    assert _license(row, manifest) == expected


def test_of_two_licences_that_differ_the_stricter_counts():
    why = "row and manifest name different licences; the terms of all hold"
    assert _license("mit", "cc-by-nc-4.0") == ("CC-BY-NC-4.0", "non-commercial", why)
    assert _license("cc-by-nc-4.0", "mit") == ("CC-BY-NC-4.0", "non-commercial", why)
    assert _license("isc", "mit") == ("ISC", "permissive", why)


def test_one_licence_that_cannot_be_classed_makes_the_row_unknown():
    assert _license("other", "mit") == (None, None, "row: declared as unknown or other")
    assert _license("mit", "other") == (None, None, "manifest: declared as unknown or other")
    zed = "row: the licence table has no class for this SPDX licence"
    assert _license("Zed", "mit") == (None, None, zed)
    assert _license("Zed", "Zed") == ("Zed", None, zed)


def test_a_reason_never_repeats_the_rows_text():
    _, _, why = _license("call Jane on 555-0100", None)
    assert why is not None
    assert "Jane" not in why


def test_rows_that_are_alike_are_answered_once(monkeypatch):
    read: list[str | None] = []

    def counting(text: str | None) -> object:
        read.append(text)
        return original(text)

    original = agreement.read_license
    monkeypatch.setattr(agreement, "read_license", counting)
    rows = _rows(*[(0, "mit" if n % 2 else "isc", None) for n in range(1000)])
    Rights([FileRights(_source(license="mit"))], NONE).facts(rows)
    assert sorted(filter(None, read)) == ["isc", "mit", "mit", "mit"]


def test_source_and_basis_come_from_the_file():
    files = [FileRights(_source(license="MIT", consent_basis=Basis.CONTRACT)), FileRights()]
    facts = Rights(files, NONE).facts(_rows((0, None, None), (1, None, None)))
    assert facts["source.name"].to_list() == ["acme", None]
    assert facts["consent.basis"].to_list() == ["contract", None]
    assert facts["license.id"].to_list() == ["MIT", None]


def test_a_row_of_a_file_that_nobody_described_knows_nothing():
    facts = Rights([FileRights()], NONE).facts(_rows((0, None, None))).select(ADDED)
    known = {name: value for name, value in facts.row(0, named=True).items() if value is not None}
    assert known == {
        "license.from": [],
        "license.why": agreement.NO_LICENSE_ANYWHERE,
        "lineage.status.why": "the data: nothing says what it was made from",
        "lineage.models.why": "the data: nothing says whether a model wrote it",
        "consent.why": "no consent registry",
        "consent.basis.why": NO_BASIS,
        "optout.why": "the configuration names no captured signals",
        "consent.by.why": "no consent registry",
        "subject.age.why": "no consent registry",
        "subject.requests.why": "no consent registry",
    }


def test_what_a_source_declares_reaches_its_rows():
    said = _source(
        jurisdictions=["NO", "DE"],
        languages=["en"],
        collected="2024-05-25",
        special_categories=["health", "genetic"],
        retain_until="2027-06-30",
        audience=["support", "legal", "support"],
    )
    day = date(2027, 6, 30)
    files = [FileRights(said, day), FileRights(_source(special_categories=[]), day)]
    facts = Rights(files, NONE).facts(_rows((0, None, None), (1, None, None)))
    assert facts["source.jurisdictions"].to_list() == [["DE", "NO"], None]
    assert facts["source.languages"].to_list() == [["en"], None]
    assert facts["source.collected"].to_list() == [date(2024, 5, 25), None]
    assert facts["source.categories"].to_list() == [["genetic", "health"], []]
    assert facts["source.retention"].to_list() == ["within", None]
    assert facts["source.audience"].to_list() == [["legal", "support"], None]


def test_a_checkpoint_that_outlives_the_data_is_told():
    files = [FileRights(_source(retain_until="2027-06-30"), date(2027, 7, 1))]
    assert Rights(files, NONE).facts(_from(None))["source.retention"].item() == "exceeded"


def _lineage(*nodes: Node) -> Lineage:
    return Lineage(by_name(nodes, "test"))


def test_a_row_that_names_its_source_has_that_sources_terms_and_name():
    lineage = _lineage(
        Node(name="wiki", license="CC-BY-SA-4.0", derived_from=(), generated_by=()),
        Node(name="lyrics", license="CC-BY-NC-4.0", derived_from=(), generated_by=("gpt-4",)),
    )
    files = [FileRights(_source(license="MIT", source_field="origin", generated_by=()))]
    facts = Rights(files, lineage).facts(_from("wiki", "lyrics", "Jane", None))
    assert facts["license.class"].to_list() == ["share-alike", "proprietary", None, None]
    assert facts["license.terms"].to_list() == [
        ["attribution", "notice", "share-alike"],
        ["attribution", "non-commercial", "notice", "output-restricted"],
        None,
        None,
    ]
    assert facts["license.why"].to_list() == [
        None,
        None,
        "lineage: the row's source: the lineage does not describe it",
        "lineage: the row's source: the row does not name it",
    ]
    assert facts["source.name"].to_list() == ["wiki", "lyrics", None, None]
    assert facts["lineage.status"].to_list() == ["traced", "traced", None, None]
    assert facts["lineage.models"].to_list() == [[], ["gpt-4"], None, None]


_THREE = (
    Node(name="wiki", license="CC0-1.0", derived_from=(), generated_by=()),
    Node(name="lyrics", license="CC-BY-NC-4.0", derived_from=(), generated_by=()),
    Node(name="robot", kind=Kind.MODEL, license="MIT"),
)


def test_a_row_takes_one_of_the_declared_sources_and_adds_any_other_to_them():
    source = _source(license="MIT", source_field="origin", derived_from=["lyrics"])
    by_manifest = FileRights(source)
    either = FileRights(source, None, (), ("wiki",), None)
    by_paper = FileRights(_source(license="MIT", source_field="origin"), None, (), ("lyrics",))
    lineage = _lineage(*_THREE)
    for file, classes in (
        (by_manifest, ["non-commercial", "non-commercial"]),
        (by_paper, ["non-commercial", "non-commercial"]),
        (either, ["permissive", "non-commercial"]),
    ):
        facts = Rights([file], lineage).facts(_from("wiki", "lyrics"))
        assert facts["license.class"].to_list() == classes


def test_a_row_that_names_the_files_own_source_says_nothing_new():
    source = _source(license="ODbL-1.0", source_field="origin", derived_from=[], generated_by=[])
    plain = _source(license="ODbL-1.0", derived_from=[], generated_by=[])
    lineage = _lineage(*_THREE, source.node)
    for sources in (None, ("lyrics",)):
        named = Rights([FileRights(source, None, (), sources)], lineage).facts(_from("acme"))
        unnamed = Rights([FileRights(plain, None, (), sources)], lineage).facts(_from(None))
        assert named.select(*LICENSED).equals(unnamed.select(*LICENSED), null_equal=True)


def test_a_row_is_made_from_no_model():
    file = FileRights(_source(license="MIT", source_field="origin", generated_by=[]))
    facts = Rights([file], _lineage(*_THREE)).facts(_from("robot"))
    assert facts["license.class"].item() is None
    assert facts["license.why"].item() == f"lineage: the row's source: {IS_MODEL}"


def test_what_the_files_source_withdrew_holds_for_rows_that_name_another(tmp_path):
    path = tmp_path / "consent.csv"
    path.write_text(
        "source,subject,purpose,status,time\n"
        "acme,,any,withdrawn,2026-01-01\nwiki,,any,given,2026-02-01\n,a,any,given,2026-02-01\n"
    )
    consent = load_registry(path, KEY).standing(date(2026, 6, 1), Purpose.FINE_TUNING)
    lineage = _lineage(*_THREE)
    files = [FileRights(_source(name=n, source_field="origin")) for n in ("acme", "other")]
    data = [
        (0, 0, None, "wiki", None, subject_key("a", KEY)),
        (1, 0, None, "lost", None, None),
        (2, 0, None, "lyrics", None, None),
        (3, 1, None, "wiki", None, None),
        (4, 1, None, "lyrics", None, None),
    ]
    rows = pl.DataFrame(data, schema=SCHEMA, orient="row")
    facts = Rights(files, lineage, consent).facts(rows)
    assert facts["consent.status"].to_list() == ["withdrawn"] * 3 + ["given", None]
    assert facts["consent.by"].to_list() == ["source"] * 4 + [None]


def test_what_papers_name_as_sources_counts_beside_the_manifest():
    files = [FileRights(_source(license="MIT", derived_from=[]), None, (), ("lost",), None)]
    facts = Rights(files, NONE).facts(_from(None))
    assert facts["license.class"].item() is None
    assert facts["license.why"].item() == "lineage: lost: nothing describes it"
    assert facts["license.id"].item() == "MIT"


def test_a_lineage_file_completes_what_the_manifest_says_of_a_source():
    source = _source(license="MIT")
    acme, nc = Node(name="acme", derived_from=("nc",)), Node(name="nc", license="CC-BY-NC-4.0")
    facts = Rights([FileRights(source)], _lineage(acme, nc, source.node)).facts(_from(None))
    assert facts["license.class"].item() == "non-commercial"


def test_consent_is_joined_by_subject_and_unknown_says_why(tmp_path):
    path = tmp_path / "consent.csv"
    path.write_text(
        "subject,purpose,status,time\n"
        "a,any,given,2026-01-01\nb,any,withdrawn,2026-01-01\nc,any,unknown,2026-01-01\n"
        "d,pretraining,given,2026-01-01\n"
    )
    consent = load_registry(path, KEY).standing(date(2026, 6, 1), Purpose.FINE_TUNING)
    subjects = [*(subject_key(s, KEY) for s in "abcd"), None]
    rows = _rows(*((0, None, subject) for subject in subjects))
    facts = Rights([FileRights()], NONE, consent).facts(rows)
    assert facts.select("consent.status", "consent.why").rows() == [
        ("given", None),
        ("withdrawn", None),
        (None, "the registry records this consent as unknown"),
        (None, "no event for this subject and purpose"),
        (None, "no subject in the row"),
    ]


def test_the_basis_of_the_event_and_of_the_source_count_together(tmp_path):
    path = tmp_path / "consent.csv"
    path.write_text(
        "subject,purpose,status,time,lawful_basis,given_by,age_class\n"
        "a,any,given,2026-01-01,consent,subject,adult\n"
        "b,any,given,2026-01-01,,,\n"
    )
    consent = load_registry(path, KEY).standing(date(2026, 6, 1), Purpose.FINE_TUNING)
    rows = _rows(*((n, None, subject_key(s, KEY)) for n in (0, 1) for s in "ab"))
    files = [FileRights(), FileRights(_source(consent_basis=Basis.CONTRACT))]
    facts = Rights(files, NONE, consent).facts(rows)
    assert facts.select("consent.basis", "consent.basis.why").rows() == [
        ("consent", None),
        (None, NO_BASIS),
        (None, BASES_DIFFER),
        ("contract", None),
    ]
    assert facts["subject.age"].to_list() == ["adult", None] * 2
    assert facts["subject.age.why"].to_list() == [None, "the registry does not say"] * 2
    assert facts["consent.by"].to_list() == ["subject"] * 4
    assert facts["subject.requests"].to_list() == [[]] * 4


def test_who_stands_on_a_list_of_people_who_object_has_objected():
    def said(urls, subjects):
        listed = [["subject-list"] if subject else [] for subject in subjects]
        stance = pl.Series(["refused" if one else "unstated" for one in listed])
        uses = {f"optout.{use}": stance for use in ("train", "retrieve", "tdm")}
        signals = pl.Series(listed, dtype=pl.List(pl.String))
        return pl.DataFrame({**uses, "optout.signals": signals, "why": [None] * len(listed)})

    rows = _rows((0, None, subject_key("a", KEY)), (0, None, None))
    facts = Rights([FileRights()], NONE, None, said).facts(rows)
    assert facts["subject.requests"].to_list() == [["objection"], None]


def test_no_rows_give_no_facts():
    facts = Rights([], NONE).facts(_rows())
    assert facts.height == 0
    assert facts.columns == [*SCHEMA, *ADDED]

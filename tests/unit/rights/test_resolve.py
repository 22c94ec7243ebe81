from datetime import date

import polars as pl
import pytest

import govgate.rights.resolve as resolve
from govgate.model import Purpose
from govgate.rights.consent import load_registry
from govgate.rights.manifest import Basis, Source
from govgate.rights.resolve import FileRights, rights_facts
from govgate.rights.subjects import subject_key

KEY = b"0123456789abcdef0123456789abcdef"
SCHEMA = {"index": pl.UInt64, "file": pl.UInt32, "license_raw": pl.String, "subject": pl.String}
ADDED = [
    "license.id",
    "license.class",
    "license.why",
    "consent.status",
    "consent.why",
    "consent.by",
    "event_basis",
    "subject.age",
    "subject.requests",
    "consent.basis",
    "source.name",
    "source.jurisdictions",
    "source.languages",
    "source.collected",
]


def _rows(*rows: tuple[int, str | None, str | None]) -> pl.DataFrame:
    data = [(index, *row) for index, row in enumerate(rows)]
    return pl.DataFrame(data, schema=SCHEMA, orient="row")


def _license(row: str | None, manifest: str | None) -> tuple[str | None, str | None, str | None]:
    facts = rights_facts(_rows((0, row, None)), files=[FileRights("s", manifest)], consent=None)
    return facts.select("license.id", "license.class", "license.why").row(0)


def test_columns_are_added_and_rows_keep_their_order_and_types():
    rows = _rows(*[(n % 3, ["mit", None, "cc0"][n % 3], None) for n in range(100)])
    facts = rights_facts(rows, files=[FileRights()] * 3, consent=None)
    assert facts.columns == [*SCHEMA, *ADDED]
    assert facts.select(list(SCHEMA)).equals(rows, null_equal=True)
    kinds = resolve.DECLARED | resolve.ADDED
    assert all(facts.schema[name] == kinds.get(name, pl.String) for name in ADDED)


@pytest.mark.parametrize(
    ("row", "manifest", "expected"),
    [
        ("mit", None, ("MIT", "permissive", None)),
        (None, "CC BY 4.0", ("CC-BY-4.0", "attribution", None)),
        ("  ", "CC BY 4.0", ("CC-BY-4.0", "attribution", None)),
        ("cc-by-4.0", "CC BY 4.0", ("CC-BY-4.0", "attribution", None)),
        (None, None, (None, None, "no licence in the row or the manifest")),
        ("", " ", (None, None, "no licence in the row or the manifest")),
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
    why = "the row's licence and the manifest's differ; the stricter counts"
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


def test_each_distinct_licence_text_is_read_once(monkeypatch):
    read: list[str | None] = []

    def counting(text: str | None) -> object:
        read.append(text)
        return original(text)

    original = resolve.read_license
    monkeypatch.setattr(resolve, "read_license", counting)
    rows = _rows(*[(0, "mit" if n % 2 else "isc", None) for n in range(1000)])
    rights_facts(rows, files=[FileRights("s", "mit")], consent=None)
    assert sorted(filter(None, read)) == ["isc", "mit"]


def test_source_and_basis_come_from_the_file():
    source = Source(files="*", name="acme", license="MIT", consent_basis=Basis.CONTRACT)
    files = [FileRights.of(source), FileRights.of(None)]
    facts = rights_facts(_rows((0, None, None), (1, None, None)), files=files, consent=None)
    assert facts["source.name"].to_list() == ["acme", None]
    assert facts["consent.basis"].to_list() == ["contract", None]
    assert facts["license.id"].to_list() == ["MIT", None]


def test_a_row_of_a_file_that_nobody_described_knows_nothing():
    facts = rights_facts(_rows((5, None, None)), files=[FileRights("s", "mit")], consent=None)
    assert facts.select(ADDED).row(0) == (
        None,
        None,
        "no licence in the row or the manifest",
        None,
        "no consent registry",
        *[None] * 9,
    )


def test_what_a_source_declares_of_countries_languages_and_days_reaches_its_rows():
    source = Source(
        files="*", name="a", jurisdictions=["NO", "DE"], languages=["en"], collected="2024-05-25"
    )
    files = [FileRights.of(source), FileRights.of(Source(files="*", name="b"))]
    facts = rights_facts(_rows((0, None, None), (1, None, None)), files=files, consent=None)
    assert facts["source.jurisdictions"].to_list() == [["DE", "NO"], None]
    assert facts["source.languages"].to_list() == [["en"], None]
    assert facts["source.collected"].to_list() == [date(2024, 5, 25), None]


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
    facts = rights_facts(rows, files=[FileRights()], consent=consent)
    assert facts.select("consent.status", "consent.why").rows() == [
        ("given", None),
        ("withdrawn", None),
        (None, "the registry records this consent as unknown"),
        (None, "no event for this subject and purpose"),
        (None, "no subject in the row"),
    ]


def test_no_rows_give_no_facts():
    facts = rights_facts(_rows(), files=[], consent=None)
    assert facts.height == 0
    assert facts.columns == [*SCHEMA, *ADDED]

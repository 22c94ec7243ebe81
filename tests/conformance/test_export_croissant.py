"""The Croissant export under mlcroissant, the format's own library."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.conformance.conftest import Export, signed

pytestmark = pytest.mark.usefixtures("offline")


@pytest.fixture(scope="module")
def mlc() -> Any:
    import mlcroissant

    return mlcroissant


def test_the_librarys_reader_finds_no_error(mlc, export, passed: Path) -> None:
    metadata = mlc.Dataset(jsonld=json.loads(export(passed, "croissant"))).metadata
    assert metadata.ctx.issues.errors == set()
    assert metadata.ctx.is_v1_1()
    assert metadata.conforms_to == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    unknown = {"citeAs", "datePublished"}  # recommended; the record knows neither
    warned = " ".join(metadata.ctx.issues.warnings)
    assert set(re.findall(r'/(\w+)" is recommended', warned)) == unknown
    assert len(metadata.ctx.issues.warnings) == len(unknown)


def test_files_digests_and_sizes_are_those_of_the_record(mlc, export, passed: Path) -> None:
    metadata = mlc.Dataset(jsonld=json.loads(export(passed, "croissant"))).metadata
    train = signed(passed).train
    assert {file.name: file.sha256 for file in metadata.distribution} == {
        name: part["sha256"] for name, part in train.items()
    }
    for file in metadata.distribution:
        assert file.content_size == f"{train[file.name]['size']} B"
        assert unquote(file.content_url) == file.name
        assert (passed / unquote(file.content_url)).is_file()
    assert metadata.record_sets == []


def test_the_library_reads_the_responsible_ai_fields(mlc, export, gated: Path) -> None:
    metadata = mlc.Dataset(jsonld=json.loads(export(gated, "croissant"))).metadata
    (use,) = metadata.data_use_cases
    assert use.startswith(signed(gated).says["purpose"])
    assert any("unknown" in one for one in metadata.personal_sensitive_information)
    assert len(metadata.data_limitations) > 1
    assert metadata.data_preprocessing_protocol
    assert metadata.data_release_maintenance_plan
    assert metadata.data_collection is None
    assert metadata.data_biases is None


BROKEN: dict[str, dict[str, Any]] = {
    "a version that there is not": {"conformsTo": "http://mlcommons.org/croissant/9.9"},
    "no files, but a field that wants one": {
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": "rows/text",
                        "dataType": "sc:Text",
                        "source": {"fileObject": {"@id": "nowhere"}, "extract": {"column": "x"}},
                    }
                ],
            }
        ]
    },
    "a file without a digest": {
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "x",
                "contentUrl": "x.jsonl",
                "encodingFormat": "application/jsonl",
            }
        ]
    },
    "a file without a format": {
        "distribution": [{"@type": "cr:FileObject", "@id": "x", "contentUrl": "x", "sha256": "0"}]
    },
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_refused(mlc, export: Export, gated: Path, name: str) -> None:
    document = json.loads(export(gated, "croissant"))
    with pytest.raises(mlc.ValidationError):
        mlc.Dataset(jsonld={**document, **BROKEN[name]})

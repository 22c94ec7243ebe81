"""Names of data sets and models, in the form in which lineage looks them up."""

import pytest

from govgate.rights.declarations.declaration import UNNAMED
from govgate.rights.declarations.names import label, name_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("glue", "glue"),
        (" org/name ", "org/name"),
        ("https://huggingface.co/datasets/org/name", "org/name"),
        ("https://huggingface.co/datasets/glue", "glue"),
        ("https://huggingface.co/datasets/org/name/tree/main?x=1#y", "org/name"),
        ("https://hf.co/org/model", "org/model"),
        ("pkg:huggingface/org/model@abc123", "org/model"),
        ("https://doi.org/10.5281/ZENODO.1", "doi:10.5281/zenodo.1"),
        ("doi:10.5281/zenodo.1", "doi:10.5281/zenodo.1"),
        (
            "https://huggingface.co.evil.org/datasets/org/name",
            "https://huggingface.co.evil.org/datasets/org/name",
        ),
        (
            "https://huggingface.co/datasets/org/name/other/path",
            "https://huggingface.co/datasets/org/name/other/path",
        ),
        ("https://example.org/10.5281/x", "https://example.org/10.5281/x"),
    ],
)
def test_one_thing_has_one_name(text: str, name: str) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize("value", ["", " ", None, 7, ["x"], "two\nlines", "a\u202eb", "x" * 501])
def test_what_cannot_stand_in_a_line_is_not_a_name(value: object) -> None:
    assert name_of(value) == UNNAMED
    assert label(value) is None

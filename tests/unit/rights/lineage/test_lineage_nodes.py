"""Lineage files in both forms, and what is refused in them."""

import hashlib

import pytest

from govgate.errors import UsageError
from govgate.rights.licenses import read_license
from govgate.rights.lineage.models import known_models
from govgate.rights.lineage.nodes import Node, read_lineage


def test_both_forms_say_the_same(tmp_path):
    (tmp_path / "l.yaml").write_text(
        "sources:\n  - name: a\n    license: no\n    derived_from: []\n    generated_by: [gpt-4]\n"
    )
    (tmp_path / "l.jsonl").write_text(
        '{"name":"a","license":"no","derived_from":[],"generated_by":["gpt-4"]}\n\n'
    )
    expected = (Node(name="a", license="no", derived_from=(), generated_by=("gpt-4",)),)
    (as_yaml, one), (as_lines, other) = map(
        read_lineage, (tmp_path / "l.yaml", tmp_path / "l.jsonl")
    )
    assert as_yaml == as_lines == expected
    assert one == hashlib.sha256((tmp_path / "l.yaml").read_bytes()).hexdigest() != other


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", ":2: not a JSON object"),
        ("[]", ":2: "),
        ('{"name":"a","licence":"MIT"}', ":2: unknown key 'licence' (did you mean license?)"),
        ('{"name":"a","name":"b"}', ":2: not a JSON object"),
        ('{"name":"a","derived_from":null}', "no value"),
        ('{"name":""}', ":2: name: "),
        ('{"name":"a\\u202eb"}', "printable"),
        ('{"name":"a","derived_from":"b"}', ":2: derived_from"),
        ("\udcff", ":2: not a JSON object"),
        ("[" * 100_000, ":2: not a JSON object"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_taken(tmp_path, line, complaint):
    path = tmp_path / "l.jsonl"
    path.write_bytes(b'{"name":"ok"}\n' + line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(UsageError) as error:
        read_lineage(path)
    assert complaint in str(error.value)


def test_a_bad_file_in_yaml_is_told_with_its_line(tmp_path):
    (tmp_path / "l.yaml").write_text("sources:\n  - name: a\n    licence: MIT\n")
    with pytest.raises(UsageError, match=r"l\.yaml:3:.*licence"):
        read_lineage(tmp_path / "l.yaml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_lineage(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("name", "license_"),
    [
        ("gpt-4", "LicenseRef-OpenAI-Terms"),
        ("GPT-4", "LicenseRef-OpenAI-Terms"),
        ("openai/gpt-4o", "LicenseRef-OpenAI-Terms"),
        ("meta-llama/Llama-3.1-8B-Instruct", "LicenseRef-Llama-3.1"),
        ("gpt-4-somebody-elses", None),
        ("", None),
    ],
)
def test_a_known_model_is_found_by_its_name_and_nothing_is_guessed(name, license_):
    assert known_models().license_of(name) == license_


def test_every_licence_of_a_known_model_says_something_of_output():
    for license_ in set(known_models().licenses.values()):
        assert read_license(license_).output is not None, license_

"""Dataset cards: what of the front matter is read, and what of it is refused."""

import pytest

from govgate.errors import UsageError
from govgate.rights.declarations import card
from govgate.rights.declarations.card import DETAILS, NESTED, read_card
from govgate.rights.declarations.declaration import UNNAMED, Declaration, Kind, Where
from govgate.rights.declarations.expressions import EMPTY, TOO_LONG
from govgate.rights.declarations.tables import hub_table
from govgate.rights.licenses import read_license


def read(front: str, after: str = "# A data set\n") -> tuple[Declaration, ...]:
    return read_card(f"---\n{front}\n---\n{after}".encode(), "README.md")


def license_of(front: str) -> str | None:
    (said,) = read(front)
    return said.license


def unknown(front: str) -> str:
    (said,) = read(front)
    assert said.license is None
    assert said.unknown is not None
    return said.unknown


def test_a_card_declares_and_names_its_line() -> None:
    (said,) = read("pretty_name: Some data\nlicense: cc-by-4.0")
    assert said == Declaration(
        Where.CARD, "README.md", Kind.DECLARED, "CC-BY-4.0", None, None, None, "Some data", 3
    )


@pytest.mark.parametrize(
    ("front", "license_"),
    [
        ("license: mit", "MIT"),
        ("license: MIT", "MIT"),
        ("license: Apache-2.0 OR MIT", "Apache-2.0 OR MIT"),
        ("license: [mit]", "MIT"),
        ("license:\n- mit\n- cc-by-sa-4.0", "MIT AND CC-BY-SA-4.0"),
        ("license: [mit, mit]", "MIT"),
        ("license: [mit OR isc, gpl-3.0]", "(MIT OR ISC) AND GPL-3.0-only"),
        ("licenses: [mit]", "MIT"),
        ("license: mit\nlicenses: [cc-by-nc-4.0]", "MIT AND CC-BY-NC-4.0"),
        ("license: bsl-1.0", "BSL-1.0"),
        ("license: other\nlicense_name: llama3.1\nlicense_link: LICENSE", "LicenseRef-Llama-3.1"),
        (
            "license: other\nlicense_name: acme\n"
            "license_link: https://creativecommons.org/licenses/by-nc/4.0/",
            "CC-BY-NC-4.0",
        ),
        (
            "license: other\nlicense_name: mit\n"
            "license_link: https://creativecommons.org/licenses/by-nc/4.0/",
            "MIT AND CC-BY-NC-4.0",
        ),
        ("license: [other, mit]\nlicense_name: gemma", "LicenseRef-Gemma AND MIT"),
        ("license_name: cc-by-4.0", "CC-BY-4.0"),
        ("license: mit\nlicense_name: cc-by-nc-4.0", "MIT AND CC-BY-NC-4.0"),
        ("license: mit\nlicense_link: https://spdx.org/licenses/MIT.html", "MIT"),
        ("license: mit\nlicense_name: our name for it", "MIT"),
        ("license: mit\nlicense_details: MIT", "MIT"),
    ],
)
def test_what_names_a_licence_is_read(front: str, license_: str) -> None:
    assert license_of(front) == license_


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("license: no", "declared as unknown or other"),
        ("license:", EMPTY),
        ("license: ''", EMPTY),
        ("license: []", EMPTY),
        ("license: {}", EMPTY),
        ("license: [[mit]]", NESTED),
        ("license: [{a: mit}]", NESTED),
        ("license: unknown", hub_table().unnamed["unknown"]),
        ("license: other", hub_table().unnamed["other"]),
        ("license: cc", hub_table().unnamed["cc"]),
        ("license: [mit, other]", hub_table().unnamed["other"]),
        ("license: mit\nlicense_details: not for sale", DETAILS),
        ("license: [" + ", ".join(sorted(hub_table().licenses)) + "]", TOO_LONG),
    ],
)
def test_what_names_none_is_unknown_with_its_reason(front: str, why: str) -> None:
    assert unknown(front) == why


def test_a_link_to_a_file_beside_the_card_is_not_guessed_from_its_name() -> None:
    assert unknown("license: other\nlicense_link: LICENSE-MIT") == hub_table().unnamed["other"]


@pytest.mark.parametrize("secret", ["jane.doe@example.com", "Jane Doe's own terms"])
def test_a_reason_never_repeats_what_the_card_says(secret: str) -> None:
    for key in ("license", "license_name", "license_details"):
        front = f"license: other\n{key}: {secret}" if key != "license" else f"license: {secret}"
        assert secret not in unknown(front)


@pytest.mark.parametrize(
    ("front", "sources"),
    [
        ("source_datasets: [original]", ()),
        ("source_datasets: original", ()),
        ("source_datasets: []", None),
        ("license: mit", None),
        ("source_datasets: [wikipedia, laion/laion-2b]", ("wikipedia", "laion/laion-2b")),
        ("source_datasets: ['extended|glue', original]", ("glue",)),
        ("source_datasets: extended", (UNNAMED,)),
        ("source_datasets: ['extended|other']", (UNNAMED,)),
        ("source_datasets: ['extended|other-yelp']", ("other-yelp",)),
        ("source_datasets: [https://huggingface.co/datasets/a/b]", ("a/b",)),
        ("source_datasets: [https://doi.org/10.1000/XYZ]", ("doi:10.1000/xyz",)),
        ("source_datasets: ['original|x']", ("original|x",)),
        ("source_datasets: [{name: x}, [y]]", (UNNAMED,)),
        ("source_datasets: [" + "x" * 501 + "]", (UNNAMED,)),
    ],
)
def test_sources_are_named_or_said_to_be_there(front: str, sources: object) -> None:
    (said,) = read(front)
    assert said.sources == sources


def test_more_sources_than_are_kept_end_in_an_unnamed_one() -> None:
    (said,) = read("source_datasets:\n" + "\n".join(f"- d{n}" for n in range(1001)))
    assert said.sources is not None
    assert (len(said.sources), said.sources[-1]) == (1001, UNNAMED)


@pytest.mark.parametrize(
    ("front", "models"),
    [
        ("language_creators: [machine-generated, found]", (UNNAMED,)),
        ("annotations_creators: machine-generated", (UNNAMED,)),
        ("tags: [synthetic]", (UNNAMED,)),
        ("generated_from: [openai/gpt-4]", ("openai/gpt-4",)),
        ("language_creators:\n  a: [machine-generated]", (UNNAMED,)),
        ("language_creators: [crowdsourced]", None),
        ("tags: [not-synthetic]", None),
    ],
)
def test_what_a_model_wrote_or_labelled_is_said(front: str, models: object) -> None:
    (said,) = read(front)
    assert said.models == models


def test_each_configuration_speaks_for_itself() -> None:
    whole, first, second = read("license:\n  a: [mit]\n  b: [cc-by-nc-4.0]")
    assert (whole.part, whole.license, whole.unknown) == (None, None, None)
    assert (first.part, first.license, first.line) == ("a", "MIT", 3)
    assert (second.part, second.license, second.line) == ("b", "CC-BY-NC-4.0", 4)
    front = "license: mit\nconfigs:\n- config_name: a\n- config_name: b\n  license: gpl-3.0"
    whole, second = read(front)
    assert (whole.license, second.part, second.license) == ("MIT", "b", "GPL-3.0-only")


def test_what_stands_beside_licences_by_configuration_is_heard_of_each() -> None:
    by_config = "license:\n  en: mit\n  de: mit\n"
    _, *found = read(f"{by_config}license_details: not for sale")
    assert [(one.license, one.unknown) for one in found] == [(None, DETAILS)] * 2
    _, *found = read(f"{by_config}license_name: gemma")
    assert [one.license for one in found] == ["MIT AND LicenseRef-Gemma"] * 2


def test_too_many_configurations_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "MAX_PARTS", 2)
    assert len(read("license:\n  a: mit")) == 2
    with pytest.raises(UsageError, match=r"README\.md: speaks of more than 2 configurations"):
        read("license:\n  a: mit\n  b: mit")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# No front matter\n",
        "---\n---\n",
        "---\n# only a comment\n\n---\n",
        "text\n---\nlicense: mit\n---\n",
    ],
)
def test_a_card_without_front_matter_says_nothing(text: str) -> None:
    assert read_card(text.encode(), "README.md") == ()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff---\nlicense: mit\n---\n",
        "---\r\nlicense: mit\r\n---\r\n",
        "---\rlicense: mit\r---\r",
        "\n\n---\nlicense: mit\n---",
        "---  \nlicense: mit\n---  \nx\n---\nlicense: gpl-3.0\n---\n",
    ],
)
def test_marks_line_ends_and_blanks_around_the_hyphens_do_not_matter(text: str) -> None:
    (said,) = read_card(text.encode(), "README.md")
    assert said.license == "MIT"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"---\nlicense: mit\n", "README.md:1: the front matter that begins here has no end"),
        (b"\n---\nlicense: mit\n ---\n", "README.md:2: the front matter that begins here"),
        (b"---\nlicense: mit\n---\n\xff\n", "README.md:4: not UTF-8"),
        (b"---\nlicense: mit\n---\n\0", "README.md:4: holds a NUL"),
        (b"---\nlicense: mit\nlicense: isc\n---\n", "README.md:3:1: key 'license' is used twice"),
        (b"---\na: &x [1]\nb: *x\n---\n", r"README.md:2:4: anchors \(&\) and aliases"),
        (b"---\nlicense: !!python/name:x mit\n---\n", r"README.md:2:10: tags \(!\)"),
        (b"---\nlicense: " + b"[" * 70 + b"]" * 70 + b"\n---\n", "nested deeper than 64 levels"),
        (b"---\n- license\n---\n", "the front matter is no mapping"),
        (b"---\nlicense: mit: x\n---\n", "README.md:2:13: this is not YAML"),
        (b"x" * (card.MAX_BYTES + 1), "larger than the 5 MiB"),
    ],
)
def test_a_broken_card_is_refused_at_its_place(data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_card(data, "README.md")


def test_a_card_of_the_kind_that_the_hub_generates_is_read() -> None:
    """Shaped like datasets/glue/README.md of huggingface/datasets."""
    (said,) = read(
        "annotations_creators:\n- other\nlicense:\n- cc-by-4.0\nsource_datasets:\n- original\n"
        "pretty_name: GLUE (General Language Understanding Evaluation benchmark)\n"
        "configs:\n- ax\n- cola\n"
        "dataset_info:\n- config_name: cola\n  features:\n  - name: label\n    dtype:\n"
        "      class_label:\n        names:\n          0: unacceptable\n          1: acceptable\n"
        "  download_size: 376971"
    )
    assert (said.license, said.sources, said.models) == ("CC-BY-4.0", (), None)
    assert said.name == "GLUE (General Language Understanding Evaluation benchmark)"


def test_lines_are_those_of_the_file_whatever_stands_before() -> None:
    (said,) = read_card(b"\n\n---\n# a comment\nlicense: mit\n---\n", "README.md")
    assert said.line == 5


def test_every_identifier_of_the_hub_has_a_class_or_a_reason() -> None:
    table = hub_table()
    assert not set(table.licenses) & set(table.unnamed)
    for identifier, expression in table.licenses.items():
        facts = read_license(expression)
        assert (facts.id, facts.cls is not None) == (expression, True), identifier
        assert facts.why is None, identifier  # in its current form
        assert license_of(f"license: {identifier}") == expression
    for identifier in table.unnamed:
        assert unknown(f"license: {identifier}") == table.unnamed[identifier]

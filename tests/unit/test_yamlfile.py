"""The strict YAML reader: what it takes, what it refuses, and where it says the error is."""

from datetime import date
from enum import StrEnum
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from govgate.errors import UsageError
from govgate.yamlfile import Problem, Problems, load_yaml, parse_yaml
from govgate.yamlnodes import MAX_BYTES


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    size: int = 1


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    country: str | None = None
    count: int = 0
    ratio: float = 0.0
    on: bool = False
    day: date | None = None
    colour: Colour = Colour.RED
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = Field(default_factory=dict)
    words: str | list[str] = ""
    dotted: str = Field("", alias="a.b")

    @field_validator("country")
    @classmethod
    def _no_atlantis(cls, value):
        if value == "ATLANTIS":
            raise ValueError("is under water")
        return value

    @field_validator("parts")
    @classmethod
    def _names_differ(cls, value):
        names = [part.name for part in value]
        if len(set(names)) < len(names):
            raise Problems(
                [Problem((1, "name"), "a name twice", see=("parts", 0, "name"), see_text="first")]
            )
        return value


def parse(text):
    data = text if isinstance(text, bytes) else text.encode()
    return parse_yaml(data, "thing.yaml", Thing)


def complaint(text):
    with pytest.raises(UsageError) as caught:
        parse(text)
    return str(caught.value)


def test_text_stays_text_and_the_model_asks_for_the_rest():
    thing = parse("country: NO\ncount: 4\nratio: 0.5\non: yes\nday: 2027-06-30\na.b: 1.10\n")
    assert thing.country == "NO"
    assert (thing.count, thing.ratio, thing.on) == (4, 0.5, True)
    assert thing.day == date(2027, 6, 30)
    assert thing.dotted == "1.10"


def test_a_key_without_a_value_is_none_and_quotes_are_an_empty_text():
    assert parse("country:\n").country is None
    assert parse("country: ''\n").country == ""


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    assert parse(b"\xef\xbb\xbfcountry: NO\r\ncount: 2\r\n").count == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "country: A\ncountry: B\n",
            "thing.yaml:2:1: key 'country' is used twice (first at line 1",
        ),
        ("parts:\n- name: a\n  name: b\n", "thing.yaml:3:3: key 'name' is used twice"),
        ("country: &a x\n", "thing.yaml:1:10: anchors (&) and aliases (*) are not allowed"),
        ("country: *a\n", "thing.yaml:1:10: anchors"),
        ("country: !!int 3\n", "thing.yaml:1:10: tags (!) are not allowed"),
        ("country:\tNO\n", "thing.yaml:1:9: tab found"),
        ("parts:\n\t- name: a\n", "thing.yaml:2:1: tab found"),
        ("country: a\0b\n", "thing.yaml:1:11: control character U+0000 found"),
        (b"count: 1\ncountry: \xff\n", "thing.yaml:2:10: this is not UTF-8"),
        (b"\xff\xfec\0", "thing.yaml:1:1: this is not UTF-8"),
        ("count: 1\n---\ncount: 2\n", "thing.yaml:2:1: a second document begins here"),
        ("", "thing.yaml:1:1: the file is empty"),
        ("# nothing\n", "thing.yaml:1:1: the file is empty"),
        ("- a\n", "thing.yaml:1:1: must be a mapping of keys to values, not a list"),
        ("just words\n", "thing.yaml:1:1: must be a mapping"),
        ("? [a]\n: b\n", "thing.yaml:1:3: a key must be a text"),
        ("country: [a\n", "thing.yaml:2:1: this is not YAML as we read it"),
        ("[" * 100_000, "nested deeper than 64 levels"),
        ("contry: NO\n", "thing.yaml:1:1: unknown key 'contry' (did you mean country?); allowed: "),
        (
            "parts:\n- name: a\n  sise: 3\n",
            "thing.yaml:3:3: unknown key 'sise' (did you mean size?)",
        ),
        ("by_name:\n  x: {nam: a}\n", "thing.yaml:2:7: unknown key 'nam' (did you mean name?)"),
        ("parts:\n- size: 2\n", "thing.yaml:2:3: key 'name' is missing"),
        (
            "colour: gren\n",
            "thing.yaml:1:9: unknown value 'gren' (did you mean green?); allowed: red",
        ),
        ("count: many\n", "thing.yaml:1:8: must be a whole number, not 'many'"),
        ("ratio: half\n", "thing.yaml:1:8: must be a number, not 'half'"),
        ("on: maybe\n", "thing.yaml:1:5: must be true or false, not 'maybe'"),
        ("day: 2027-02-30\n", "thing.yaml:1:6: must be a day of the calendar written YYYY-MM-DD"),
        ("parts: {name: a}\n", "thing.yaml:1:8: must be a list, not a mapping"),
        ("country: [NO]\n", "thing.yaml:1:10: must be a text, not a list"),
        ("words: {a: b}\n", "thing.yaml:1:8: must be a text or a list, not a mapping"),
        ("words:\n- a\n- {}\n", "thing.yaml:3:3: must be a text, not a mapping"),
        ("country: ATLANTIS\n", "thing.yaml:1:10: is under water"),
        ("parts:\n- name: a\n- name: a\n", "thing.yaml:3:9: a name twice (first line 2)"),
    ],
)
def test_an_error_says_where_and_what(text, said):
    assert said in complaint(text)


def test_all_errors_are_reported_together_in_the_files_order():
    lines = complaint("contry: NO\ncount: x\nratio: y\n").splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "thing.yaml:1:1",
        "thing.yaml:2:8",
        "thing.yaml:3:8",
    ]


def test_at_most_twenty_errors_are_listed():
    lines = complaint("parts:\n" + "- size: x\n  name: a\n" * 30).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "thing.yaml: and 10 more like these"


def test_nested_aliases_never_unfold():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{now}: &{now} [*{before}, *{before}]\n"
        for before, now in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    assert "anchors" in complaint(bomb)


def test_a_file_over_five_mebibytes_is_refused():
    assert "larger than 5 MiB" in complaint(b"country: " + b"x" * 6 * 2**20)
    assert parse(b"country: NO\n#" + b"x" * (MAX_BYTES - 20)).country == "NO"


def test_a_file_is_read_by_its_path_and_a_missing_one_is_a_usage_error(tmp_path: Path):
    file = tmp_path / "thing.yaml"
    file.write_text("count: 3\n")
    assert load_yaml(file, Thing).count == 3
    with pytest.raises(UsageError, match="cannot be read"):
        load_yaml(tmp_path / "none.yaml", Thing)
    with pytest.raises(UsageError, match="cannot be read"):
        load_yaml(tmp_path, Thing)

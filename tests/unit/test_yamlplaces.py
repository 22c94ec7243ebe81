"""Where values and keys stand in a document, and which characters they are."""

import pytest

from govgate.errors import UsageError
from govgate.yamltext import places_of

TEXT = "# ünï 😀\na: [x, 'é', \"q\"]\nlong:\n  - {k: 😀v}\n  - >-\n    folded\n"


def shown(path, *, key=False, text=TEXT):
    places = places_of(text.encode(), "a.yaml")
    place = places.key(path) if key else places.value(path)
    return place.line, place.column, places.text[place.start : place.end]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a", 0), (2, 5, "x")),
        (("a", 1), (2, 8, "'é'")),
        (("a", 2), (2, 13, '"q"')),
        (("long", 0, "k"), (4, 9, "😀v")),
    ],
)
def test_values_are_placed_in_code_points(path, expected):
    assert shown(path) == expected
    assert shown(path, text=TEXT.replace("\n", "\r\n")) == expected
    assert shown(path, text="\ufeff" + TEXT) == expected


def test_keys_are_placed_too():
    assert shown(("long",), key=True) == (3, 1, "long")
    assert shown(("long", 0, "k"), key=True) == (4, 6, "k")


def test_what_has_no_key_is_placed_by_its_value():
    assert shown(("a", 1), key=True) == (2, 8, "'é'")


def test_a_path_that_leads_nowhere_is_placed_where_it_stops():
    assert shown(("long", 0, "missing"))[:2] == (4, 5)
    assert shown(("long", 0, "missing"), key=True)[:2] == (4, 5)


def test_what_is_not_yaml_is_refused_as_ever():
    with pytest.raises(UsageError, match=r"a\.yaml:1:4: this is not YAML"):
        places_of(b"a: ]", "a.yaml")

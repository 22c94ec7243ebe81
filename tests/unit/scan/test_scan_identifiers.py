import doctest
import importlib
import random
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.entities import BY_COUNTRY
from govgate.scan.custom import identifier_recognizer
from govgate.scan.fast.prefilter import Prefilter
from govgate.scan.identifiers import IDENTIFIERS, is_valid
from govgate.scan.registry import country_classes

RECOGNIZERS = {one.entity: identifier_recognizer(one, "en") for one in IDENTIFIERS}
NOT_FOUND = {
    "AL_NIPT": {"AL J 91402501 L": "spaced out"},
    "BG_VAT": {"175074752": "a firm's, without its prefix"},
    "BR_CNPJ": {"12. ABC.345 /01DE–35": "spaced out"},
    "CZ_DIC": {
        "25123891": "a firm's, without its prefix",
        "7103192745": "found as CZ_RC",
        "640903926": "a special case without its prefix",
    },
    "EE_KMKR": {"100594102": "a firm's, without its prefix"},
    "FR_TVA": {
        "23334175221": "without its prefix",
        "K7399859412": "without its prefix",
        "4Z123456782": "without its prefix",
    },
    "GT_NIT": {"7108-0": "too short to be told from other numbers"},
    "IE_VAT": {"8D79739I": "an old one, without its prefix"},
    "LT_PVM": {"119511515": "a firm's, without its prefix"},
    "MX_RFC": {"MAB-930714-8T4": "a firm's"},
    "NL_BTW": {"NL4495445B01": "without its leading zeros"},
    "NO_KONTONR": {"0000.4090403": "of seven digits, as Postgiro's were"},
    "PY_RUC": {
        "9991603": "without its hyphen",
        "2660-3": "too short to be told from other numbers",
    },
    "RO_CF": {"185 472 90": "without its prefix", "1630615123457": "found as RO_CNP"},
    "RU_INN": {"1234567894": "a firm's"},
    "TN_MF": {"1282182 W": "without its other parts", "121J": "without its other parts"},
    "US_ATIN": {"123-45-6789": "none that was ever issued: they go 9xx-93-xxxx"},
} | {
    f"{country}_JMBG": {"0101006500006": "of Slovenia, by its region"}
    for country in ("BA", "HR", "ME", "MK", "RS")
}
"""Examples that are not looked for, and why."""


def found(entity, text):
    return [
        (result.start, result.end, result.score)
        for result in RECOGNIZERS[entity].analyze(text, [entity])
    ]


def examples(module):
    """What stdnum's own documentation gives to ``validate``: (text, whether it is valid)."""
    documentation = importlib.import_module(f"stdnum.{module}").__doc__
    for example in doctest.DocTestParser().get_examples(documentation):
        call = regex.match(r"""\s*validate\((['"])([^'"]*)\1\s*\)""", example.source)
        if call:
            yield call[2], example.exc_msg is None


EXAMPLES = [
    (one.entity, text, valid) for one in IDENTIFIERS for text, valid in examples(one.module)
]


@pytest.mark.parametrize(("entity", "text"), [(e, t) for e, t, valid in EXAMPLES if valid])
def test_a_number_that_stdnum_gives_as_valid_is_found(entity, text):
    seen = found(entity, f"It is {text}, they say.")
    assert bool(seen) != (text in NOT_FOUND.get(entity, ()))


@pytest.mark.parametrize(("entity", "text"), [(e, t) for e, t, valid in EXAMPLES if not valid])
def test_a_number_that_stdnum_gives_as_invalid_is_not_reported(entity, text):
    assert found(entity, f"It is {text}, they say.") == []


def test_stdnum_has_examples_for_nearly_all():
    without = {one.entity for one in IDENTIFIERS} - {entity for entity, _, _ in EXAMPLES}
    assert without == {"MU_NID"}
    assert len(EXAMPLES) > 300


@pytest.mark.parametrize(
    ("entity", "text", "score"),
    [
        ("BR_CPF", "390.533.447-05", 1.0),
        ("BR_CPF", "39053344705", 0.5),
        ("FR_NIR", "2 95 10 99 126 111 93", 1.0),
        ("NL_BSN", "111222333", 0.3),
        ("HU_ANUM", "12892312-2-42", 1.0),
        ("RS_JMBG", "0101006710000", 0.7),
        ("MU_NID", "A1234567890123", None),
        ("CN_RIC", "360426199101010071", 1.0),
        ("BR_CPF", "٣٩٠٥٣٣٤٤٧٠٥", 0.5),
        ("BR_CPF", "3905334470512", None),
        ("BR_CPF", "0.39053344705", None),
        ("BR_CPF", "x39053344705", None),
        ("BR_CPF", "+39053344705", None),
    ],
)
def test_a_shape_has_its_score_and_bare_digits_stand_alone(entity, text, score):
    assert [one[2] for one in found(entity, text)] == ([] if score is None else [score])


def limit(share):
    """The highest score for bare digits of which ``share`` of all pass the check."""
    return 0.3 if share > 0.05 else 0.5 if share > 0.005 else 0.7 if share > 0.0005 else 1.0


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=lambda one: one.entity)
def test_bare_digits_score_no_more_than_their_check_is_worth(identifier):
    rng = random.Random(1)
    for shape in identifier.shapes:
        search = regex.compile(shape.pattern, regex.I)
        for length in range(7, 23):
            numbers = ["".join(rng.choices("0123456789", k=length)) for _ in range(1000)]
            taken = [number for number in numbers if search.search(number)]
            passed = sum(is_valid(identifier, number) for number in taken) / len(numbers)
            assert shape.score <= limit(passed * 0.75), (shape, length, passed)


def test_every_entity_of_a_country_is_reported_by_one_of_its_recognizers_and_no_other_is():
    reported = {
        country: {e for some in classes for e in some(supported_language="en").supported_entities}
        for country, classes in country_classes().items()
    }
    for one in IDENTIFIERS:
        reported.setdefault(one.country, set()).add(one.entity)
    assert {country: set(names) for country, names in BY_COUNTRY.items()} == reported


def test_the_table_is_sorted_and_every_shape_is_filtered():
    entities = [one.entity for one in IDENTIFIERS]
    assert entities == sorted(set(entities))
    patterns = [shape.pattern for one in IDENTIFIERS for shape in one.shapes]
    kept = Prefilter([(pattern, int(regex.I | regex.M | regex.S)) for pattern in patterns])
    assert kept.always == frozenset()


PIECES = st.sampled_from(
    [*"0123456789", *"0123456789", *" .-/ABKXkſ\u212a٣", "19", "01", "756", "\n"]
)


@given(st.lists(PIECES, min_size=6, max_size=30).map("".join))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_a_check_stumble(text):
    for entity in RECOGNIZERS:
        for start, end, score in found(entity, text):
            assert 0 <= start < end <= len(text)
            assert 0 < score <= 1


def test_the_documentation_lists_every_identifier_under_its_country():
    page = (Path(__file__).resolve().parents[3] / "docs" / "scanning.md").read_text()
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    for country, entities in BY_COUNTRY.items():
        assert [e for e in entities if f"`{e}`" not in rows[country]] == []

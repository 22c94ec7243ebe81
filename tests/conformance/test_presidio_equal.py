"""What govgate finds is what Presidio's own AnalyzerEngine finds: entity, place, score, recognizer.

The reference is that engine over the same spaCy pipeline without its parser, one text at a time,
and with the same recognizers: by default, and with those that a policy asks for.
Of the shared data a sample is compared here; `make check-equal` compares every string of it.
"""

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.scan.detector import Ask
from govgate.scan.fast.detector import FastDetector
from govgate.scan.walk import walk
from govgate.scan.windows import WINDOW
from govgate.scansettings import ScanSettings
from tests.laws import law

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SAMPLE = 12
PARTS = 16


@pytest.fixture(scope="module")
def fast():
    return FastDetector(ScanSettings())


LOOKS = {
    "countries": (
        "ar au be br ca ch cl cz de es fi fr in it kr mx ng nl no ph pl pt se sg th tr uk us za"
    ).split(),
    "patterns": [
        {
            "id": "badge",
            "entity": "ACME_BADGE",
            "pattern": r"\bEMP-\d{6}\b",
            "context": ["badge", "account"],
        },
        {"id": "case", "entity": "ACME_CASE", "pattern": r"(?-i)(?P<a>\p{Lu})\d(?P=a)", "score": 0},
        {"id": "odd", "entity": "ACME_ODD", "pattern": r"(?:anna){e<=1}(?!\w)|(?<=é)\w{,3}\d"},
        {"id": "mail", "entity": "EMAIL_ADDRESS", "pattern": r"\w+ at \w+ dot com", "score": 0.9},
    ],
    "deny": [
        {"id": "names", "entity": "ACME_NAME", "words": ["the Bank", "Élan", "Bank of", "A1"]}
    ],
}


@pytest.fixture(scope="module")
def asked():
    """The detector of a policy that asks for more than the default."""
    return FastDetector(ScanSettings(looks=LOOKS))


def test_the_fast_path_is_taken_whatever_the_policy_asks_for(asked):
    assert asked.identity.as_dict()["paths"] == {"names": "govgate", "patterns": "govgate"}
    assert {"ACME_BADGE", "ZA_MOBILE_NUMBER", "BR_CPF"} <= set(asked.identity.entities)


def differing(fast, texts):
    """How many of ``texts`` are told differently, and of the first what is."""
    asks = [Ask(text) for text in texts]
    differences = []
    for ask, ours in zip(asks, fast.detect(asks), strict=True):
        (theirs,) = fast._reference.detect([ask])
        if ours != theirs:
            differences.append((len(ask.text), ours, theirs))
    return len(differences), differences[:1]


def files():
    return sorted(path for path in DATA.rglob("*.json*")) if DATA.is_dir() else []


def strings(path):
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = json.loads(data) if path.suffix == ".json" else map(json.loads, data.splitlines())
    return sorted({text.text for row in rows for text in walk(row) if len(text.text) <= WINDOW})


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_sample_of_real_strings_gives_the_same(fast, path):
    assert differing(fast, random.Random(7).sample(strings(path), SAMPLE)) == (0, [])


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_sample_of_real_strings_gives_the_same_with_more_recognizers(asked, path):
    assert differing(asked, random.Random(8).sample(strings(path), SAMPLE)) == (0, [])


def long_texts(path, count):
    """Texts of many real strings each, long enough to be looked at in slices where that pays."""
    draw, real = random.Random(9), strings(path)
    for number in range(count):
        text = ""
        while len(text) < (6_000, 15_000, 40_000)[number % 3]:
            text += draw.choice(real)[:5_000] + "\n"
        yield text[:WINDOW]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_a_long_text_of_real_strings_gives_the_same(fast, path):
    assert differing(fast, list(long_texts(path, 1))) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_many_long_texts_of_real_strings_give_the_same(fast, path):
    assert differing(fast, list(long_texts(path, 24))) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_all_real_strings_give_the_same(fast, path, part):
    assert differing(fast, strings(path)[part::PARTS]) == (0, [])


WORDS = st.sampled_from(
    (
        "Ann Lee|Dr. O'Neill|the Bank of England|Paris|München|東京|Владимир Путин|on Monday|3 May"
        "|call me|phone:|mobile number|card no.|SSN|my account is|driver license|passport|website"
        "|212-555-0123|+44 20 7946 0958|4111 1111 1111 1111|078-05-1120|219099999|A1234567|12/31/99"
        "|10.0.0.1|fe80::1|00:1B:44:11:3A:B7|DE89370400440532013000|ann@example.com|a.b@c.co.uk"
        "|https://example.org/x?y=1|www.a.com|943 476 5919|550e8400-e29b-41d4-a716-446655440000"
    ).split("|")
)
MARKS = st.sampled_from([*" \n\t.,;:-/'\"()@#_+%", "  ", "\u00a0", "\u200b", "—", "😀", "e\u0301"])
DIGITS = st.text("0123456789٠١٢٣１２３", max_size=12)
TEXTS = st.lists(WORDS | MARKS | MARKS | DIGITS | st.text(max_size=5), max_size=14).map("".join)


@given(TEXTS)
@law(150)
def test_made_up_text_gives_the_same(fast, text):
    assert differing(fast, [text]) == (0, [])


@given(TEXTS, st.lists(st.sampled_from(["phone", "Card", "ssn", "url", "x"]), max_size=2))
@law(50)
def test_context_given_by_the_caller_gives_the_same(fast, text, context):
    ask = Ask(text, tuple(context))
    assert fast.detect([ask]) == fast._reference.detect([ask])


IDENTIFIERS = st.sampled_from(
    (
        "390.533.447-05|39053344705|20-05536168-2|85.07.30-033.28|756.9217.0769.85|12.531.909-2"
        "|2 95 10 99 126 111 93|111222333|004495445B01|151086 95088|BOXW310820HNERXN09|501964843"
        "|710319/2745|86095742719|M123 456|B-AB 123|AB12 CDE|SW1A 1AA|QQ123456C|943 476 5919"
        "|082 123 4567|+27 11 123 4567|8001015009087|900101-1234567|1234567897|AAAPL1234C"
        "|DE123456789|RSSMRA85T10A562S|EMP-123456|emp-123456|X7X|anna|ana|ana at acme dot com|élan"
        "|the bank of|CPF|BSN|badge|Steuer|AHV|NIR|tax|passport|licence plate|é12|A1"
    ).split("|")
)
MORE = st.lists(IDENTIFIERS | WORDS | MARKS | MARKS, max_size=14).map("".join)


@given(MORE | st.lists(IDENTIFIERS, max_size=6).map(" ".join))
@law(200)
def test_made_up_text_gives_the_same_with_more_recognizers(asked, text):
    assert differing(asked, [text]) == (0, [])

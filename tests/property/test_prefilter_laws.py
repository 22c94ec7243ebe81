"""The prefilter never leaves out a pattern that matches, whatever a policy's pattern looks like."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from govgate.scan.fast.prefilter import Prefilter, rewrite
from tests.laws import law

FLAGS = int(regex.I | regex.M | regex.S)
AWKWARD = [
    r"(?i)emp-\d{6}",
    r"\§ ?[0-9]",
    r"[^ab]\s",
    r"[^ab]\d",
    r"[\£\€]1",
    r"\€1",
    r"(?-i)EMP-\d+",
    r"(?-i:a)B",
    r"(?s:.)x(?m:^y)",
    r"(?x) a b  # ab",
    r"(?a)\w1",
    r"(?u)\bé",
    r"(?P<n>a)(?P=n)",
    r"(?<n>ab)\1",
    r"(a)(b)(1)\3",
    r"(a)\10",
    r"(?>a+)b",
    r"(?|(a)|(b))\1",
    r"(?(DEFINE)(?P<d>\d))(?&d)x",
    r"a(?R)?b",
    r"a{,2}b",
    r"a{2,}b",
    r"a{1}b",
    r"a{b",
    r"(?:ab){e<=1}1",
    r"(?:ab1){i}",
    r"a++b",
    r"a*+-",
    r"a{2}+b",
    r"[ab]+\b+[ab-]",
    r"a\b?b",
    r"a$?b",
    r"a$",
    r"^b",
    r"\Aa",
    r"b\Z",
    r"\Gab",
    r"a\Bb",
    r"\mab\M",
    r"(?<=a)b",
    r"(?<!a)b",
    r"(?<=\s)1",
    r"a(?=b)",
    r"a(?!b)",
    r"(?!a)\w(?<!b)",
    r"a.b",
    r"a\Nb",
    r"[^a]b",
    r"[^\Wa]1",
    r"[\w-]1",
    r"[a-\d]b",
    r"[]a]b",
    r"[^]a]b",
    r"[[:alpha:]]1",
    r"[[a]b",
    r"(?V1)[[a-z]--[b]]1",
    r"(?V1)(?i)ſ1",
    r"\p{L}1",
    r"\P{L}1",
    r"\x61b",
    r"\u0061b",
    r"\141b",
    r"\N{LATIN SMALL LETTER A}b",
    r"\X1",
    r"\h1",
    r"\Ra",
    r"\Ka",
    r"é+1",
    r"\bÉ1",
    r"[é-]1",
    r"[a-é]1",
    r"[à-ÿ]1",
    r"[٠-٩]1",
    r"[^é]1",
    r"é?-",
    r"ſ1",
    r"\é1",
    r"a(?i)b",
    r"a(?-i)B",
    r"(?-i)[^a]b",
    r"(?-i)[^A]b",
    r"(?i)[^a]b",
    r"(?i)(?-i)[^a]b",
    r"(?-i)(?i)[^a]b",
    r"[(?i)a]1",
    r"[(?-i)a]1",
    r"\(?i\)",
    r"[(?i)]1",
    r"k1",
    r"[k-s]1",
    r"s\s1",
    r"i-1",
    r"(?r)ab",
    r"(?f)ss",
    r"(?w)\ba",
    r"(?b)(?:ab){e<=1}",
    r"(?#no)ab",
    r"a(*SKIP)(*FAIL)|b1",
    r"(?:a|b)*?1",
    r"(|a)b",
    r"a||b1",
    r"\d+(?:\.\d+)?",
    r"\S\s\S",
    r"\D\d\W",
    r"\t|\n1|\r|\f|\v1",
    r"\.\-\_\ ",
    r"a\
b",
]
PIECES = st.sampled_from(
    [
        *"abABkKsSiI1٣é_-. \n\t\r\f\x0b{}[](),:#\u212aſ\u0130\u0131ß中\ud800",
        *"\x85\u2003\u2028\u200b\u0301",
        *("ss", "emp-123456", "EMP-1", "ab1"),
    ]
)
TEXTS = st.lists(PIECES, max_size=10).map("".join)


def compiled(pattern):
    try:
        return regex.compile(pattern, FLAGS)
    except regex.error:
        return None


def matches(search, text):
    """Whether ``search`` matches in ``text``; not if `regex` gives up, which is a fault of it."""
    try:
        return search.search(text, timeout=5) is not None
    except (MemoryError, TimeoutError):
        return False


USABLE = [(one, compiled(one)) for one in AWKWARD if compiled(one) is not None]


@pytest.fixture(scope="module")
def prefilters():
    return [(one, search, Prefilter([(one, FLAGS)])) for one, search in USABLE]


@given(TEXTS)
@law(600)
def test_no_awkward_pattern_that_matches_is_left_out(prefilters, text):
    missed = [
        one
        for one, search, kept in prefilters
        if matches(search, text) and not kept.candidates(text)
    ]
    assert missed == []


ATOMS = st.sampled_from(
    [
        *r"a b k K 1 é - _ . \d \w \s \D \W \S \b \B ^ $ \- \1".split(),
        *r"[ab] [^ab] [\w-] [^\d] [^\s\w] [a-k] (?<=a) (?<!1) (?=b) (?!a)".split(),
        *"(a) [aé] [à-ÿ] (?P<n>b) (?:a|b1) (?i) (?-i) (?i:k) (?>a) (a|)".split(),
        " ",
    ]
)
REPEATS = st.sampled_from(
    ["", "", "", "*", "+", "?", "*?", "++", "{2}", "{1,}", "{,2}", "{0,2}", "{2}+", "{e<=1}", "|"]
)
PATTERNS = st.lists(st.tuples(ATOMS, REPEATS).map("".join), min_size=1, max_size=6).map("".join)


@given(PATTERNS.filter(lambda one: compiled(one) is not None), st.lists(TEXTS, max_size=12))
@law(600)
def test_no_made_up_pattern_that_matches_is_left_out(pattern, texts):
    search, kept = compiled(pattern), Prefilter([(pattern, FLAGS)])
    missed = [text for text in texts if matches(search, text) and not kept.candidates(text)]
    assert missed == []


@given(st.lists(PATTERNS.filter(lambda one: compiled(one) is not None), max_size=6), TEXTS)
@law(100)
def test_patterns_in_several_databases_keep_their_numbers(patterns, text):
    many = [("zz9zz", FLAGS)] * 70
    kept = Prefilter([*many, *((one, FLAGS) for one in patterns)])
    matching = {70 + n for n, one in enumerate(patterns) if matches(compiled(one), text)}
    assert matching <= kept.candidates(text)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?i)emp-\d{6}",
        r"(?-i)EMP-\d{6}",
        r"(?P<prefix>EMP)-\d{6}",
        r"(?<![\w+])(?<!\d[.-])\d{3}-\d{6}(?!\w)(?![.-]\d)",
    ],
)
def test_usual_patterns_are_filtered(pattern):
    assert rewrite(pattern, FLAGS) is not None
    kept = Prefilter([(pattern, FLAGS)])
    assert kept.candidates("EMP-123456 123-123456") == {0}
    assert kept.candidates("nothing of the kind") == set()

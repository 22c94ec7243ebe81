import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.scan.fast.searches import EMAIL, EmailSearch, HostSearch, linear_search

FLAGS = regex.I | regex.M | regex.S


EMAILS = st.lists(
    st.sampled_from([*"ab1.@-_! \n'é٣+/,", "a@b.co", "@", "@b.c", ".com", "--", "..", "x.y"]),
    max_size=16,
).map("".join)


@given(EMAILS)
@settings(max_examples=1500, deadline=None)
def test_email_addresses_are_found_where_the_pattern_finds_them(text):
    compiled = regex.compile(EMAIL, FLAGS)
    theirs = [m.span() for m in compiled.finditer(text)]
    assert [m.span() for m in EmailSearch(int(FLAGS)).finditer(text, timeout=60)] == theirs


def test_the_email_pattern_is_presidios_own(recognizers):
    assert [p.regex for p in recognizers["EmailRecognizer"].patterns] == [EMAIL]


class Steps:
    """Counts the characters that a compiled expression is made to look at."""

    def __init__(self, compiled):
        self.compiled, self.characters = compiled, 0

    def search(self, text, start, end, timeout):
        self.characters += end - start
        return self.compiled.search(text, start, end, timeout=timeout)


@pytest.mark.parametrize("unit", ["a.", "a@", "a.@b", "!", "a@b.c ", "@b.co", "é@-"])
def test_looking_for_email_addresses_takes_no_more_than_the_length_of_the_text(unit):
    search = EmailSearch(int(FLAGS))
    search._whole = Steps(search._whole)
    text = unit * 5000
    list(search.finditer(text, timeout=60))
    assert search._whole.characters <= 3 * len(text)


@pytest.fixture(scope="module")
def host(recognizers):
    (pattern,) = [p for p in recognizers["UrlRecognizer"].patterns if p.name == "Non schema URL"]
    return pattern.regex


def test_the_host_pattern_is_presidios_own(host):
    assert isinstance(linear_search(host, int(FLAGS)), HostSearch)
    assert linear_search(host + "x", int(FLAGS)) is None
    assert linear_search("a+", int(FLAGS)) is None


PIECES = "a|Z|1|-|.|..|/| |\n|'|\"|(|é|ſ|\u212a|www.|www1.|.com|.co|.uk|.de|com|.museum|:|@|a.b"

HOSTS = st.lists(
    st.sampled_from(PIECES.split("|"))
    | st.sampled_from(["a" * 250, "a." * 130, "b.com" * 60, "www." + "c" * 252, *"abcdef"]),
    max_size=8,
).map("".join)


@given(HOSTS)
@settings(max_examples=120, deadline=None)
def test_hosts_are_found_where_the_pattern_finds_them(host, text):
    theirs = [m.span() for m in regex.compile(host, FLAGS).finditer(text)]
    search = linear_search(host, int(FLAGS))
    assert [m.span() for m in search.finditer(text, timeout=60)] == theirs


@pytest.mark.parametrize("unit", ["a.", "a.b-", "a.0", "www.", "x" * 300 + ".com "])
def test_a_host_is_looked_for_only_around_top_level_domains(host, unit):
    search = linear_search(host, int(FLAGS))
    search._whole = Tries(search._whole)
    text = unit * (20_000 // len(unit)) + "example.com"
    found = [m[0][-4:] for m in search.finditer(text, timeout=60)]
    assert search._whole.count == len(found) >= 1


class Tries:
    """Counts the searches for a compiled expression."""

    def __init__(self, compiled):
        self.compiled, self.count = compiled, 0

    def search(self, text, start, timeout):
        self.count += 1
        return self.compiled.search(text, start, timeout=timeout)

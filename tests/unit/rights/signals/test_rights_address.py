"""Addresses in one spelling, one by one and many at once."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.rights.signals.address import (
    BAD_CHARACTERS,
    BAD_PORT,
    MAX_CHARACTERS,
    NO_HOST,
    NOT_WEB,
    TOO_LONG,
    Address,
    page_key,
    page_key_secret,
    read_address,
)
from govgate.rights.signals.addresses import split_addresses
from govgate.rights.subjects import subject_key

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/A", "https://example.com/A"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:8080/x", "http://example.com:8080/x"),
        ("http://example.com:/x", "http://example.com/x"),
        ("https://user:pw@example.com/x#part", "https://example.com/x"),
        ("https://example.com./x", "https://example.com/x"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/"),
        ("https://B\u00dcCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://example\u3002com/", "https://example.com/"),
        ("https://example.com/%7euser/%c3%a9", "https://example.com/~user/%C3%A9"),
        ("https://example.com/\u00e9", "https://example.com/%C3%A9"),
        ("https://example.com/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/a/%2e%2e/c/..", "https://example.com/"),
        ("https://example.com/../../x", "https://example.com/x"),
        ("https://example.com?q=/../x", "https://example.com/?q=/../x"),
        ("https://example.com/a*b$", "https://example.com/a%2Ab%24"),
        ("https://example.com/a?", "https://example.com/a?"),
        ("  https://example.com/a\n", "https://example.com/a"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("https://a_b.example/", "https://a_b.example/"),
        ("https://example.com//a//b", "https://example.com//a//b"),
    ],
)
def test_addresses_that_mean_the_same_are_one(written: str, read: str) -> None:
    address = read_address(written)
    assert isinstance(address, Address)
    assert address.text == read
    assert read_address(read) == address


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", NOT_WEB),
        ("example.com/x", NOT_WEB),
        ("ftp://example.com/", NOT_WEB),
        ("mailto:jane@example.com", NOT_WEB),
        ("https:example.com", NOT_WEB),
        ("https://", NO_HOST),
        ("https:///x", NO_HOST),
        ("https://exa%6dple.com/", NO_HOST),
        ("https://a..b/", NO_HOST),
        ("https://[::1/", NO_HOST),
        ("https://[x]/", NO_HOST),
        ("https://\u2615\ufe0f\u200d.\u0301/", NO_HOST),
        ("https://example.com:99999/", BAD_PORT),
        ("https://example.com:x/", BAD_PORT),
        ("https://example.com\\x", BAD_CHARACTERS),
        ("https://example.com/a b", BAD_CHARACTERS),
        ("https://example.com/a\nb", BAD_CHARACTERS),
        ("https://exam\0ple.com/", BAD_CHARACTERS),
        ("https://example.com/" + "a" * MAX_CHARACTERS, TOO_LONG),
    ],
)
def test_what_is_no_address_says_why_and_repeats_nothing(written: str, why: str) -> None:
    assert read_address(written) == why
    assert "example" not in why


PIECES = st.sampled_from(
    ["http", "https", "HTTPS", "ftp", "://", ":", "/", "//", "example.com", "a.b", "A.B", "x", "..",
     ".", "%41", "%2f", "?", "#", "@", "q=1", "&", "*", "$", "[", "]", "\\", " ", "\u00e9", "-",
     "_",
     ":80", ":443", "/../", "/./", "~", "'", "(", ",", ";", "+", "1.2.3.4"]
)  # fmt: skip
URLS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=9).map(lambda parts: "https://ex.org" + "".join(parts)),
    st.text(max_size=30),
)


@given(st.lists(URLS, max_size=30))
def test_many_at_once_are_read_as_each_alone(urls: list[str]) -> None:
    split = split_addresses(pl.Series("url", [*urls, None], dtype=pl.String))
    assert sorted(split["url"]) == sorted(set(urls))
    for url, origin, host, path, bad in split.iter_rows():
        read = read_address(url)
        assert (bad if isinstance(read, str) else (origin, host, path)) == (
            read if isinstance(read, str) else tuple(read)
        )


@given(URLS)
def test_reading_twice_changes_nothing(url: str) -> None:
    address = read_address(url)
    if isinstance(address, Address):
        assert read_address(address.text) == address


def test_pages_are_kept_as_keyed_hashes_of_their_own() -> None:
    secret = page_key_secret(KEY)
    key = page_key("https://example.com/jane", secret)
    assert len(key) == 64
    assert key != subject_key("https://example.com/jane", KEY)
    assert key != page_key("https://example.com/jane", page_key_secret(b"q" * 32))
    with pytest.raises(UsageError, match="4 bytes"):
        page_key_secret(b"four")

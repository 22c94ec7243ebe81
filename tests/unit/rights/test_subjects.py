import hashlib
import hmac

import pytest

from govgate.errors import UsageError
from govgate.rights.subjects import subject_key, subject_keys, subject_text

KEY = b"0123456789abcdef0123456789abcdef"


def test_the_key_is_an_hmac_under_a_key_of_its_own_domain():
    derived = hmac.new(KEY, b"govgate subject v1\0", hashlib.sha256).digest()
    expected = hmac.new(derived, b"u-1", hashlib.sha256).hexdigest()
    assert subject_key("u-1", KEY) == expected


def test_a_subject_never_shares_a_value_with_the_plain_fingerprint_of_its_text():
    plain = hmac.new(KEY, b"u-1", hashlib.sha256).hexdigest()
    assert subject_key("u-1", KEY) != plain


def test_surrounding_whitespace_alone_does_not_count():
    assert subject_key(" u-1\t", KEY) == subject_key("u-1", KEY)
    assert subject_key("U-1", KEY) != subject_key("u-1", KEY)
    assert subject_key("u -1", KEY) != subject_key("u-1", KEY)


def test_another_organisations_key_gives_another_value():
    assert subject_key("u-1", KEY) != subject_key("u-1", KEY[::-1])


def test_many_subjects_give_what_one_gives_and_nobody_gives_none():
    many = subject_keys(["a", " a", 7, None, "", "  ", True, 1.5, ["a"]], KEY)
    a, seven = subject_key("a", KEY), subject_key("7", KEY)
    assert many == [a, a, seven, None, None, None, None, None, None]


def test_a_whole_number_is_the_subject_its_digits_are():
    assert subject_text(42) == "42"
    assert subject_text(False) is None


def test_half_a_surrogate_pair_is_hashed_and_not_an_error():
    assert len(subject_key("\ud800", KEY)) == 64


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_short_key_is_refused(key):
    with pytest.raises(UsageError, match="at least 16 bytes"):
        subject_key("a", key)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1042.0, "1042"),
        (-7.0, "-7"),
        (2.0**53 - 1, str(2**53 - 1)),
        (2.0**53, None),
        (1.5, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_a_whole_number_in_a_column_of_floats_names_the_same_person(value, text):
    assert subject_text(value) == text

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest.encoding import from_base64, from_decimal, is_sha256, to_base64
from govgate.errors import EvidenceError


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_base64_reads_back(data):
    assert from_base64(to_base64(data), "it") == data


@pytest.mark.parametrize(
    "text", ["YQ", "YR==", "YQ==\n", " YQ==", "YQ=", "Y Q==", "_-==", "YQ==YQ==", "é", "=", "YQ==="]
)
def test_base64_in_another_spelling_is_refused(text):
    with pytest.raises(EvidenceError):
        from_base64(text, "it")


def test_the_wrong_length_is_refused():
    with pytest.raises(EvidenceError, match="1 bytes, not 2"):
        from_base64("YQ==", "it", length=2)


@pytest.mark.parametrize("number", [0, 7, 10, 2**63 - 1])
def test_decimals_read_back(number):
    assert from_decimal(str(number), "it") == number


@pytest.mark.parametrize(
    "text", ["", "00", "01", "+1", "-1", "1 ", "1_0", "٣", "²", "0x1", str(2**63), "9" * 5000]
)
def test_decimals_in_another_spelling_are_refused(text):
    with pytest.raises(EvidenceError):
        from_decimal(text, "it")


def test_a_digest_has_64_lower_case_hexadecimal_digits():
    assert is_sha256("0a" * 32)
    assert not any(map(is_sha256, ["0A" * 32, "0a" * 31, "0g" * 32, None, 64]))

import pytest

from govgate.attest.tokenuri import TokenUri, parse_token_uri
from govgate.errors import UsageError

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (
            f"pkcs11:token=acme;object=gate?module-path={MODULE}",
            TokenUri(MODULE, token="acme", object="gate"),
        ),
        (
            f"pkcs11:id=%1F%A0;serial=70dfc85e;type=private?module-path={MODULE}",
            TokenUri(MODULE, serial="70dfc85e", id=b"\x1f\xa0"),
        ),
        (
            "pkcs11:token=The%20B%C3%BCro%3B1;object=a%25b?module-path=/a%20b%26c/lib.so",
            TokenUri("/a b&c/lib.so", token="The Büro;1", object="a%b"),
        ),
        (f"pkcs11:token=acme?module-path={MODULE}", TokenUri(MODULE, token="acme")),
    ],
)
def test_a_uri_is_read_and_written_again(text: str, uri: TokenUri) -> None:
    assert parse_token_uri(text, "here") == uri
    assert parse_token_uri(str(uri), "here") == uri
    assert uri.names_key is ("object" in text or "id=" in text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with pkcs11:"),
        ("-----BEGIN PRIVATE KEY-----", "does not begin with pkcs11:"),
        (f"pkcs11:object=gate?module-path={MODULE}", "names no token"),
        ("pkcs11:token=acme;object=gate", "no module-path"),
        ("pkcs11:token=acme?module-path=libsofthsm2.so", "no module-path from the root"),
        (f"pkcs11:token=acme?module-path={MODULE}&module-path={MODULE}", "module-path twice"),
        (f"pkcs11:token=a;token=b?module-path={MODULE}", "token twice"),
        (f"pkcs11:token=acme;type=public?module-path={MODULE}", "another type"),
        (f"pkcs11:token=acme;objekt=gate?module-path={MODULE}", "an attribute besides"),
        (f"pkcs11:token=acme;?module-path={MODULE}", "an attribute besides"),
        (f"pkcs11:token=acme;module-path={MODULE}", "an attribute besides"),
        (f"pkcs11:token=acme;object=?module-path={MODULE}", "object is empty"),
        (f"pkcs11:token=acme;id=%1?module-path={MODULE}", "id is empty or not written"),
        (f"pkcs11:token=ac me?module-path={MODULE}", "token is empty or not written"),
        (f"pkcs11:token=acmé?module-path={MODULE}", "token is empty or not written"),
        (f"pkcs11:token=%FF?module-path={MODULE}", "not UTF-8"),
        (f"pkcs11:token=acme?module-path={MODULE}\npkcs11:", "module-path is empty or not"),
    ],
)
def test_what_is_no_uri_of_a_token_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        parse_token_uri(text, "here")
    assert str(refused.value).startswith("here: ")


@pytest.mark.parametrize(
    "text",
    [
        f"pkcs11:token=acme?module-path={MODULE}&pin-value=83510",
        f"pkcs11:token=acme;pin-value=83510?module-path={MODULE}",
        f"pkcs11:token=acme?pin-source=/root/83510&module-path={MODULE}",
    ],
)
def test_a_pin_in_the_uri_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="holds a PIN") as refused:
        parse_token_uri(text, "here")
    assert "83510" not in str(refused.value)

"""Time stamps against a real authority: what holds, and the nearest that does not."""

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from govgate.attest import dsse
from govgate.attest.authority import parse_authority
from govgate.attest.timestamp import (
    MAX_RESPONSE,
    check,
    check_stamp,
    nonce_of,
    normalised,
    request,
)
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError
from tests.tsa import Tsa, needed

pytest.importorskip("rfc3161_client", reason="govgate[timestamp] is not installed")
pytestmark = needed
MESSAGE = b"\x07" * 64


@pytest.fixture(scope="module")
def tsa(tmp_path_factory) -> Tsa:
    return Tsa(tmp_path_factory.mktemp("tsa") / "tsa")


@pytest.fixture(scope="module")
def asked():
    return request(MESSAGE)


@pytest.fixture(scope="module")
def stamp(tsa, asked) -> bytes:
    return normalised(tsa.answer(asked[0]))


@pytest.fixture(scope="module")
def roots(tsa):
    return [parse_authority(tsa.root)]


def test_a_stamp_tells_the_time_and_the_authority(stamp, asked, roots):
    held = check(stamp, MESSAGE, roots, nonce=asked[1])
    assert abs(datetime.now(UTC) - held.time) < timedelta(minutes=5)
    assert held.authority == "CN=a time authority,O=Tests"
    assert check(stamp, MESSAGE, roots) == held


def test_openssl_reads_the_query_and_verifies_the_kept_stamp(tsa, stamp, asked, tmp_path):
    (tmp_path / "q").write_bytes(asked[0])
    (tmp_path / "r").write_bytes(stamp)
    shown = subprocess.check_output(
        ["openssl", "ts", "-query", "-in", tmp_path / "q", "-text"], text=True
    )
    assert "Hash Algorithm: sha512" in shown
    assert "Certificate required: yes" in shown
    assert f"Nonce: 0x{asked[1]:0{(asked[1].bit_length() + 7) // 8 * 2}X}" in shown
    (tmp_path / "root.pem").write_text(tsa.root)
    done = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-queryfile", tmp_path / "q", "-in", tmp_path / "r"),
            *("-CAfile", tmp_path / "root.pem"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in done.stdout + done.stderr


@pytest.mark.parametrize("digest", ["sha256", "sha384"])
def test_stamps_over_shorter_digests_hold_too(tsa, roots, tmp_path, digest):
    (tmp_path / "m").write_bytes(MESSAGE)
    query = subprocess.check_output(
        ["openssl", "ts", "-query", "-data", tmp_path / "m", f"-{digest}", "-cert"]
    )
    assert check(normalised(tsa.answer(query)), MESSAGE, roots)


def test_a_stamp_over_sha1_is_refused(tsa, roots, tmp_path):
    (tmp_path / "m").write_bytes(MESSAGE)
    query = subprocess.check_output(
        ["openssl", "ts", "-query", "-data", tmp_path / "m", "-sha1", "-cert"]
    )
    answer = tsa.answer(query, config="digests = sha1\n")
    with pytest.raises(EvidenceError, match="another digest than SHA-256"):
        check(normalised(answer), MESSAGE, roots)


def test_a_stamp_signed_over_sha1_is_refused(tsa, asked, roots):
    answer = normalised(tsa.answer(asked[0], config="signer_digest = sha1\n"))
    with pytest.raises(EvidenceError, match="signed over another digest than SHA-2"):
        check(answer, MESSAGE, roots)


def test_a_certificate_between_may_come_from_the_trust_file(tsa, asked, roots):
    answer = tsa.answer(asked[0], chain=())
    assert check(answer, MESSAGE, [*roots, parse_authority(tsa.pem("between"))])
    with pytest.raises(EvidenceError, match="by no authority that the trust file lists"):
        check(answer, MESSAGE, roots)
    with pytest.raises(EvidenceError, match="by no authority that the trust file lists"):
        check(answer, MESSAGE, [parse_authority(tsa.pem("between"))])


def test_a_stamp_of_something_else_is_refused(stamp, roots):
    with pytest.raises(EvidenceError, match="something else than this signature"):
        check(stamp, MESSAGE[:-1] + b"\x08", roots)


def test_another_query_s_nonce_is_refused(stamp, asked, roots):
    with pytest.raises(EvidenceError, match="answers another query"):
        check(stamp, MESSAGE, roots, nonce=asked[1] + 1)


def test_an_authority_of_the_same_name_under_another_root_is_refused(stamp, tmp_path):
    other = Tsa(tmp_path / "tsa")
    with pytest.raises(EvidenceError, match="by no authority"):
        check(stamp, MESSAGE, [parse_authority(other.root)])


@pytest.mark.parametrize(
    ("extensions", "why"),
    [
        ("two-uses", "not for time stamps alone"),
        ("not-critical", "not for time stamps alone"),
        ("code", "not for time stamps alone"),
        ("none-at-all", "not for time stamps"),
    ],
)
def test_a_certificate_for_something_else_is_refused(tsa, asked, stamp, roots, extensions, why):
    """openssl signs with none of these, so another authority's answer gets such a certificate."""
    tsa.issue(extensions, extensions=extensions)
    forged = signed_by(tsa, stamp, extensions)
    with pytest.raises(EvidenceError, match=why):
        check(forged, MESSAGE, roots)


def signed_by(tsa: Tsa, stamp: bytes, name: str) -> bytes:
    """The stamp's content, signed anew with `openssl cms` under another certificate."""
    folder = tsa.folder
    (folder / "in.tsr").write_bytes(stamp)
    tsa.openssl("ts -reply -in in.tsr -token_out -out token.der")
    tsa.openssl("cms -verify -noverify -binary -inform DER -in token.der -out content.der")
    tsa.openssl(
        "cms -sign -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4 -outform DER"
        f" -md sha256 -in content.der -signer {name}.pem -inkey signer.key"
        " -certfile between.pem -out new.der"
    )
    tsa.openssl("ts -reply -in new.der -token_in -out new.tsr")
    return normalised((folder / "new.tsr").read_bytes())


def test_the_same_content_signed_anew_by_the_right_certificate_holds(tsa, stamp, roots):
    assert check(signed_by(tsa, stamp, "signer"), MESSAGE, roots)


def test_a_second_certificate_of_the_same_number_is_refused(tsa, stamp, roots):
    certificate = tsa.folder / "signer.pem"
    kept = certificate.read_text()
    tsa.openssl("x509 -in signer.pem -outform DER -out signer.der")
    doubled = (tsa.folder / "between.pem").read_text()
    forged = tsa.folder / "forged.pem"
    number = subprocess.check_output(
        ["openssl", "x509", "-in", certificate, "-noout", "-serial"], text=True
    ).split("=")[1]
    tsa.openssl(
        f"x509 -req -in signer.csr -CA between.pem -CAkey between.key"
        f" -set_serial 0x{number.strip()} -extfile openssl.cnf -extensions stamps -days 3"
        f" -out {forged.name}"
    )
    try:
        (tsa.folder / "between.pem").write_text(doubled + forged.read_text())
        answer = signed_by(tsa, stamp, "signer")
    finally:
        (tsa.folder / "between.pem").write_text(doubled)
    assert certificate.read_text() == kept
    with pytest.raises(EvidenceError, match="exactly one signer's certificate"):
        check(answer, MESSAGE, roots)


@pytest.mark.parametrize(
    "days",
    [("20200101000000Z", "20200201000000Z"), ("20990101000000Z", "20990201000000Z")],
    ids=["expired", "not yet valid"],
)
def test_a_certificate_that_was_not_valid_at_the_stamped_time_is_refused(tsa, stamp, roots, days):
    tsa.issue("dated", days=days)
    with pytest.raises(EvidenceError, match="were not valid at the stamped time"):
        check(signed_by(tsa, stamp, "dated"), MESSAGE, roots)


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5])
def test_an_answer_that_was_not_granted_as_asked_is_refused(stamp, roots, status):
    at = stamp.index(b"\x30\x03\x02\x01\x00")
    changed = stamp[:at] + b"\x30\x03\x02\x01" + bytes([status]) + stamp[at + 5 :]
    with pytest.raises(EvidenceError, match="did not grant the stamp as asked"):
        check(changed, MESSAGE, roots)


def test_a_rejection_is_refused_with_the_authority_s_words(tsa, roots, tmp_path):
    (tmp_path / "m").write_bytes(MESSAGE)
    query = subprocess.check_output(["openssl", "ts", "-query", "-data", tmp_path / "m", "-md5"])
    with pytest.raises(EvidenceError, match=r"rejection \(.*not supported"):
        check(tsa.answer(query), MESSAGE, roots)


def test_no_flipped_bit_survives(stamp, asked, roots):
    """But in the name of the signature's algorithm, which nothing signs and nobody goes by."""
    held = check(stamp, MESSAGE, roots)
    name = stamp.rindex(bytes.fromhex("300a06082a8648ce3d040302"))  # ecdsa-with-SHA256
    for at in range(len(stamp)):
        for bit in range(8) if stamp[at] < 4 else (at % 8,):
            flipped = bytearray(stamp)
            flipped[at] ^= 1 << bit
            try:
                assert check(bytes(flipped), MESSAGE, roots, nonce=asked[1]) == held
                assert name + 4 <= at < name + 12, at
            except EvidenceError:
                continue


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_a_part_of_a_stamp_is_refused(stamp, roots, cut):
    with pytest.raises(EvidenceError, match="not an RFC 3161 answer"):
        check(stamp[:cut], MESSAGE, roots)


def test_garbage_and_more_bytes_than_may_be_are_refused(stamp, roots):
    for junk in (b"<html>busy</html>", bytes(1000), stamp + b"\x00", b"\x30\x84\xff\xff\xff\xff"):
        assert normalised(junk) == junk
        with pytest.raises(EvidenceError, match="not an RFC 3161 answer"):
            check(junk, MESSAGE, roots)
    with pytest.raises(EvidenceError, match=f"larger than {MAX_RESPONSE} bytes"):
        check(bytes(MAX_RESPONSE + 1), MESSAGE, roots)


def test_only_the_order_of_certificates_is_normalised(tsa, asked, stamp, roots):
    for chain in (("between",), ("between", "root"), ("root", "between")):
        answer = tsa.answer(asked[0], chain=chain)
        kept = normalised(answer)
        assert sorted(kept) == sorted(answer)
        assert normalised(kept) == kept
        assert check(kept, MESSAGE, roots)


def test_a_query_tells_its_nonce_and_nothing_else_does(asked):
    assert nonce_of(asked[0]) == asked[1]
    assert request(MESSAGE)[1] != asked[1]
    for junk in (b"", b"x", asked[0] + b"\x00", asked[0][:-1]):
        with pytest.raises(EvidenceError, match="not a time-stamp query"):
            nonce_of(junk)
    with pytest.raises(EvidenceError, match="larger than"):
        nonce_of(bytes(5000))


class TestBesideARecord:
    """`check_stamp`: the time has to fit the record and the key."""

    @pytest.fixture
    def opened(self, key):
        line = dsse.sign(b"{}", "t", [key])
        return dsse.open_envelope(line, {key.keyid: key.public})

    @pytest.fixture
    def response(self, tsa, opened):
        return normalised(tsa.answer(request(opened.signature)[0]))

    @pytest.fixture
    def trust(self, key, tsa):
        return Trust().add(key.public, [Role.GATE]).trust_authority(parse_authority(tsa.root))

    def test_a_stamp_after_the_record_holds_however_late(self, response, opened, trust):
        for days in (0, 1, 400):
            finished = datetime.now(UTC) - timedelta(days=days)
            assert check_stamp(response, opened, finished, trust)

    def test_a_gate_s_clock_may_run_ahead_by_a_day(self, response, opened, trust):
        now = datetime.now(UTC)
        assert check_stamp(response, opened, now + timedelta(hours=23), trust)
        with pytest.raises(EvidenceError, match="before the record was finished"):
            check_stamp(response, opened, now + timedelta(hours=25), trust)

    def test_a_stamp_after_the_key_s_last_day_does_not_show_that_it_counted(
        self, response, opened, trust
    ):
        today = check_stamp(response, opened, datetime.now(UTC), trust).time.date()
        assert check_stamp(response, opened, datetime.now(UTC), until(trust, today))
        ended = until(trust, today - timedelta(days=1))
        with pytest.raises(EvidenceError, match="after the last day of the key that signed"):
            check_stamp(response, opened, datetime.now(UTC) - timedelta(days=9), ended)

    def test_without_a_listed_authority_nobody_is_trusted(self, response, opened, trust):
        with pytest.raises(EvidenceError, match="lists no time-stamp authority"):
            check_stamp(response, opened, datetime.now(UTC), replace(trust, authorities=()))


def until(trust: Trust, last: date) -> Trust:
    return replace(trust, keys=(replace(trust.keys[0], not_after=last),))

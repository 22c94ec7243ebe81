import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from govgate.attest import bundle as bundles
from govgate.attest import dsse, jcs
from govgate.attest.bundle import (
    MAX_VERSION,
    PAYLOAD_TYPE,
    Bundle,
    add_signatures,
    check_current,
    open_bundle,
    parse_bundle,
    read_unverified,
    sign_bundle,
)
from govgate.attest.bundlefiles import MAX_BYTES, MAX_FILES, BundleFile
from govgate.attest.encoding import to_base64
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError

TODAY = date(2026, 11, 25)
POLICY = b"policy: acme\n"


@pytest.fixture
def trust(key: PrivateKey) -> Trust:
    return Trust().add(key.public, [Role.PUBLISHER])


def made(version: int = 7, content: bytes = POLICY, **changes: Any) -> Bundle:
    files = (
        BundleFile("acme/policy.yaml", content),
        BundleFile("acme/waivers/w-1f0c8e52ab90.json", b"{}"),
    )
    return replace(Bundle("acme", version, TODAY, date(2027, 2, 28), files), **changes)


def entry(path: str, content: bytes = POLICY) -> dict[str, Any]:
    file = BundleFile("x.yaml", content)
    size = len(content)
    return {"path": path, "sha256": file.sha256, "size": size, "content": to_base64(content)}


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The payload of a good bundle after ``change``, as canonical JSON."""
    members = json.loads(made().encode())
    change(members)
    return jcs.canonical(members)


def refused(change: Callable[[dict[str, Any]], Any], match: str) -> None:
    with pytest.raises(EvidenceError, match=match):
        parse_bundle(changed(change))


def test_a_signed_bundle_reads_back(trust: Trust, key: PrivateKey) -> None:
    signed = open_bundle(sign_bundle(made(), [key]), trust, today=TODAY)
    assert signed.bundle == made()
    assert signed.signers == (key.keyid,)
    assert parse_bundle(made().encode()) == made()


def test_one_bundle_has_one_digest_whoever_signs_it(key: PrivateKey, other_key: PrivateKey) -> None:
    trust = Trust().add(key.public, [Role.PUBLISHER]).add(other_key.public, [Role.PUBLISHER])
    first, second = (
        open_bundle(sign_bundle(made(), [one]), trust, today=TODAY) for one in (key, other_key)
    )
    assert first.sha256 == second.sha256
    assert first.signers != second.signers
    third = open_bundle(sign_bundle(made(content=b"policy: b\n"), [key]), trust, today=TODAY)
    assert third.sha256 != first.sha256


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(bundleVersion=8),
        lambda m: m.update(expires="2099-01-01"),
        lambda m: m.update(name="other"),
        lambda m: m["files"].pop(),
        lambda m: m["files"].__setitem__(0, entry("acme/policy.yaml", b"policy: evil\n")),
    ],
    ids=["version", "expiry", "name", "file removed", "content"],
)
def test_nothing_of_it_can_be_changed_after_signing(
    trust: Trust, key: PrivateKey, change: Callable[[dict[str, Any]], Any]
) -> None:
    payload = changed(change)
    parse_bundle(payload)  # good in itself: it is the signature that stops it
    envelope = json.loads(sign_bundle(made(), [key]))
    envelope["payload"] = to_base64(payload)
    with pytest.raises(EvidenceError, match="0 valid signatures"):
        open_bundle(jcs.canonical(envelope), trust, today=TODAY)


def test_an_unsigned_bundle_is_refused(trust: Trust, key: PrivateKey) -> None:
    envelope = json.loads(sign_bundle(made(), [key]))
    envelope["signatures"] = []
    with pytest.raises(EvidenceError, match="carries no signatures"):
        open_bundle(jcs.canonical(envelope), trust, today=TODAY)


def test_another_payload_type_is_refused_though_it_is_signed(trust: Trust, key: PrivateKey) -> None:
    data = dsse.sign(made().encode(), "application/vnd.in-toto+json", [key])
    for read in (lambda: open_bundle(data, trust, today=TODAY), lambda: read_unverified(data)):
        with pytest.raises(EvidenceError, match=r"not of type application/vnd\.govgate\.bundle"):
            read()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLISHER])
def test_only_publishers_sign_bundles(key: PrivateKey, role: Role) -> None:
    trust = Trust().add(key.public, [role], name="example.com/log")
    with pytest.raises(EvidenceError, match="is not trusted as publisher"):
        open_bundle(sign_bundle(made(), [key]), trust, today=TODAY)


def test_a_revoked_or_expired_publisher_does_not_count(key: PrivateKey) -> None:
    data = sign_bundle(made(), [key])
    last = TODAY - timedelta(days=1)
    trust = Trust().add(key.public, [Role.PUBLISHER], not_after=last)
    assert open_bundle(data, trust, today=last)
    with pytest.raises(EvidenceError, match="expired after 2026-11-24"):
        open_bundle(data, trust, today=TODAY)
    with pytest.raises(EvidenceError, match="was revoked"):
        open_bundle(data, trust.revoke(key.keyid, last), today=last)


def test_a_threshold_counts_different_publishers(key: PrivateKey, other_key: PrivateKey) -> None:
    trust = Trust().add(key.public, [Role.PUBLISHER]).add(other_key.public, [Role.APPROVER])
    both = sign_bundle(made(), [key, key, other_key])
    with pytest.raises(EvidenceError, match="1 publisher's signature that counts, and 2 must be"):
        open_bundle(both, trust, today=TODAY, threshold=2)
    trust = Trust().add(key.public, [Role.PUBLISHER]).add(other_key.public, [Role.PUBLISHER])
    assert len(open_bundle(both, trust, today=TODAY, threshold=2).signers) == 2
    with pytest.raises(ValueError, match="unsigned"):
        open_bundle(both, trust, today=TODAY, threshold=0)


def test_a_second_publisher_signs_the_same_bytes(key: PrivateKey, other_key: PrivateKey) -> None:
    trust = Trust().add(key.public, [Role.PUBLISHER]).add(other_key.public, [Role.PUBLISHER])
    one = sign_bundle(made(), [key])
    both = add_signatures(add_signatures(one, [other_key]), [other_key])
    signed = open_bundle(both, trust, today=TODAY, threshold=2)
    assert signed.sha256 == open_bundle(one, trust, today=TODAY).sha256
    assert read_unverified(both)[1] == (key.keyid, other_key.keyid)


@pytest.mark.parametrize("kind", [PAYLOAD_TYPE, "application/vnd.govgate.waiver+json"])
def test_nothing_but_a_bundle_is_signed_in_addition(key: PrivateKey, kind: str) -> None:
    with pytest.raises(EvidenceError):
        add_signatures(dsse.sign(b"{}", kind, [key]), [key])


@pytest.mark.parametrize(
    ("today", "reason"),
    [
        (date(2027, 2, 28), "version 7 expired on 2027-02-28"),
        (date(2030, 1, 1), "version 7 expired on 2027-02-28"),
        (date(2026, 11, 23), "was made on 2026-11-25, and the clock says 2026-11-23"),
    ],
)
def test_a_bundle_holds_between_its_days(today: date, reason: str) -> None:
    check_current(made(), date(2027, 2, 27))
    check_current(made(), date(2026, 11, 24))  # it may be yesterday still where it is read
    with pytest.raises(EvidenceError, match=reason):
        check_current(made(), today)


PATHS = {
    "/etc/policy.yaml": "absolute",
    "../policy.yaml": "leaves its folder",
    "a/../../policy.yaml": "leaves its folder",
    "a/./policy.yaml": "begins or ends with a dot",
    "a//policy.yaml": "absolute",
    ".git/policy.yaml": "begins or ends with a dot",
    "a./policy.yaml": "begins or ends with a dot",
    "a /policy.yaml": "a dot or a space",
    "a\\policy.yaml": "forbidden character",
    "C:/policy.yaml": "forbidden character",
    "a\n/policy.yaml": "forbidden character",
    "a\u202e/policy.yaml": "forbidden character",
    "cafe\u0301/policy.yaml": "forbidden character",
    f"{'a' * 400}.yaml": "too long",
    "": "absolute",
    "policy.yml": "neither a .yaml nor a waiver",
    "run.sh": "neither a .yaml nor a waiver",
    "waivers": "neither a .yaml nor a waiver",
    "waivers/old/w.json": "neither a .yaml nor a waiver",
    "a/waivers/../run.sh": "leaves its folder",
    "acme.bundle/policy.yaml": "the place of the bundle",
    "ACME.bundle/policy.yaml": "the place of the bundle",
}


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_a_path_that_could_lie_elsewhere_is_refused(path: str) -> None:
    refused(lambda m: m.update(files=[entry(path)]), PATHS[path])


@pytest.mark.parametrize("path", ["policy.yaml", "a/b/c.yaml", "waivers/w.json", "café/p.yaml"])
def test_an_ordinary_path_is_not(path: str) -> None:
    assert parse_bundle(changed(lambda m: m.update(files=[entry(path)]))).files[0].path == path


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        (("a.yaml", "a.yaml"), "holds the path 'a.yaml' twice"),
        (("A.yaml", "a.yaml"), "holds the path 'A.yaml' twice"),
        (("A/x.yaml", "a/y.yaml"), "spells the folder 'A' in two ways"),
        (("a.yaml", "a.yaml/b.yaml"), "is a file and a folder at once"),
        (("b.yaml", "a.yaml"), "not in the order"),
        ((), "holds no files"),
    ],
)
def test_two_paths_never_mean_one_place(paths: tuple[str, ...], reason: str) -> None:
    refused(lambda m: m.update(files=[entry(path) for path in paths]), reason)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", to_base64(b"policy: evil\n")),
        ("sha256", "0" * 64),
        ("size", 3),
        ("size", True),
        ("size", "13"),
        ("sha256", None),
        ("content", "not base64"),
        ("path", 7),
        ("mode", 493),
    ],
)
def test_a_file_says_the_truth_about_itself(field: str, value: object) -> None:
    refused(lambda m: m["files"][0].update({field: value}), "bundle")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("version", 2, "a format that this govgate does not know"),
        ("version", True, "not a whole number"),
        ("bundleVersion", 0, "not a whole number from 1"),
        ("bundleVersion", -7, "not a whole number from 1"),
        ("bundleVersion", 7.5, "not a whole number"),
        ("bundleVersion", "7", "not a whole number"),
        ("name", "../acme", "small letters"),
        ("name", "Acme", "small letters"),
        ("name", "a" * 81, "small letters"),
        ("name", "acme\n", "small letters"),
        ("name", 7, "not a string"),
        ("expires", "2026-11-25", "expires before"),
        ("expires", "20270228", "YYYY-MM-DD"),
        ("expires", "2027-02-30", "YYYY-MM-DD"),
        ("createdOn", None, "not a string"),
        ("files", {}, "not a list"),
        ("files", [7], "not a JSON object"),
        ("comment", "hello", "fields that this version does not know"),
    ],
)
def test_a_field_that_is_not_as_written_is_refused(field: str, value: object, reason: str) -> None:
    refused(lambda m: m.update({field: value}), reason)


@pytest.mark.parametrize("field", ["version", "name", "bundleVersion", "createdOn", "expires"])
def test_a_missing_field_is_refused(field: str) -> None:
    refused(lambda m: m.pop(field), f"the bundle has no {field}")


def test_a_payload_has_one_spelling() -> None:
    with pytest.raises(EvidenceError, match="canonical"):
        parse_bundle(made().encode().replace(b":", b": ", 1))


def test_size_and_number_of_files_are_bounded(key: PrivateKey, trust: Trust) -> None:
    full = made(files=(BundleFile("a.yaml", b"a" * MAX_BYTES),))
    assert open_bundle(sign_bundle(full, [key]), trust, today=TODAY).bundle == full
    with pytest.raises(EvidenceError, match="too large"):
        made(files=(BundleFile("a.yaml", b"a" * MAX_BYTES), BundleFile("b.yaml", b"b")))
    many = [entry(f"{n:04}.yaml") for n in range(MAX_FILES + 1)]
    assert parse_bundle(changed(lambda m: m.update(files=many[:-1])))
    refused(lambda m: m.update(files=many), "more than 1000 files")
    with pytest.raises(EvidenceError, match="too large"):
        made(files=tuple(BundleFile(f"{n:04}.yaml", b"") for n in range(MAX_FILES + 1)))


def test_the_highest_version_is_one_that_every_reader_holds() -> None:
    assert parse_bundle(made(MAX_VERSION).encode()).version == MAX_VERSION
    with pytest.raises(EvidenceError, match="whole number"):
        made(MAX_VERSION + 1)
    assert bundles.MAX_VERSION == 2**53 - 1

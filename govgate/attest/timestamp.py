"""RFC 3161 time stamps over a record's signature: bytes in, a checked time or EvidenceError out.

An authority signs that it saw a digest of the signature at some time, so the signature is at least
that old. The message is the bytes of the signature that the log's entry holds, hashed with SHA-512
by :func:`request` (SHA-256 and SHA-384 are accepted). A stamp is the authority's whole DER answer,
`TimeStampResp` (RFC 3161 section 2.4.2), with its certificates in the order that DER asks for.
Everything is checked offline, as of the stamped time: no list of revoked certificates is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from govgate.attest.authority import Authority, printable
from govgate.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

    from govgate.attest.dsse import Verified
    from govgate.attest.trust import Trust

MAX_RESPONSE = 64 * 1024
MAX_REQUEST = 4 * 1024
MAX_CERTIFICATES = 16
CLOCKS_DIFFER = timedelta(days=1)  # how far a gate's clock may run ahead of the authority's
_SHA2 = frozenset(f"2.16.840.1.101.3.4.2.{n}" for n in (1, 2, 3))  # SHA-256, -384, -512


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time stamp that holds says: when (UTC), and the name of the certificate it is by."""

    time: datetime
    authority: str

    def __str__(self) -> str:
        return f"{self.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} by {self.authority}"


def need_library() -> None:
    """UsageError where the extra is not installed."""
    try:
        import rfc3161_client  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "rfc3161_client":
            raise
        raise UsageError(
            "time stamps need rfc3161-client, which is not installed",
            remedy="install it with: pip install 'govgate[timestamp]'",
        ) from error


def request(signature: bytes) -> tuple[bytes, int]:
    """A new query (DER `TimeStampReq`) about ``signature``, and its nonce.

    SHA-512, a random nonce, and the wish that the answer hold the certificates.
    """
    need_library()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    built = TimestampRequestBuilder(signature, HashAlgorithm.SHA512, True, True).build()
    assert built.nonce is not None  # noqa: S101  (asked for above)
    return built.as_bytes(), built.nonce


def nonce_of(query: bytes) -> int:
    """The nonce of a query that :func:`request` made."""
    need_library()
    from rfc3161_client import _rust  # the package parses queries, but has no public name for it

    if len(query) > MAX_REQUEST:
        raise EvidenceError(f"the query is larger than {MAX_REQUEST} bytes")
    try:
        nonce = _rust.parse_timestamp_request(query).nonce
    except ValueError as error:
        raise EvidenceError("the query is not a time-stamp query in DER") from error
    if nonce is None:
        raise EvidenceError("the query has no nonce, so govgate did not write it")
    return nonce


def check_stamp(
    response: bytes,
    opened: "Verified",
    finished_on: datetime,
    trust: "Trust",
    *,
    nonce: int | None = None,
) -> Stamp:
    """What ``response`` says of the record ``opened``, if a trusted authority's stamp holds.

    The stamped time may be neither more than a day before ``finished_on``, as no signature is older
    than what it signs, nor after the last day of the key that signed: it would leave open whether
    the key still counted then.
    """
    if not trust.authorities:
        raise EvidenceError(
            "the trust file lists no time-stamp authority, so the stamp is by nobody trusted",
            remedy="list one with: govgate key authority CERT.pem",
        )
    stamp = check(response, opened.signature, trust.authorities, nonce=nonce)
    finished = finished_on if finished_on.tzinfo else finished_on.replace(tzinfo=UTC)
    if stamp.time < finished - CLOCKS_DIFFER:
        raise EvidenceError(
            f"the stamp is of {stamp.time:%Y-%m-%d}, before the record was finished"
            f" ({finished:%Y-%m-%d}): one of the two clocks is wrong"
        )
    last = next((key.not_after for key in trust.keys if key.keyid == opened.keyid), None)
    if last is not None and stamp.time.astimezone(UTC).date() > last:
        raise EvidenceError(
            f"the stamp is of {stamp.time:%Y-%m-%d}, after the last day of the key that signed"
            f" ({last}): it does not show that the key still counted"
        )
    return stamp


def check(
    response: bytes,
    message: bytes,
    authorities: Sequence[Authority],
    *,
    nonce: int | None = None,
) -> Stamp:
    """When ``message`` was stamped, if an authority under ``authorities`` granted ``response``.

    1. The answer is DER in its one form, and granted as asked.
    2. It is signed with SHA-2 by the one certificate that it names, for time stamps alone.
    3. The chain to one of ``authorities`` was valid at the stamped time; imprint and ``nonce`` fit.
    """
    need_library()
    from rfc3161_client import VerificationError, VerifierBuilder

    parsed = _parse(response)
    signer = _signer(parsed)
    roots = [authority.certificate for authority in authorities]
    try:
        VerifierBuilder(roots=roots, nonce=nonce).build().verify_message(parsed, message)
        time = parsed.tst_info.gen_time
    except VerificationError as error:
        raise EvidenceError(f"the time stamp does not hold: {_reason(str(error))}") from error
    except ValueError as error:
        raise EvidenceError("the time stamp cannot be read") from error
    return Stamp(time, printable(signer.subject.rfc4514_string()))


def normalised(response: bytes) -> bytes:
    """``response`` with its certificates in DER's order; anything else stays as it is.

    They are a SET OF (X.690 section 11.6), which some authorities write as it comes. No signature
    covers the set, and no byte but their order changes.
    """
    try:
        start, end = _certificates_at(response)
        parts = sorted(response[a:b] for _, a, _, b in _elements(response, start, end))
    except ValueError:
        return response  # not of that shape: whoever parses it says why
    return response[:start] + b"".join(parts) + response[end:]


def _parse(response: bytes) -> "TimeStampResponse":
    from rfc3161_client import PKIStatus, decode_timestamp_response

    if len(response) > MAX_RESPONSE:
        raise EvidenceError(f"the time stamp is larger than {MAX_RESPONSE} bytes")
    try:
        parsed = decode_timestamp_response(response)
        status, words = parsed.status, parsed.status_string
        exact = parsed.as_bytes() == response
    except ValueError as error:
        raise EvidenceError("the time stamp is not an RFC 3161 answer in DER") from error
    if status != PKIStatus.GRANTED:
        names = {member.value: member.name.lower().replace("_", " ") for member in PKIStatus}
        said = f" ({printable('; '.join(words))})" if words else ""
        raise EvidenceError(
            f"the authority did not grant the stamp as asked: {names.get(status, status)}{said}"
        )
    if not exact:
        raise EvidenceError("the time stamp is not in its one DER form")
    return parsed


def _signer(parsed: "TimeStampResponse") -> "Certificate":
    """The one certificate in the answer that its one signer names, with the right purpose.

    A second certificate of the same issuer and number could be checked in place of the one that
    signed.
    """
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound, load_der_x509_certificate
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        signed = parsed.signed_data
        digests = {oid.dotted_string for oid in signed.digest_algorithms}
        certificates = [load_der_x509_certificate(der) for der in signed.certificates]
        infos = list(signed.signer_infos)
        signers = [(info.issuer, info.serial_number) for info in infos]
        named = [c for c in certificates if (c.issuer, c.serial_number) in signers]
        usages = [c.extensions.get_extension_for_class(ExtendedKeyUsage) for c in named]
    except ExtensionNotFound as error:
        raise EvidenceError("the signer's certificate is not for time stamps") from error
    except Exception as error:  # a certificate that is none fails in many ways
        raise EvidenceError("the time stamp cannot be read") from error
    # RFC 5652 sections 5.1 and 5.3; no signature covers the versions.
    if signed.version != 3 or {info.version for info in infos} != {1}:
        raise EvidenceError("the time stamp is of an unknown version")
    if len(certificates) > MAX_CERTIFICATES:
        raise EvidenceError(f"the time stamp holds more than {MAX_CERTIFICATES} certificates")
    if len(signers) != 1 or len(named) != 1:
        raise EvidenceError("the time stamp does not hold exactly one signer's certificate")
    if not digests or not digests <= _SHA2:
        raise EvidenceError("the time stamp is signed over another digest than SHA-2")
    if list(usages[0].value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not usages[0].critical:
        raise EvidenceError("the signer's certificate is not for time stamps alone")
    return named[0]


# What the library says, and what it means here.
_REASONS = (
    ("Nonce mismatch", "it answers another query (the nonce differs)"),
    ("Mismatch between messages", "it stamps something else than this signature"),
    ("Unsupported hash algorithm", "it stamps another digest than SHA-256, SHA-384 or SHA-512"),
    ("certificate has expired", "its certificates were not valid at the stamped time"),
    ("certificate is not yet valid", "its certificates were not valid at the stamped time"),
    ("issuer certificate", "it is by no authority that the trust file lists"),
    ("self-signed certificate", "it is by no authority that the trust file lists"),
    ("self signed certificate", "it is by no authority that the trust file lists"),
)


def _reason(said: str) -> str:
    return next((words for part, words in _REASONS if part in said), "its signature is not good")


def _certificates_at(response: bytes) -> tuple[int, int]:
    """Where the elements of `SignedData.certificates` (RFC 5652 section 5.1) stand."""
    place = _inside(response, (0, len(response)), 0, 0x30)  # TimeStampResp
    place = _inside(response, place, 1, 0x30)  # timeStampToken: ContentInfo
    place = _inside(response, place, 1, 0xA0)  # content
    place = _inside(response, place, 0, 0x30)  # SignedData
    return _inside(response, place, 3, 0xA0)  # version, digestAlgorithms, encapContentInfo, this


def _inside(data: bytes, place: tuple[int, int], index: int, tag: int) -> tuple[int, int]:
    elements = list(_elements(data, *place))
    if len(elements) <= index or elements[index][0] != tag:
        raise ValueError("another element")
    return elements[index][2:]


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Tag, start, start of the content and end of each DER element between the two places."""
    while start < end:
        if end - start < 2:
            raise ValueError("cut off")
        tag, size, content = data[start], data[start + 1], start + 2
        if size >= 0x80:
            count = size & 0x7F
            if not 1 <= count <= 3:
                raise ValueError("no definite length of this size")
            size = int.from_bytes(data[content : content + count], "big")
            content += count
        if content + size > end:
            raise ValueError("cut off")
        yield tag, start, content, content + size
        start = content + size

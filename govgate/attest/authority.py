"""Certificates of time-stamp authorities, as the trust file lists them: one PEM block each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from govgate.errors import EvidenceError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MAX_CERTIFICATE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that the chain of a time stamp may end in or pass through, in DER."""

    der: bytes

    @property
    def certificate(self) -> "Certificate":
        """The certificate, parsed."""
        from cryptography.x509 import load_der_x509_certificate

        return load_der_x509_certificate(self.der)

    @property
    def title(self) -> str:
        """How messages call it: its subject's name (RFC 4514)."""
        return printable(self.certificate.subject.rfc4514_string())

    def pem(self) -> str:
        """The certificate as openssl writes it."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")


def parse_authority(text: str) -> Authority:
    """The one certificate in ``text``, in PEM: of a certification authority, or self-issued.

    A signer's own certificate under another issuer is refused: no chain could end in it.
    """
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificates

    if len(text) > MAX_CERTIFICATE:
        raise EvidenceError(f"the certificate is larger than {MAX_CERTIFICATE} bytes")
    try:
        found = load_pem_x509_certificates(text.encode("ascii"))
    except Exception as error:  # a certificate that is none fails in many ways
        raise EvidenceError("it is not a certificate in PEM form") from error
    if len(found) != 1:
        raise EvidenceError(f"it holds {len(found)} certificates, not one")
    der = found[0].public_bytes(Encoding.DER)
    authority = Authority(der)
    if authority.pem().split() != text.split():
        raise EvidenceError("it holds something beside the certificate, or is not in standard form")
    if not _may_end_a_chain(found[0]):
        raise EvidenceError(
            "it is a signer's own certificate, in which no chain ends",
            remedy="name the certificate of the authority that issued it",
        )
    return authority


def printable(text: str) -> str:
    """``text`` of others for a message: at most 200 characters that move no cursor."""
    return "".join(c if c.isprintable() else "?" for c in text[:200])


def _may_end_a_chain(certificate: "Certificate") -> bool:
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        if certificate.issuer == certificate.subject:
            return True
        extension = certificate.extensions.get_extension_for_class(BasicConstraints)
    except ExtensionNotFound:
        return False
    except Exception as error:  # names and extensions are parsed only when they are asked for
        raise EvidenceError("the certificate cannot be read") from error
    return extension.value.ca

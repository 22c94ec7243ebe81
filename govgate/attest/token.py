"""Ed25519 keys that never leave a token (a smart card, an HSM), through its PKCS#11 module.

Each signature has a session of its own: a second login while one is open is refused. What a token
says is not believed: a signature counts once the public key verified it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from threading import Lock
from typing import TYPE_CHECKING

from govgate.attest.keys import PrivateKey, PublicKey
from govgate.attest.tokenuri import TokenUri
from govgate.errors import EvidenceError, GovgateError, IncompleteError, UsageError
from govgate.spelling import one_line

if TYPE_CHECKING:
    import pkcs11
    from pkcs11 import _pkcs11

_ALONE = Lock()
_POINT = bytes.fromhex("0420")  # the DER OCTET STRING around the 32 bytes of an EC_POINT
_CURVES = (
    bytes.fromhex("06032b6570"),  # id-Ed25519, RFC 8410
    bytes.fromhex("130c656477617264733235353139"),  # "edwards25519", PKCS #11 3.0 section 2.3.5
)
_TRIAL = b"govgate asks whether this token signs; this is no statement"


def need_library() -> None:
    """UsageError that names the extra where python-pkcs11 is not installed."""
    try:
        import pkcs11  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "pkcs11":
            raise
        raise UsageError(
            "a key in a token needs python-pkcs11, which is not installed",
            remedy="install it with: pip install 'govgate[pkcs11]'",
        ) from error


def open_key(uri: TokenUri, pin: str | None) -> PrivateKey:
    """The key that ``uri`` names, tried once.

    UsageError: no such module, token or key, or several; a PIN that does not open the token; a key
    of another kind; two halves that do not belong together. Once it is open, signing raises
    IncompleteError where the token fails, EvidenceError where the signature does not hold.
    """
    with _session(uri, pin) as session:
        raw = _public(uri, session, _private(uri, session))
    try:
        public = PublicKey(raw)
    except EvidenceError as error:
        raise UsageError(f"{_title(uri)}: {error.what}") from error

    def sign(message: bytes, failure: type[GovgateError] = IncompleteError) -> bytes:
        from pkcs11 import Mechanism

        with _session(uri, pin, failure) as session:
            key = _private(uri, session)
            signature = bytes(key.sign(message, mechanism=Mechanism.EDDSA))
        if not public.verify(signature, message):
            raise EvidenceError(
                f"{_title(uri)}: what it signs does not hold under its public key",
                remedy="see that both halves of one key have that name or id, and no other key",
            )
        return signature

    try:
        sign(_TRIAL, UsageError)
    except EvidenceError as error:
        raise UsageError(error.what, remedy=error.remedy) from error
    return PrivateKey(public, sign)


def generate(uri: TokenUri, label: str, pin: str | None) -> TokenUri:
    """Make a key called ``label`` in the token of ``uri``, and name it by its new random id."""
    made = TokenUri(uri.module, uri.token, uri.serial, label, token_bytes(16))
    with _session(uri, pin, writing=True) as session:
        from pkcs11 import Attribute, KeyType, Mechanism

        curve = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _CURVES[0]}, local=True
        )
        curve.generate_keypair(
            id=made.id,
            label=label,
            store=True,
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
    return made


@contextmanager
def _session(
    uri: TokenUri,
    pin: str | None,
    failure: type[GovgateError] = UsageError,
    *,
    writing: bool = False,
) -> "Iterator[pkcs11.Session]":
    """A session with the one token that ``uri`` means; what fails in it is a ``failure``."""
    need_library()
    import pkcs11

    if not pin:
        raise UsageError(
            f"{uri.token_title} needs its PIN", remedy="give the PIN in GOVGATE_PASSPHRASE"
        )
    with _ALONE:
        try:
            module = _module(uri, failure)
            serial = uri.serial.encode() if uri.serial is not None else None
            found = list(module.get_tokens(token_label=uri.token, token_serial=serial))
            if len(found) != 1:
                title = uri.token_title.replace("token", "tokens", len(found) > 1)
                raise failure(
                    f"the module {one_line(uri.module)} shows {len(found) or 'no'} {title}",
                    remedy="see what is there with: pkcs11-tool --list-slots; serial= tells two "
                    "tokens of one label apart",
                )
            with found[0].open(rw=writing, user_pin=pin) as session:
                yield session
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
            raise failure(
                f"the PIN does not open {uri.token_title}",
                remedy="mind that most tokens lock themselves after a few wrong ones",
            ) from error
        except pkcs11.PinLocked as error:
            raise failure(f"the PIN of {uri.token_title} is locked") from error
        except pkcs11.PKCS11Error as error:
            said = type(error).__name__
            raise failure(f"{uri.token_title} did not do what was asked ({said})") from error


def _module(uri: TokenUri, failure: type[GovgateError]) -> "_pkcs11.lib":
    import pkcs11

    if not Path(uri.module).is_file():
        raise failure(
            f"there is no PKCS#11 module {one_line(uri.module)}",
            remedy="name the library of your token",
        )
    try:
        return pkcs11.lib(uri.module)
    except pkcs11.PKCS11Error as error:
        raise failure(f"{one_line(uri.module)} does not work as a PKCS#11 module") from error


def _private(uri: TokenUri, session: "pkcs11.Session") -> "pkcs11.SignMixin":
    from pkcs11 import Attribute, KeyType, ObjectClass, SignMixin

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, **_named(uri)}
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise UsageError(
            f"{uri.token_title} holds {len(found) or 'no'} private key{'s' * (len(found) > 1)} "
            f"{uri.key_title}",
            remedy="see what is there with: pkcs11-tool --login --list-objects; id= tells two keys "
            "of one label apart",
        )
    if found[0][Attribute.KEY_TYPE] != KeyType.EC_EDWARDS:
        raise _another_kind(uri)
    if not isinstance(found[0], SignMixin):
        raise UsageError(f"{_title(uri)} may not sign", remedy="name a key with that right")
    return found[0]


def _public(uri: TokenUri, session: "pkcs11.Session", private: "pkcs11.SignMixin") -> bytes:
    """The 32 bytes of the public half, which is found by the private one's id, or else label."""
    from pkcs11 import Attribute, ObjectClass

    same = Attribute.ID if private[Attribute.ID] else Attribute.LABEL
    wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, same: private[same]}
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise UsageError(
            f"{uri.token_title} holds {len(found) or 'no'} public key{'s' * (len(found) > 1)} that "
            f"would belong to {uri.key_title}"
        )
    if found[0][Attribute.EC_PARAMS] not in _CURVES:
        raise _another_kind(uri)
    point = bytes(found[0][Attribute.EC_POINT])
    return point.removeprefix(_POINT) if len(point) > 32 else point


def _named(uri: TokenUri) -> "dict[pkcs11.Attribute, object]":
    from pkcs11 import Attribute

    named = {Attribute.LABEL: uri.object, Attribute.ID: uri.id}
    return {attribute: value for attribute, value in named.items() if value is not None}


def _another_kind(uri: TokenUri) -> UsageError:
    return UsageError(
        f"{_title(uri)} is of another kind than Ed25519",
        remedy="make one in the token, or name one",
    )


def _title(uri: TokenUri) -> str:
    return f"the key {uri.key_title} in {uri.token_title}"

"""Which key in which token: a URI of RFC 7512, as a key file holds it.

::

    pkcs11:token=acme;object=gate;id=%1F%A0?module-path=/usr/lib/softhsm/libsofthsm2.so

``token`` or ``serial`` (both, if a label is not enough) names the token, ``object`` or ``id`` the
key in it, ``module-path`` the library through which the token is reached. ``type=private`` may be
there. A PIN may not: whoever reads the file would have the key.
"""

import os
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from govgate.errors import UsageError

SCHEME = "pkcs11:"
_IN_PATH = ("token", "serial", "object", "id", "type")
_IN_QUERY = ("module-path",)
_SECRET = ("pin-value", "pin-source")
_VALUE = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})+")
_HINT = "write it like pkcs11:token=NAME;object=KEY?module-path=/path/of/the/library.so"


@dataclass(frozen=True, slots=True)
class TokenUri:
    """A token behind a module, and a key in it where ``object`` or ``id`` is given."""

    module: str
    token: str | None = None
    serial: str | None = None
    object: str | None = None
    id: bytes | None = None

    @property
    def names_key(self) -> bool:
        """Whether it means a key, not the token alone."""
        return self.object is not None or self.id is not None

    @property
    def token_title(self) -> str:
        """How messages call the token."""
        return f"token {self.token!a}" if self.token is not None else f"token {self.serial}"

    @property
    def key_title(self) -> str:
        """How messages call the key."""
        named = f"{self.object!a}" if self.object is not None else ""
        by_id = f"id {self.id.hex()}" if self.id is not None else ""
        return " with ".join(filter(None, (named, by_id)))

    def __str__(self) -> str:
        parts = [
            f"{name}={quote(value, safe='')}"
            for name in ("token", "serial", "object")
            if (value := getattr(self, name)) is not None
        ]
        if self.id is not None:
            parts.append("id=" + "".join(f"%{byte:02X}" for byte in self.id))
        return f"{SCHEME}{';'.join(parts)}?module-path={quote(self.module, safe='/')}"


def parse_token_uri(text: str, where: str) -> TokenUri:
    """The URI in ``text``; UsageError, which begins with ``where`` and quotes no value."""
    try:
        path, _, query = text.removeprefix(SCHEME).partition("?")
        if not text.startswith(SCHEME):
            raise UsageError("it does not begin with pkcs11:", remedy=_HINT)
        found = _attributes(path, ";", _IN_PATH) | _attributes(query, "&", _IN_QUERY)
        if found.pop("type", b"private") != b"private":
            raise UsageError("it names another type of object than private", remedy=_HINT)
        by_id = found.pop("id", None)
        words = {name: value.decode() for name, value in found.items()}
    except UnicodeDecodeError as error:
        raise UsageError(f"{where}: a value in it is not UTF-8", remedy=_HINT) from error
    except UsageError as error:
        raise UsageError(f"{where}: {error.what}", remedy=error.remedy) from error
    module = words.pop("module-path", "")
    if not os.path.isabs(module):  # any other would be searched for, and might be another's
        raise UsageError(f"{where}: it has no module-path from the root on", remedy=_HINT)
    if not {"token", "serial"} & set(words):
        raise UsageError(f"{where}: it names no token", remedy=_HINT)
    return TokenUri(module, id=by_id, **words)


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, _, value = part.partition("=")
        if name in _SECRET:
            raise UsageError(
                "it holds a PIN, or says where one is",
                remedy="take it out, and give the PIN in GOVGATE_PASSPHRASE",
            )
        if name not in known:
            raise UsageError(f"it has an attribute besides {', '.join(known)}", remedy=_HINT)
        if name in found:
            raise UsageError(f"it has {name} twice", remedy=_HINT)
        if not _VALUE.fullmatch(value):
            raise UsageError(f"its {name} is empty or not written as in a URI", remedy=_HINT)
        found[name] = unquote_to_bytes(value)
    return found

"""One entry of the content cache: a question's name, and its answer in few bytes under a seal.

```
name   BLAKE2b-256 of the framed question, keyed                                      32 bytes
value  seal      BLAKE2b-128 of name and the rest of the value, keyed                 16 bytes
       names     bytes of them all: u32; each: length u16, UTF-8 (entities, recognizers, views,
                 ids of rules)
       findings  start u32, end u32, score f64, entity u16, recognizer u16, view u16,
                 fingerprint 32 bytes, excluded u16            (the u16s count into the names)
```
Numbers are little-endian. An answer without findings is its seal alone. Both keys are derived from
the fingerprint key and the scanner's digest: without the key nobody can tell which string a name
stands for, nor make a seal that holds, and an answer moved under another name is found out.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from govgate.scan.fingerprint import check_key
from govgate.scan.question import Question, Sighting

FORMAT: Final = 2
SEAL: Final = 16

_LENGTH: Final = struct.Struct("<H")
_FINDING: Final = struct.Struct("<IIdHHH32sH")
_FRAME: Final = struct.Struct("<I")
_PLAIN: Final = {opens: struct.pack("<?I", opens, 0) for opens in (False, True)}


def framed(question: Question) -> bytes:
    """``question`` as bytes; two questions have the same bytes only if they are equal.

    ```
    opens u8, number of context words u32, each: length u32, UTF-8; then the text in UTF-8
    ```
    Half a surrogate pair is kept as UTF-8 would spell it.
    """
    text = question.text.encode("utf-8", "surrogatepass")
    if not question.context:
        return _PLAIN[question.opens] + text
    words = [word.encode("utf-8", "surrogatepass") for word in question.context]
    head = struct.pack("<?I", question.opens, len(words))
    return b"".join((head, *(_FRAME.pack(len(word)) + word for word in words), text))


class Entries:
    """Makes and opens the entries of one fingerprint key and one scanner configuration.

    ``scanner``: digest of everything that decides what is found. ``label``: 32 hex digits that
    stand for the two, and tell neither. Raises UsageError when the key is too short.
    """

    def __init__(self, key: bytes, scanner: str) -> None:
        check_key(key)
        root = hashlib.blake2b(key, digest_size=32, person=b"govgate.cache").digest()
        both = hashlib.blake2b(b"%d:%s" % (FORMAT, scanner.encode()), key=root).digest()
        self._naming = hashlib.blake2b(key=both[:32], digest_size=32, person=b"govgate.name")
        self._sealing = hashlib.blake2b(key=both[32:], digest_size=SEAL, person=b"govgate.seal")
        self.label = hashlib.blake2b(
            key=both[:32], digest_size=16, person=b"govgate.label"
        ).hexdigest()

    def name(self, question: Question) -> bytes:
        """Under which ``question`` is kept."""
        digest = self._naming.copy()
        digest.update(framed(question))
        return digest.digest()

    def seal(self, name: bytes, answer: Sequence[Sighting]) -> bytes:
        """The value that keeps ``answer`` under ``name``. Fingerprints are 64 hex digits."""
        body = _packed(answer) if answer else b""
        return self._seal(name, body) + body

    def open(self, name: bytes, value: bytes) -> tuple[Sighting, ...] | None:
        """The answer that was sealed under ``name``; None if ``value`` is anything else."""
        body = value[SEAL:]
        if not hmac.compare_digest(self._seal(name, body), value[:SEAL]):
            return None
        return tuple(_unpacked(body)) if body else ()

    def _seal(self, name: bytes, body: bytes) -> bytes:
        digest = self._sealing.copy()
        digest.update(name + body)
        return digest.digest()


def _packed(answer: Sequence[Sighting]) -> bytes:
    places: dict[str, int] = {}
    findings = [
        _FINDING.pack(
            one.start,
            one.end,
            one.score,
            places.setdefault(one.entity, len(places)),
            places.setdefault(one.recognizer, len(places)),
            places.setdefault(one.view, len(places)),
            bytes.fromhex(one.fingerprint),
            places.setdefault(one.excluded, len(places)),
        )
        for one in answer
    ]
    spelt = [name.encode("utf-8", "surrogatepass") for name in places]
    names = b"".join(_LENGTH.pack(len(name)) + name for name in spelt)
    return b"".join((_FRAME.pack(len(names)), names, *findings))


def _unpacked(body: bytes) -> Iterator[Sighting]:
    end_of_names = _FRAME.size + _FRAME.unpack_from(body)[0]
    names = _names(body[_FRAME.size : end_of_names])
    for finding in _FINDING.iter_unpack(body[end_of_names:]):
        start, end, score, entity, recognizer, view, fingerprint, excluded = finding
        yield Sighting(
            start,
            end,
            names[entity],
            score,
            names[recognizer],
            names[view],
            fingerprint.hex(),
            names[excluded],
        )


@lru_cache(1024)
def _names(spelt: bytes) -> tuple[str, ...]:
    """The names of an answer; few sets of them occur, and they occur all the time."""
    names, place = [], 0
    while place < len(spelt):
        start = place + _LENGTH.size
        place = start + _LENGTH.unpack_from(spelt, place)[0]
        names.append(spelt[start:place].decode("utf-8", "surrogatepass"))
    return tuple(names)

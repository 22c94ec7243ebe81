"""Every parser of evidence, in one table, with honest inputs to begin from and the law they keep.

The law: whatever the bytes, a parser gives a value or one of our own errors. Where a format has one
spelling, a value that was given prints back to the very bytes that were read; where it has several,
what prints is read as the same value again.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from govgate import prove
from govgate.attest import (
    authority,
    bundle,
    dsse,
    encoding,
    jcs,
    keys,
    lastseen,
    leaf,
    membership,
    note,
    proof,
    quorum,
    rotation,
    statement,
    tiles,
    timestamp,
    trustfile,
    waiver,
    witnessing,
)
from govgate.attest.bundlefiles import BundleFile
from govgate.attest.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from govgate.attest.cosignature import Cosigner, cosign, find_cosignatures
from govgate.attest.trust import Role, Trust, TrustedKey
from govgate.errors import EvidenceError, GovgateError
from govgate.model import Outcome, Use
from govgate.record import parse_decision
from tests.tsa import Tsa

KEY = keys.PrivateKey.from_seed(b"\x07" * 32)
OTHER = keys.PrivateKey.from_seed(b"\x08" * 32)
SIGNER = note.Signer("example.com/log", KEY)
WITNESS = Cosigner("example.com/witness", OTHER.public)
DAY, MOMENT = date(2026, 11, 29), datetime(2026, 11, 29, 12, tzinfo=UTC)
HASH = "0123456789abcdef" * 4
SUBJECTS = (statement.Subject("train", HASH), statement.Subject("train/a.jsonl", "f" * 64))
POLICY = statement.Subject("acme@3", HASH)

Parse = Callable[[bytes], object]


@dataclass(frozen=True)
class Parser:
    """One parser: ``parse`` raises GovgateError, or AssertionError where it breaks the law."""

    name: str
    parse: Parse
    seeds: tuple[bytes, ...]


def same(read: Callable[[bytes], Any], write: Callable[[Any], bytes]) -> Parse:
    """One spelling: what was read prints back as it was."""

    def parse(data: bytes) -> None:
        assert write(read(data)) == data, "read what it would not write"

    return parse


def again(read: Callable[[bytes], Any], write: Callable[[Any], bytes]) -> Parse:
    """Several spellings: what is printed is read as the same value."""

    def parse(data: bytes) -> None:
        value = read(data)
        assert read(write(value)) == value, "does not read what it writes"

    return parse


def text(data: bytes) -> str:
    """The text in ``data``, for parsers of text."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise EvidenceError("not text") from error


def holds(parser: Parser, data: bytes) -> bool:
    """Whether ``data`` was accepted. Any error but our own comes through."""
    try:
        parser.parse(data)
    except GovgateError:
        return False
    return True


def decision(payload: bytes) -> bytes:
    """The statement of a decision, read as verification reads it and printed again."""
    said = statement.parse_statement(payload, statement.DECISION_TYPE)
    printed = parse_decision(said).as_predicate()
    return statement.Statement(said.subjects, said.predicate_type, printed).encode()


def opened(data: bytes) -> None:
    """A signed envelope: what is accepted was signed by the key, over these bytes."""
    public = {KEY.keyid: KEY.public}
    verified = dsse.open_envelope(data, public)
    assert KEY.public.verify(verified.signature, verified.signed)


def noted(data: bytes) -> bytes:
    """A note, from what was read of it."""
    body, lines = note.parse_note(data)
    return body + b"\n" + "".join(line.line() for line in lines).encode()


def cosigned(data: bytes) -> None:
    """A note's cosignatures by a known witness."""
    body, lines = note.parse_note(data)
    for found in find_cosignatures(body, lines, [WITNESS]):
        assert found.cosigner == WITNESS


def entries(data: bytes) -> bytes:
    """A bundle of entries behind one byte that says how many there should be."""
    read = tiles.decode_bundle(data[1:], data[0] if data else 0, "the bundle")
    return data[:1] + b"".join(map(tiles.encode_entry, read))


def places(data: bytes) -> bytes:
    """The places of a row proof, as they stand in an answer."""
    read = membership.parse_places(jcs.parse_canonical(data, "the places"))
    return jcs.canonical([place.as_dict() for place in read])


def stamped(data: bytes) -> None:
    """A time stamp under a trusted root: what is accepted says what the authority said. And the
    putting in order that comes before."""
    ordered = timestamp.normalised(data)
    assert len(ordered) == len(data)
    assert timestamp.normalised(ordered) == ordered
    root, stamp = time_authority()
    roots = [authority.parse_authority(root)]
    said = timestamp.check(data, b"signature", roots)
    assert said == timestamp.check(stamp, b"signature", roots), "a stamp that nobody gave"


def tile_path(data: bytes) -> bytes:
    """The path of a tile."""
    return tiles.tile_path(*tiles.parse_tile_path(text(data))).encode()


def summary(data: bytes) -> None:
    """A summary: what it says, said again, is the same statement."""
    read = statement.parse_statement(data)
    said = statement.parse_summary(read)
    if read.predicate_type == statement.SVR_TYPE and said.uses:
        again = statement.svr(
            read.subjects,
            said.uses,
            policies=said.policies,
            created=said.created,
            verifier=said.verifier,
        )
        assert again.encode() == data, "read what it would not write"


def answer(data: bytes) -> bytes:
    """The statement of an answer by `govgate prove`."""
    said = statement.parse_statement(data, prove.ANSWER_TYPE)
    prove._Said.of(said)
    return said.encode()


@cache
def time_authority() -> tuple[str, bytes]:
    """A root certificate in PEM, and a time stamp of b"signature" under it, by openssl."""
    with TemporaryDirectory() as folder:
        made = Tsa(Path(folder, "tsa"))
        answer = made.answer(timestamp.request(b"signature")[0])
        return made.root, timestamp.normalised(answer)


def _decision() -> bytes:
    named = {"name": "train/a.jsonl", "sha256": "f" * 64, "size": 12, "rows": 3}
    four = {"read": 3, "scanned": 3, "skipped": 0, "failed": 0}
    predicate = {
        "outcome": "train",
        "purpose": "fine-tuning",
        "asOf": "2026-11-29",
        "finishedOn": "2026-11-29T12:00:00Z",
        "policy": {"name": "acme", "version": 3, "expires": "2027-06-30", "sha256": HASH},
        "unmet": [],
        "counts": {
            "rows": 3,
            "train": 3,
            "retrieve": 0,
            "withheld": 0,
            "redacted": 0,
            "rules": {"default": {"train": {"allow": 3}}},
        },
        "coverage": {"complete": True, "rows": four, "strings": four, "characters": four},
        "inputs": [named],
        "train": [named],
        "byproducts": [{k: named[k] for k in ("name", "sha256", "size")}],
        "detector": {"presidio": "2.2.366", "models": []},
        "registries": {"licenses": HASH},
        "versions": {"govgate": "0.1.0"},
        "members": {
            "key": HASH,
            "rows": {"size": 3, "root": HASH},
            "subjects": None,
            "namelessRows": None,
        },
    }
    return statement.Statement(SUBJECTS, statement.DECISION_TYPE, predicate).encode()


def _answer() -> bytes:
    predicate = {
        "decision": HASH,
        "finishedOn": "2026-11-29T12:00:00Z",
        "log": PROOF.decode(),
        "member": HASH,
        "opening": HASH,
        "places": [PLACE.as_dict()],
        "present": True,
        "tree": "rows",
    }
    return statement.Statement(SUBJECTS, prove.ANSWER_TYPE, predicate).encode()


CHECKPOINT = sign_checkpoint(Checkpoint(SIGNER.name, 3, b"\x01" * 32), SIGNER)
COSIGNED = (
    CHECKPOINT + cosign(note.parse_note(CHECKPOINT)[0], WITNESS.name, OTHER, 9).line().encode()
)
PROOF = proof.Proof(1, (b"\x02" * 32, b"\x03" * 32), CHECKPOINT).encode()
REQUEST = witnessing.Request(2, (b"\x02" * 32,), CHECKPOINT).encode()
PLACE = membership.Place(1, b"\x04" * 32, (b"\x05" * 32,))
DECISION = statement.Statement(SUBJECTS, statement.DECISION_TYPE, {"a": [1, 0.5, "é", None, True]})
SVR = statement.svr(SUBJECTS, set(Use), policies=[POLICY], created=MOMENT)
VSA = statement.vsa(DECISION, set(Use), policy=POLICY, created=MOMENT)
ENVELOPE = dsse.sign(DECISION.encode(), statement.PAYLOAD_TYPE, [KEY, OTHER])
GRANT = waiver.Grant(
    "acme",
    "no-mail",
    HASH,
    (Use.TRAIN,),
    ("file:a.jsonl", "row:7"),
    "because",
    "T-1",
    DAY,
    date(2027, 1, 1),
    10,
)
REVOKED = waiver.Revocation("w-0123456789ab", DAY, "an error")
TRUSTED = TrustedKey(KEY.public, frozenset({Role.GATE, Role.LOG}), SIGNER.name, DAY, DAY)
TRUST = Trust((TRUSTED,), {Role.GATE: 1}, {Role.GATE: frozenset({keys.Algorithm.ED25519})})
BUNDLE = bundle.Bundle("acme", 2, DAY, date(2027, 1, 1), (BundleFile("p.yaml", b"policy: x\n"),))
ROTATION = rotation.Rotation(KEY.keyid, OTHER.public, TRUSTED.roles, TRUSTED.name, DAY)
LEAF = leaf.Leaf(HASH, b"\x06" * 64, KEY.keyid, HASH, Outcome.TRAIN)
SEEN = lastseen.Seen(2, HASH, DAY, 1, (KEY.keyid,))
QUORUM = (
    f"# who must have seen it\nlog {SIGNER.verifier.vkey}\nwitness w {WITNESS.vkey}\n"
    "group g any w\nquorum g\n"
).encode()

SECRET = b"PRIVATE+KEY+a+%b+%b" % (
    note.Signer("a", KEY).verifier.key_hash.hex().encode(),
    encoding.to_base64(b"\x01" + b"\x07" * 32).encode(),
)


def parsers() -> tuple[Parser, ...]:
    """All of them; those of time stamps if openssl is there to make one."""
    return (*PARSERS, *_of_time_stamps()) if shutil.which("openssl") else PARSERS


def _of_time_stamps() -> tuple[Parser, ...]:
    root, stamp = time_authority()
    listed = Trust((TRUSTED,), authorities=(authority.parse_authority(root),))
    return (
        Parser("time stamp", stamped, (stamp,)),
        Parser(
            "authority",
            again(lambda d: authority.parse_authority(text(d)), lambda a: a.pem().encode()),
            (root.encode(),),
        ),
        Parser("trust with authorities", TRUST_FILE, (trustfile.encode_trust(listed),)),
    )


TRUST_FILE = again(lambda d: trustfile.parse_trust(d, "it"), trustfile.encode_trust)
PARSERS = (
    Parser(
        "canonical json",
        same(lambda d: jcs.parse_canonical(d, "it"), jcs.canonical),
        (DECISION.encode(), b"[1e-7,-0.5,1e+21,null]"),
    ),
    Parser(
        "json", again(lambda d: jcs.parse(d, "it"), jcs.canonical), (b'{"b":1.0,"a":[ ]}', ENVELOPE)
    ),
    Parser("envelope", again(dsse.parse_envelope, dsse.Envelope.encode), (ENVELOPE,)),
    Parser("envelopes", same(dsse.split_envelopes, b"".join), (ENVELOPE * 2,)),
    Parser("opened envelope", opened, (ENVELOPE,)),
    Parser(
        "statement",
        same(statement.parse_statement, statement.Statement.encode),
        (DECISION.encode(), SVR.encode()),
    ),
    Parser("summary", summary, (SVR.encode(), VSA.encode())),
    Parser("decision", same(decision, bytes), (_decision(),)),
    Parser("answer", same(answer, bytes), (_answer(),)),
    Parser("note", same(noted, bytes), (CHECKPOINT, COSIGNED)),
    Parser("cosignature", cosigned, (COSIGNED,)),
    Parser(
        "checkpoint",
        same(parse_checkpoint, Checkpoint.text),
        (CHECKPOINT.partition(b"\n\n")[0] + b"\n",),
    ),
    Parser("proof", same(proof.parse_proof, proof.Proof.encode), (PROOF,)),
    Parser("request", same(witnessing.parse_request, witnessing.Request.encode), (REQUEST,)),
    Parser("size", same(witnessing.parse_size, lambda n: b"%d\n" % n), (b"1207\n",)),
    Parser("leaf", same(leaf.parse_leaf, leaf.Leaf.encode), (LEAF.encode(),)),
    Parser(
        "entries",
        same(entries, bytes),
        (b"\x02" + tiles.encode_entry(b"one") + tiles.encode_entry(b""),),
    ),
    Parser("tile path", same(tile_path, bytes), (b"tile/0/x001/067.p/8", b"tile/entries/000")),
    Parser("places", same(places, bytes), (jcs.canonical([PLACE.as_dict()] * 2),)),
    Parser(
        "log key",
        same(lambda d: note.Verifier.parse(text(d)), lambda k: k.vkey.encode()),
        (SIGNER.verifier.vkey.encode(),),
    ),
    Parser(
        "witness key",
        same(lambda d: Cosigner.parse(text(d)), lambda k: k.vkey.encode()),
        (WITNESS.vkey.encode(),),
    ),
    Parser("signer key", lambda d: note.parse_skey(text(d)), (SECRET,)),
    Parser(
        "public key",
        again(lambda d: keys.parse_public(text(d)), lambda k: k.pem().encode()),
        (KEY.public.pem().encode(), encoding.to_base64(KEY.public.raw).encode()),
    ),
    Parser("trust", TRUST_FILE, (trustfile.encode_trust(TRUST),)),
    Parser("quorum", quorum.parse_quorum, (QUORUM,)),
    Parser(
        "rotation", same(rotation.parse_rotation, rotation.Rotation.encode), (ROTATION.encode(),)
    ),
    Parser(
        "waiver",
        again(waiver.parse, lambda signed: signed.line),
        (waiver.sign(GRANT, [KEY]), waiver.sign(REVOKED, [KEY])),
    ),
    Parser("bundle", same(bundle.parse_bundle, bundle.Bundle.encode), (BUNDLE.encode(),)),
    Parser(
        "seen",
        again(lambda d: lastseen.parse_seen(d, "it"), lastseen.Seen.encode),
        (SEEN.encode(),),
    ),
    Parser(
        "base64",
        same(
            lambda d: encoding.from_base64(text(d), "it"), lambda b: encoding.to_base64(b).encode()
        ),
        (b"AQID", b"/+8="),
    ),
    Parser(
        "number",
        same(lambda d: encoding.from_decimal(text(d), "it"), lambda n: str(n).encode()),
        (b"0", b"9223372036854775807"),
    ),
)

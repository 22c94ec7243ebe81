"""Which cosignatures a checkpoint needs (C2SP tlog-policy): the quorum file.

```
# a comment
log VKEY [URL]
witness NAME VKEY [URL]
group NAME all|any|NUMBER MEMBER...
quorum NAME|none
```
Lines end in a newline; words are set apart by spaces and tabs. A name is defined on a line before
it is used. URL is where the witness answers (the submission prefix of tlog-witness). NAME has no
meaning outside of the file: what counts are the keys.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from govgate.attest.checkpoint import Checkpoint, open_checkpoint
from govgate.attest.cosignature import Cosignature, Cosigner, find_cosignatures, is_early
from govgate.attest.files import read_bounded
from govgate.attest.note import Verifier, parse_note
from govgate.attest.trust import Role, Trust
from govgate.errors import EvidenceError, NotYetError, UsageError
from govgate.spelling import did_you_mean

MAX_FILE = 2**20
MAX_OF_A_KIND = 64  # logs, witnesses and groups, each; the specification asks for 32
TOLERANCE = 300  # seconds by which a witness's clock may be ahead of ours
NONE = "none"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of the file: its name there, its key, and where it answers, if that is said."""

    name: str
    cosigner: Cosigner
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``threshold`` of ``members``, which are witnesses and groups."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quorum:
    """A quorum file: ``needed`` names the witness or group that must have cosigned, or none."""

    needed: str
    logs: tuple[Verifier, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()

    def check_log(self, log: Verifier) -> None:
        """EvidenceError if the file lists logs and ``log``, by name and key, is none of them."""
        if self.logs and log not in self.logs:
            raise EvidenceError(
                f"the quorum file does not list the log {log.name} with its key",
                remedy=f"add to it: log {log.vkey}",
            )

    def reached(self, cosigned: frozenset[str]) -> bool:
        """Whether these witnesses, by their names in the file, are enough."""
        return self.needed == NONE or self._holds(self.needed, cosigned)

    def lacking(self, cosigned: frozenset[str]) -> str:
        """What is missing for the quorum, in words; empty if it is reached."""
        return "" if self.reached(cosigned) else self._lacking(self.needed, cosigned)

    def _holds(self, name: str, cosigned: frozenset[str]) -> bool:
        group = next((one for one in self.groups if one.name == name), None)
        if group is None:
            return name in cosigned
        return sum(self._holds(one, cosigned) for one in group.members) >= group.threshold

    def _lacking(self, name: str, cosigned: frozenset[str]) -> str:
        group = next((one for one in self.groups if one.name == name), None)
        if group is None:
            return printable(name)
        missing = [one for one in group.members if not self._holds(one, cosigned)]
        short = group.threshold - (len(group.members) - len(missing))
        inside = ", ".join(self._lacking(one, cosigned) for one in missing)
        return inside if short == len(missing) else f"{short} of ({inside})"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a signed checkpoint stands with a quorum.

    ``cosigned``: the witnesses that count, each with its cosignature. ``remarks``: why one that
    is there does not. ``lacking``: what is missing, in words; empty if the quorum is reached.
    """

    checkpoint: Checkpoint
    cosigned: tuple[tuple[Witness, Cosignature], ...]
    lacking: str
    remarks: tuple[str, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether the checkpoint is cosigned by enough witnesses."""
        return not self.lacking

    def in_words(self) -> str:
        """Who cosigned when, for people."""
        named = (f"{printable(w.name)} at {c.said_at}" for w, c in self.cosigned)
        return f"cosigned by {', '.join(named)}" if self.cosigned else "cosigned by nobody"

    def check(self) -> None:
        """NotYetError naming what is missing, unless the quorum is reached."""
        if self.reached:
            return
        remarks = "".join(f"; {remark}" for remark in self.remarks)
        raise NotYetError(
            f"the checkpoint of {self.checkpoint.size} entries is not cosigned by the quorum: "
            f"{self.lacking} is missing, it is {self.in_words()}{remarks}",
            remedy="where the log is kept, run: govgate log cosign RUN",
        )


def weigh(
    quorum: Quorum,
    signed: bytes,
    logs: Sequence[Verifier],
    *,
    latest: int,
    trust: Trust | None = None,
) -> Standing:
    """How ``signed`` stands with ``quorum``; EvidenceError if no trusted log signed it.

    A log counts that is among ``logs`` and, where the file lists logs, there too; pass
    ``quorum.logs`` to go by the file alone. A cosignature dated after ``latest`` (seconds since
    1970), give or take `TOLERANCE`, does not count. Nor does one by a key that ``trust`` lists,
    if it says that the key was no witness's on that day, or is revoked; others it does not judge.
    """
    checkpoint = _open(quorum, signed, logs)
    text, lines = parse_note(signed)
    witnesses = {one.cosigner: one for one in quorum.witnesses}
    cosigned, remarks = [], []
    for found in find_cosignatures(text, lines, tuple(witnesses)):
        witness = witnesses[found.cosigner]
        if is_early(found, latest + TOLERANCE):
            remarks.append(f"{printable(witness.name)} dated it in the future, {found.said_at}")
        elif objection := _objection(found, trust):
            remarks.append(objection)
        else:
            cosigned.append((witness, found))
    lacking = quorum.lacking(frozenset(witness.name for witness, _ in cosigned))
    return Standing(checkpoint, tuple(cosigned), lacking, tuple(remarks))


def _objection(found: Cosignature, trust: Trust | None) -> str | None:
    key = found.cosigner.key
    if trust is None or all(listed.public != key for listed in trust.keys):
        return None
    return trust.objection(key, Role.WITNESS, datetime.fromtimestamp(found.time, UTC).date())


def _open(quorum: Quorum, signed: bytes, logs: Sequence[Verifier]) -> Checkpoint:
    problems = []
    for verifier in logs:
        try:
            quorum.check_log(verifier)
            return open_checkpoint(signed, verifier)
        except EvidenceError as error:
            problems.append(str(error))
    raise EvidenceError("; ".join(problems) or "there is no log to go by")


def find_quorum(path: Path) -> Quorum | None:
    """The quorum file at ``path``, or None where nothing of that name is, not even a dead link."""
    return load_quorum(path) if os.path.lexists(path) else None


def load_quorum(path: Path) -> Quorum:
    """The quorum file at ``path``; UsageError where there is none or it is not one."""
    try:
        return parse_quorum(read_bounded(path, MAX_FILE), str(path))
    except FileNotFoundError as error:
        raise UsageError(f"quorum file {path} does not exist") from error
    except EvidenceError as error:
        raise UsageError(error.what) from error


def printable(name: str) -> str:
    """A name of the file as it may be printed: its octets can be any above the space."""
    return name if name.isprintable() else ascii(name)


def parse_quorum(data: bytes, what: str = "quorum") -> Quorum:
    """The quorum in ``data``; EvidenceError ``WHAT:LINE: …`` names the first mistake."""
    if len(data) > MAX_FILE:
        raise EvidenceError(f"{what} is larger than {MAX_FILE} bytes")
    *lines, rest = data.split(b"\n")
    if rest:
        raise EvidenceError(f"{what}:{len(lines) + 1}: the line does not end in a newline")
    file = _File()
    for number, line in enumerate(lines, start=1):
        try:
            file.read(line)
        except EvidenceError as error:
            raise EvidenceError(f"{what}:{number}: {error.what}") from error
    if file.needed is None:
        raise EvidenceError(f"{what} has no quorum line")
    return Quorum(file.needed, tuple(file.logs), tuple(file.witnesses), tuple(file.groups))


@dataclass(slots=True)
class _File:
    """What the lines so far define. Names are octets, kept in text that gives them back."""

    needed: str | None = None
    logs: list[Verifier] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)
    grouped: set[str] = field(default_factory=set)

    def read(self, line: bytes) -> None:
        if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in line):
            raise EvidenceError("the line holds a control character")
        words = [
            word.decode("utf-8", "surrogateescape")
            for word in line.replace(b"\t", b" ").split(b" ")
            if word
        ]
        if not words or words[0].startswith("#"):
            return
        kinds: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in kinds:
            near = did_you_mean(printable(words[0]), kinds)
            raise EvidenceError(f"unknown word {printable(words[0])}{near}")
        kinds[words[0]](words[1:])

    def _log(self, words: list[str]) -> None:
        _count(words, 1, 2, "log VKEY [URL]")
        log = Verifier.parse(words[0])
        if any(one.key == log.key for one in self.logs):
            raise EvidenceError(f"the key of log {log.name} is listed twice")
        _room(self.logs, "logs")
        self.logs.append(log)

    def _witness(self, words: list[str]) -> None:
        _count(words, 2, 3, "witness NAME VKEY [URL]")
        self._define(words[0])
        cosigner = Cosigner.parse(words[1])
        if any(one.cosigner.key == cosigner.key for one in self.witnesses):
            raise EvidenceError(f"the key of witness {printable(words[0])} is listed twice")
        _room(self.witnesses, "witnesses")
        self.witnesses.append(Witness(words[0], cosigner, words[2] if len(words) == 3 else None))

    def _group(self, words: list[str]) -> None:
        _count(words, 3, None, "group NAME all|any|NUMBER MEMBER...")
        name, wanted, members = words[0], words[1], words[2:]
        for member in members:
            self._known(member)
            if member in self.grouped:
                raise EvidenceError(f"{printable(member)} is a member of a group already")
            self.grouped.add(member)
        self._define(name)
        _room(self.groups, "groups")
        self.groups.append(Group(name, _threshold(wanted, len(members)), tuple(members)))

    def _quorum(self, words: list[str]) -> None:
        _count(words, 1, 1, "quorum NAME|none")
        if self.needed is not None:
            raise EvidenceError("there is a quorum line already")
        if words[0] != NONE:
            self._known(words[0])
        self.needed = words[0]

    def _define(self, name: str) -> None:
        if name == NONE:
            raise EvidenceError("none cannot be a name: it stands for no cosignatures at all")
        if name in self.defined:
            raise EvidenceError(f"{printable(name)} is defined already")
        self.defined.add(name)

    def _known(self, name: str) -> None:
        if name not in self.defined:
            near = did_you_mean(printable(name), map(printable, self.defined))
            raise EvidenceError(f"{printable(name)} is not defined on a line before{near}")


def _count(words: list[str], least: int, most: int | None, form: str) -> None:
    if len(words) < least or (most is not None and len(words) > most):
        raise EvidenceError(f"the line is not of the form: {form}")


def _room(kept: Sequence[object], kind: str) -> None:
    if len(kept) >= MAX_OF_A_KIND:
        raise EvidenceError(f"there are more than {MAX_OF_A_KIND} {kind}")


def _threshold(word: str, members: int) -> int:
    match word:
        case "all":
            return members
        case "any":
            return 1
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0
    if str(number) != word or not 1 <= number <= members:
        raise EvidenceError(f"{printable(word)} is not all, any or a number from 1 to {members}")
    return number

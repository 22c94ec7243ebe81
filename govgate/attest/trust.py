"""Whose signatures count, for what, and when. :mod:`govgate.attest.trustfile` is how it is written.

A revoked key counts for nothing, whatever day is asked about: its thief can write any date. A
signer is whoever holds the Ed25519 keys of one name, so every key that is counted must have one:
whoever rotated a nameless key would hold two.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from govgate.attest import dsse
from govgate.attest.authority import Authority
from govgate.attest.keys import Algorithm, PublicKey
from govgate.attest.note import Verifier, check_name
from govgate.errors import EvidenceError, NotYetError, UsageError

MAX_AUTHORITIES = 16


class Role(StrEnum):
    """What a key may sign."""

    GATE = "gate"  # records
    LOG = "log"  # checkpoints
    APPROVER = "approver"  # waivers
    PUBLISHER = "publisher"  # bundles of policies, comparisons of two policies
    WITNESS = "witness"  # cosignatures of checkpoints


NAMED_ROLES = frozenset({Role.LOG, Role.WITNESS})
COUNTED_ROLES = frozenset({Role.GATE, Role.PUBLISHER})  # a policy counts the approvers itself


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of the trust file; its days are inclusive."""

    public: PublicKey
    roles: frozenset[Role]
    name: str | None = None
    not_before: date | None = None
    not_after: date | None = None
    revoked: date | None = None

    @property
    def keyid(self) -> str:
        """The key's id, computed from the key."""
        return self.public.keyid

    @property
    def title(self) -> str:
        """How messages call it: its name, if it has one, and the beginning of its id."""
        return f"{self.name} ({self.keyid[:16]})" if self.name else self.keyid[:16]

    def objection(self, role: Role, at: date) -> str | None:
        """Why the key does not count for ``role`` on day ``at``; None when it does."""
        if self.revoked is not None:
            return f"key {self.title} was revoked on {self.revoked}"
        if role not in self.roles:
            return f"key {self.title} is not trusted as {role.value}"
        if self.not_before is not None and at < self.not_before:
            return f"key {self.title} is not valid before {self.not_before}"
        if self.not_after is not None and at > self.not_after:
            return f"key {self.title} expired after {self.not_after}"
        return None


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys of a trust file, in its order, and how many must sign.

    Changing makes a new value; :func:`~govgate.attest.trustfile.save_trust` keeps it.
    """

    keys: tuple[TrustedKey, ...] = ()
    thresholds: Mapping[Role, int] = field(default_factory=dict)
    algorithms: Mapping[Role, frozenset[Algorithm]] = field(default_factory=dict)
    authorities: tuple[Authority, ...] = ()
    require_timestamp: bool = False

    def keys_for(self, role: Role, at: date) -> dict[str, PublicKey]:
        """The keys that count for ``role`` on day ``at``, by id.

        EvidenceError where there are none, saying of each key with that role why it does not.
        """
        usable = {k.keyid: k.public for k in self.keys if k.objection(role, at) is None}
        if not usable:
            reasons = [k.objection(role, at) for k in self.keys if role in k.roles]
            said = "; ".join(filter(None, reasons)) or "none is listed"
            raise EvidenceError(f"no trusted key for the role {role.value}: {said}")
        return usable

    def verifiers_for(self, role: Role, at: date) -> tuple[Verifier, ...]:
        """Like :meth:`keys_for`, as verifiers of notes; for the roles that have names."""
        usable = self.keys_for(role, at)
        return tuple(Verifier(k.name, k.public) for k in self.keys if k.name and k.keyid in usable)

    def log_verifiers(self, today: date) -> tuple[Verifier, ...]:
        """The keys of the first log that is listed: that which signs ``today``, then those that it
        was rotated from, which are known by their name. A revoked one is left out."""
        usable = self.verifiers_for(Role.LOG, today)
        name = next(k.name for k in self.keys if Role.LOG in k.roles and k.revoked is None)
        current = [one for one in usable if one.name == name]
        if not current:
            raise EvidenceError(f"no key of the log {name} counts on {today}")
        newest = current[-1]
        older = self.keys_of_log(newest.name)
        return (newest, *(Verifier(newest.name, k) for k in older if k != newest.key))

    def keys_of_log(self, name: str) -> tuple[PublicKey, ...]:
        """All keys of the log ``name`` that are not revoked, of whatever days."""
        return tuple(
            key.public
            for key in self.keys
            if key.name == name and Role.LOG in key.roles and key.revoked is None
        )

    def objection(self, public: PublicKey, role: Role, at: date) -> str | None:
        """Why ``public`` does not count for ``role`` on day ``at``; None when it does."""
        key = next((key for key in self.keys if key.public == public), None)
        if key is None:
            return f"the trust file does not list key {public.keyid[:16]}"
        return key.objection(role, at)

    def open_envelope(
        self, data: bytes, role: Role, at: date, *, payload_type: str | None = None
    ) -> dsse.Verified:
        """The envelope's payload, if as many keys that count for ``role`` on day ``at`` signed it
        as the trust file asks for, of the kinds that it asks for.

        Where only a listed key signed that does not count, the EvidenceError says which and why.
        """
        listed = {k.keyid: k for k in self.keys}
        publics = {keyid: key.public for keyid, key in listed.items()}
        opened = dsse.open_envelope(data, publics, payload_type=payload_type)
        objections = {s.keyid: listed[s.keyid].objection(role, at) for s in opened.accepted}
        counted = tuple(s for s in opened.accepted if objections[s.keyid] is None)
        if not counted:
            reasons = "; ".join(filter(None, objections.values()))
            raise EvidenceError(f"no signature on the envelope counts: {reasons}")
        self._check_enough([listed[s.keyid] for s in counted], role)
        return replace(opened, accepted=counted)

    def _check_enough(self, signers: Collection[TrustedKey], role: Role) -> None:
        needed = self.thresholds.get(role, 1)
        count = len(_signers(signers))
        if count < needed:
            raise NotYetError(
                f"{count} of the {needed} signers that the trust file asks for as {role.value}"
                f" signed ({', '.join(sorted(key.title for key in signers))})",
                remedy="have another sign: govgate countersign",
            )
        missing = self.algorithms.get(role, frozenset()) - {k.public.algorithm for k in signers}
        if missing:
            raise NotYetError(
                f"no {min(missing).value} key signed, and the trust file asks for one as"
                f" {role.value}",
                remedy="make it again where such a key signs too",  # countersigning is Ed25519
            )

    def without_counts(self) -> "Trust":
        """The same keys, one signature of any kind being enough: for who is about to add one."""
        return replace(self, thresholds={}, algorithms={})

    def find(self, name: str) -> TrustedKey:
        """The key that ``name`` means: its id, at least eight digits of its beginning, or the name
        of one key alone; UsageError where it means none or several."""
        found = [
            key
            for key in self.keys
            if key.name == name or (len(name) >= 8 and key.keyid.startswith(name))
        ]
        if len(found) != 1:
            count = "no key" if not found else f"{len(found)} keys"
            raise UsageError(
                f"the trust file lists {count} called {name!a}",
                remedy="name one by its id, as govgate key show prints it",
            )
        return found[0]

    def add(
        self,
        public: PublicKey,
        roles: Collection[Role],
        *,
        name: str | None = None,
        not_before: date | None = None,
        not_after: date | None = None,
    ) -> "Trust":
        """With one more key; UsageError when it is listed already or its entry makes no sense."""
        key = TrustedKey(public, frozenset(roles), name, not_before, not_after)
        try:
            return replace(self, keys=check_keys((*self.keys, key)))
        except EvidenceError as error:
            raise UsageError(error.what) from error

    def revoke(self, keyid: str, on: date) -> "Trust":
        """With the key of this id revoked from now on; ``on`` is the day that messages state."""
        if keyid not in {k.keyid for k in self.keys}:
            raise UsageError(f"the trust file lists no key {keyid[:16]}")
        return self._changed(keyid, lambda key: replace(key, revoked=on))

    def retire(self, keyid: str, last: date) -> "Trust":
        """With ``last`` as the last day on which the key of this id counts."""
        return self._changed(keyid, lambda key: replace(key, not_after=last))

    def _changed(self, keyid: str, change: Callable[[TrustedKey], TrustedKey]) -> "Trust":
        keys = tuple(change(k) if k.keyid == keyid else k for k in self.keys)
        try:
            return replace(self, keys=check_keys(keys))
        except EvidenceError as error:
            raise UsageError(error.what) from error

    def trust_authority(self, authority: Authority) -> "Trust":
        """With one more time-stamp authority; UsageError when it is listed already."""
        if authority in self.authorities:
            raise UsageError(f"the trust file lists the authority {authority.title} already")
        if len(self.authorities) >= MAX_AUTHORITIES:
            raise UsageError(
                f"the trust file lists {MAX_AUTHORITIES} authorities, and no more may be"
            )
        return replace(self, authorities=(*self.authorities, authority))


def check_keys(keys: tuple[TrustedKey, ...]) -> tuple[TrustedKey, ...]:
    """``keys``, if each makes sense and none is listed twice; else EvidenceError."""
    if len({key.public.raw for key in keys}) != len(keys):
        raise EvidenceError("a key is listed twice")
    for key in keys:
        if not key.roles:
            raise EvidenceError(f"key {key.title} has no role")
        if key.roles & NAMED_ROLES:
            if key.name is None:
                raise EvidenceError(f"key {key.title} has the role log or witness but no name")
            check_name(key.name)
            if key.public.algorithm is not Algorithm.ED25519:
                raise EvidenceError(f"key {key.title} is not Ed25519, as logs and witnesses sign")
        if key.name is not None and not (key.name and key.name.isprintable()):
            raise EvidenceError("a key's name is empty or not printable")
        if key.not_before and key.not_after and key.not_after < key.not_before:
            raise EvidenceError(f"key {key.title} expires before it becomes valid")
    return keys


def _signers(keys: Collection[TrustedKey]) -> set[str]:
    """Who holds ``keys``. A post-quantum key signs beside its holder's Ed25519 key, not instead."""
    return {key.name or key.keyid for key in keys if key.public.algorithm is Algorithm.ED25519}


def check_reachable(trust: Trust) -> None:
    """That no demand is a slip of the pen. Revoked keys are counted: a revocation must not make
    the file unreadable; what they signed fails where it is verified."""
    for role in sorted(COUNTED_ROLES):
        keys = [key for key in trust.keys if role in key.roles]
        needed, count = trust.thresholds.get(role, 1), len(_signers(keys))
        if needed > 1 and (nameless := [key for key in keys if key.name is None]):
            raise EvidenceError(
                f"counts signers as {role.value}, and key {nameless[0].title} has no name that"
                " says whose it is"
            )
        if role in trust.thresholds and count < needed:
            raise EvidenceError(
                f"asks for {needed} signers as {role.value} and lists {count}, so nothing could"
                " ever verify"
            )
        if trust.algorithms.get(role, frozenset()) - {key.public.algorithm for key in keys}:
            raise EvidenceError(
                f"asks for a kind of key as {role.value} that it does not list, so nothing could"
                " ever verify"
            )

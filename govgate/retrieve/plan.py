"""What an update changes of a store: which places stay, which go, which rows are new."""

import hashlib
import hmac
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from govgate.errors import EvidenceError
from govgate.retrieve.change import regroup, take_out
from govgate.retrieve.partition import Document
from govgate.retrieve.store import exists, reading
from govgate.retrieve.tables import (
    BLOCK,
    HOLE,
    KEY,
    U32,
    About,
    Block,
    Damaged,
    Draft,
    EarlierFormat,
    Group,
    Tables,
)

_DOMAIN = b"govgate retrieval text key v1\0"
_SPARSE = 2  # a store is built anew when so many places are held for each row


class TextKeys:
    """Keyed digests of texts, by which they are known again."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, _DOMAIN, "sha256")

    def of(self, text: str) -> bytes:
        """The ``KEY`` bytes that stand for ``text``."""
        return hashlib.blake2b(text.encode(), digest_size=KEY, key=self._key).digest()


@dataclass(frozen=True, slots=True)
class Held:
    """What a store holds: blocks without their rows' texts, and the rows' names by place."""

    about: About
    groups: Mapping[int, Group]
    blocks: Sequence[Block]
    names: Mapping[int, str]

    def by_text(self) -> dict[bytes, deque[int]]:
        """The places of each text."""
        places: dict[bytes, deque[int]] = defaultdict(deque)
        for block in self.blocks:
            base = block.number * BLOCK
            for at in np.flatnonzero(block.groups != HOLE).tolist():
                places[block.keys[at * KEY : (at + 1) * KEY]].append(base + at)
        return places


def held_by(store: Path, texts: TextKeys) -> Held | None:
    """None where there is no store, an earlier one, or a damaged one: each text is held against its
    digest."""
    if not exists(store):
        return None
    try:
        with reading(store) as tables:
            blocks = list(tables.blocks())
            return Held(tables.about, tables.groups(), blocks, _names(tables, blocks, texts))
    except (EvidenceError, EarlierFormat):
        return None


def _names(tables: Tables, blocks: Sequence[Block], texts: TextKeys) -> dict[int, str]:
    names = {}
    for place, name, text in tables.rows():
        number, at = divmod(place, BLOCK)
        if blocks[number].keys[at * KEY : (at + 1) * KEY] != texts.of(text):
            raise Damaged("a text that is not what was written")
        names[place] = name
    return names


@dataclass(slots=True)
class Plan:
    """What becomes of a store's places, and which rows are new (by their order).

    ``numbers``: the groups in use, with the number of each. ``wanted``: the group of each place, a
    hole where its row goes. ``renamed``: places whose row goes by another name.
    """

    numbers: dict[Group, int]
    wanted: U32
    new: bytearray = field(default_factory=bytearray)
    added: int = 0
    gone: list[int] = field(default_factory=list)
    renamed: dict[int, str] = field(default_factory=dict)
    takes_away: bool = False

    @property
    def sparse(self) -> bool:
        """Whether holes outnumber rows."""
        return len(self.wanted) > BLOCK // 16 and len(self.wanted) > _SPARSE * len(self.new)


def plan_for(rows: Iterable[Document], texts: TextKeys, held: Held) -> Plan:
    """What has to change for ``held`` to hold exactly ``rows``. A row is known by its text; the
    first of several that say the same keeps the first place."""
    free = held.by_text()
    before = np.concatenate([np.zeros(0, "<u4"), *(block.groups for block in held.blocks)])
    known = {group: number for number, group in held.groups.items()}
    plan = Plan({}, np.full(len(before), HOLE, dtype="<u4"))
    unused = count(max(held.groups, default=-1) + 1)
    for row in rows:
        if row.group not in plan.numbers:
            number = known.get(row.group)
            plan.numbers[row.group] = next(unused) if number is None else number
        places = free.get(texts.of(row.text))
        plan.new.append(not places)
        if not places:
            plan.added += 1
            continue
        place = places.popleft()
        plan.wanted[place] = plan.numbers[row.group]
        if held.names[place] != row.name:
            plan.renamed[place] = row.name
    plan.gone = sorted(place for places in free.values() for place in places)
    plan.takes_away = bool(plan.renamed) or not np.array_equal(before, plan.wanted)
    return plan


def settle(draft: Draft, plan: Plan, about: About) -> None:
    """Everything of a plan but the new rows."""
    take_out(draft, plan.gone)
    regroup(draft, plan.wanted)
    draft.put_rows(
        [(place, name, draft.row(place)[1]) for place, name in sorted(plan.renamed.items())]
    )
    draft.put_groups({number: group for group, number in plan.numbers.items()})
    draft.put_about(about)

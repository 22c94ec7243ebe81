"""What a waiver means for a decision: which rows it picks, and which rule it lifts there.

Nothing here knows about signatures or days: whoever passes a waiver on has checked it. A waiver
never permits. It takes away what one rule has against the uses it names, and the other rules
decide as before.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from govgate.errors import UsageError
from govgate.model import Use
from govgate.policy.model import INCOMPLETE, Rule

if TYPE_CHECKING:
    import polars as pl

ALL = "all"
SOURCE = "source.name"
MAX_ITEMS = 1000
PICKED_BY = ("row", "file", SOURCE)  # columns that a selector reads


class State(StrEnum):
    """What became of a waiver in one run."""

    USED = "used"
    UNUSED = "unused"  # in effect, and its rule stopped none of the rows it picks
    EXPIRED = "expired"
    EARLY = "early"  # dated later than today
    REVOKED = "revoked"
    OVER_USED = "over-used"
    MIS_SCOPED = "mis-scoped"  # another policy, rule, rule text or purpose
    UNWAIVABLE = "unwaivable"
    UNSIGNED = "unsigned"  # too few signatures that count
    UNREADABLE = "unreadable"

    @property
    def in_effect(self) -> bool:
        """Whether a waiver in this state was heeded."""
        return self in (State.USED, State.UNUSED)


class Kind(StrEnum):
    """By what a selector's item picks rows."""

    ROW = "row"
    FILE = "file"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Selector:
    """Rows by name, by file or by source; ``all`` stands alone and picks every row.

    ``items``: pairs such as (Kind.ROW, "chats.jsonl:17"). A file's name may hold ``*`` and ``?``,
    which stay within a folder, and ``**``, which spans folders.
    """

    items: tuple[tuple[Kind, str], ...]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Selector":
        """From items spelt ``row:NAME``, ``file:GLOB``, ``source:NAME``, or the one word ``all``.

        UsageError where an item is spelt otherwise.
        """
        if list(words) == [ALL]:
            return cls(())
        if not words or len(words) > MAX_ITEMS:
            raise UsageError(f"a selector has 1 to {MAX_ITEMS} items, not {len(words)}")
        return cls(tuple(dict.fromkeys(map(_item, words))))

    @property
    def words(self) -> tuple[str, ...]:
        """As `of` reads it."""
        return tuple(f"{kind}:{name}" for kind, name in self.items) or (ALL,)

    def picks(self, rows: "pl.DataFrame") -> "pl.Series":
        """Which of ``rows`` (with the columns PICKED_BY) it picks; none is null."""
        import polars as pl

        if not self.items:
            return pl.repeat(value=True, n=rows.height, eager=True)
        named = {kind: [name for k, name in self.items if k is kind] for kind in Kind}
        files = [name for name in rows["file"].unique() if _matches(name, named[Kind.FILE])]
        tests = {"row": named[Kind.ROW], "file": files, SOURCE: named[Kind.SOURCE]}
        picked = [
            pl.col(column).is_in(words).fill_null(value=False)
            for column, words in tests.items()
            if words and column in rows.columns
        ]
        if not picked:
            return pl.repeat(value=False, n=rows.height, eager=True)
        return rows.select(pl.any_horizontal(*picked).alias("picked"))["picked"]

    def names_file(self, name: str) -> bool:
        """Whether an item is this very file, not a pattern that it matches."""
        return (Kind.FILE, name) in self.items and set("*?").isdisjoint(name)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver that was found good. ``rule``: a rule's id, or ``incomplete``.

    ``max_rows``: in how many rows it may lift something; in one more, it lifts nothing anywhere.
    """

    id: str
    rule: str
    uses: frozenset[Use]
    selector: Selector
    max_rows: int

    @property
    def of_failures(self) -> bool:
        """Whether it is about rows that could not be read or scanned."""
        return self.rule == INCOMPLETE


def split_selector(text: str) -> list[str]:
    """A selector as people type it: items joined by commas; ``\\,`` is a comma within a name.

    An item without ``row:``, ``file:`` or ``source:`` is of the kind of the one before it.
    """
    words: list[str] = []
    kind = ""
    for part in re.split(r"(?<!\\),", text):
        word = part.replace("\\,", ",").strip()
        said = re.match(rf"({'|'.join(Kind)}):", word)
        kind = said[0] if said else kind
        words.append(word if said or not kind else kind + word)
    return words


def by_waivers(
    rows: "pl.DataFrame", waivers: Sequence[Waiver]
) -> "Iterator[tuple[tuple[Waiver, ...], pl.Series]]":
    """The rows by the waivers that pick them: each set of waivers with a mask of its rows."""
    import polars as pl

    if not waivers or not rows.height:
        yield (), pl.repeat(value=True, n=rows.height, eager=True)
        return
    picked = pl.DataFrame(
        [one.selector.picks(rows).alias(str(at)) for at, one in enumerate(waivers)]
    )
    groups = picked.unique(maintain_order=True).with_row_index("group")
    group = picked.join(groups, on=picked.columns, how="left", maintain_order="left")["group"]
    for number, *flags in groups.iter_rows():
        chosen = tuple(one for one, flag in zip(waivers, flags, strict=True) if flag)
        yield chosen, group == number


def waived_uses(waivers: Sequence[Waiver], rule: str) -> dict[Use, tuple[str, ...]]:
    """The ids of those that are waivers of ``rule``, by the uses that they name."""
    own = [one for one in waivers if one.rule == rule]
    by_use = {use: tuple(one.id for one in own if use in one.uses) for use in Use}
    return {use: ids for use, ids in by_use.items() if ids}


def lifted_by(waivers: Sequence[Waiver], ids: Sequence[str]) -> frozenset[tuple[str, Use]]:
    """The rules and uses that the waivers of these ``ids`` lift in a row that lists them."""
    return frozenset((one.rule, use) for one in waivers if one.id in ids for use in one.uses)


def rule_digest(rule: Rule) -> str:
    """SHA-256 of what the rule means: its condition, effects, and what it does on the unknown.

    Title, citations, law and remedy may change without any waiver of the rule losing its effect.
    """
    meaning = {
        "when": _plain(rule.when),
        "then": {
            use.value: effect.word for use in Use if (effect := rule.then.on(use)) is not None
        },
        "unknown": {
            use.value: effect.word for use in Use if (effect := rule.unanswered(use)) is not None
        },
    }
    return _digest(meaning)


def failures_digest() -> str:
    """What stands for a rule's digest in a waiver of ``incomplete``."""
    return _digest({"rule": INCOMPLETE})


def restricts(rule: Rule, use: Use) -> bool:
    """Whether the rule can stand against ``use``, so that a waiver of it could lift something."""
    effect = rule.then.on(use)
    return (effect is not None and effect.word != "allow") or rule.unanswered(use) is not None


def _item(word: str) -> tuple[Kind, str]:
    if word == ALL:
        raise UsageError("the selector all stands alone", remedy="leave the other items out")
    kind, colon, name = word.partition(":")
    if not colon or kind not in set(Kind) or not name or not name.isprintable():
        raise UsageError(
            f"{word!a} picks no rows",
            remedy="write row:NAME, file:GLOB or source:NAME, joined by commas, or all",
        )
    return Kind(kind), name


def _matches(name: str, globs: Sequence[str]) -> bool:
    return any(name == glob or re.fullmatch(_pattern(glob), name, re.DOTALL) for glob in globs)


def _pattern(glob: str) -> str:
    fixed = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.findall(r"\*\*/|\*\*|.", glob, re.DOTALL)
    return "".join(fixed.get(token, re.escape(token)) for token in tokens)


def _plain(value: Any) -> Any:
    """A condition as JSON values; the order of words and of parts, which means nothing, is lost."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return sorted((_plain(one) for one in value), key=lambda one: json.dumps(one))
    if hasattr(value, "__dataclass_fields__"):
        parts = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return [type(value).__name__, parts]
    return value


def _digest(meaning: dict[str, Any]) -> str:
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

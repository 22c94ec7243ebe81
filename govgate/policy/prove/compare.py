"""Does a policy let through no more than another? Proved over all facts that a gate can write.

Facts count as independent of each other but for what :mod:`govgate.policy.possible` says: a scan
knows all of a row's findings or none, what is found in a role is found in the row, and so on. Where
that leaves a combination that no row has, the answer errs on the safe side: what is proved holds of
every row, and a counter-example may be one that is never met.

Beside the verdicts on rows count the purposes, what the scan looks for, the requirements of the
data set, and for every number of people the verdicts once all is waived that so many may waive.
When a policy expires, what it is called, and what its rules cite do not count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from govgate.errors import UsageError
from govgate.policy.conditions import IsKnown
from govgate.policy.load import Policy
from govgate.policy.possible import laws
from govgate.policy.prove.counterexample import CounterExample, counterexample
from govgate.policy.prove.domains import domains
from govgate.policy.prove.outside import Note, outside
from govgate.policy.prove.unwaived import signatures, unwaived
from govgate.policy.testing.factvalues import value_words
from govgate.policy.vocabulary import PII_ENTITIES

SECONDS = 60


class Relation(StrEnum):
    """How the second policy stands to the first."""

    STRICTER = "stricter"  # lets nothing more through, and something less
    EQUAL = "equal"
    LOOSER = "looser"
    NEITHER = "neither"  # more here and less there, or nothing can be proved


REQUIREMENTS: Mapping[str, frozenset[Relation]] = MappingProxyType(
    {
        "stricter-or-equal": frozenset({Relation.STRICTER, Relation.EQUAL}),
        "stricter": frozenset({Relation.STRICTER}),
        "equal": frozenset({Relation.EQUAL}),
        "looser-or-equal": frozenset({Relation.LOOSER, Relation.EQUAL}),
    }
)
"""What may be required, and the relations that meet it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a policy stands to a base.

    ``looser``: a row of which it lets more through, ``stricter``: one of which it lets less
    through; None where there is none. ``notes``: what beside the rows decided the relation, or
    is told beside it.
    """

    relation: Relation
    looser: CounterExample | None
    stricter: CounterExample | None
    notes: tuple[str, ...]
    prover: Mapping[str, str]


def compare(base: Policy, other: Policy, *, seconds: int = SECONDS) -> Comparison:
    """How ``other`` stands to ``base``.

    UsageError without z3. IncompleteError when a question to z3 takes longer than ``seconds``.
    """
    prover = _prover()
    looser, stricter = _differences(base, other, seconds)
    untold = {word for word, one in (("more", looser), ("less", stricter)) if one is None}
    notes = [
        *outside(base, other, rules_differ=bool(looser or stricter)),
        *_waived(base, other, seconds, untold),
    ]
    relation = _relation(
        looser=looser is not None or any(note.looser for note in notes),
        stricter=stricter is not None or any(note.stricter for note in notes),
    )
    return Comparison(relation, looser, stricter, tuple(note.text for note in notes), prover)


def _relation(*, looser: bool, stricter: bool) -> Relation:
    if looser:
        return Relation.NEITHER if stricter else Relation.LOOSER
    return Relation.STRICTER if stricter else Relation.EQUAL


def _prover() -> dict[str, str]:
    try:
        from govgate.policy.prove.formulas import prover
    except ModuleNotFoundError as error:
        if error.name != "z3":
            raise
        raise UsageError(
            "comparing policies needs z3, which is not installed",
            remedy="pip install 'govgate[prove]'",
        ) from error
    return prover()


def _differences(
    base: Policy, other: Policy, seconds: int
) -> tuple[CounterExample | None, CounterExample | None]:
    """A row of which ``other`` lets more through, and one of which it lets less through."""
    from govgate.policy.prove.formulas import differences

    purposes = [purpose for purpose in base.purposes if purpose in other.purposes]
    if not purposes:
        return None, None  # no gate could use either of the two
    asked = domains((*base.rules, *other.rules), purposes)
    entities = [(word,) for word in asked[PII_ENTITIES].words] if PII_ENTITIES in asked else []
    real = laws((IsKnown(fact) for fact in asked), purposes, entities)
    more, less = differences(base, other, asked, real, seconds=seconds)
    return (
        None if more is None else counterexample(base, other, more, asked, real, looser=True),
        None if less is None else counterexample(base, other, less, asked, real, looser=False),
    )


def _waived(base: Policy, other: Policy, seconds: int, untold: set[str]) -> Iterator[Note]:
    """The same question once all is waived that a number of people may, for every such number.

    A permission behind a denial that can be waived counts here. ``untold``: which of ``more`` and
    ``less`` are still to be found; each is told once.
    """
    for people in signatures(base, other):
        if not untold:
            return
        who = "one person" if people == 1 else f"{people} people"
        more, less = _differences(unwaived(base, people), unwaived(other, people), seconds)
        for example, word in ((more, "more"), (less, "less")):
            if example is not None and word in untold:
                untold.remove(word)
                facts = "; ".join(f"{k}: {value_words(v)}" for k, v in example.facts.items())
                yield Note(
                    f"with all waived that {who} may waive, it lets {word} through "
                    f"({facts or 'all facts unknown'})",
                    looser=example is more,
                    stricter=example is less,
                )

"""The terms of a source: the meet over everything that it was made from.

For a data set: what its own licence asks, what the terms of the models that wrote it ask of their
output, and what each of its sources asks in turn. For a model, as the writer of data: what its
licence asks of output, and that of the models it was made from. Data that a model learnt from is
not followed: whether its licence reaches what the model writes is not for this table to say.

An ancestor that nobody described, or whose licence is unknown, makes the whole unknown. One that is
``cleared`` (a contract, say) stands for itself: its ancestors are not asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from govgate.errors import UsageError
from govgate.rights.licenses import LicenseFacts, read_license
from govgate.rights.lineage.models import known_models
from govgate.rights.lineage.nodes import Kind, Node
from govgate.rights.terms import FREE, Covers, Term, Terms

NOT_DESCRIBED = "nothing describes it"
NOT_SAID = "nothing says what it was made from"
NO_MODELS_SAID = "nothing says whether a model wrote it"
_SHOWN = 10


class Status(StrEnum):
    """What is known of where data came from."""

    ORIGINAL = "original"  # declared to be made from nothing else
    TRACED = "traced"  # down to what is original or cleared
    CLEARED = "cleared"  # rights to all of it were cleared, as the lineage says


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why something is unknown: of which source, and what is wrong with it."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Traced:
    """What is known of a source with all of its lineage; a ``Doubt`` in place of what is not.

    ``above``: the terms without those of the source's own licence. ``covers_above``: what the
    declaration or the lineage says that the licence covers; None: the licence says it.
    ``via``: for each term that is asked for certain, how many steps off, and the next source on the
    way there; None where the source's own licence asks it. ``doubt_via``: the next source on the
    way to one that makes the terms unknown.
    """

    terms: Terms | Doubt
    above: Terms | Doubt
    status: Status | Doubt
    models: frozenset[str] | Doubt
    covers: Covers | None
    covers_above: Covers | None = None
    via: Mapping[Term, tuple[int, str | None]] = field(default_factory=dict)
    doubt_via: str | None = None


@dataclass(frozen=True)
class Lineage:
    """Nodes by name, each solved once, on demand. A cycle among them is a UsageError."""

    nodes: Mapping[str, Node]

    def __post_init__(self) -> None:
        for name, node in self.nodes.items():
            _check_kinds(name, node, self.nodes)
        self._solved  # noqa: B018  (a cycle is told of at once)

    def trace(self, name: str) -> Traced:
        """What is known of the source or model ``name``."""
        return self._solved.get(name) or _undescribed(name)

    def judge(self, node: Node) -> Traced:
        """What is known of ``node``, which need not be in the lineage: its sources are looked for
        there."""
        return _solve(node, self._solved)

    def path(self, start: str | Node, term: Term) -> tuple[str, ...]:
        """The sources from ``start`` to the nearest one whose licence asks for ``term``."""
        return self._follow(start, lambda traced: traced.via.get(term, (0, None))[1])

    def doubtful_path(self, start: str | Node) -> tuple[str, ...]:
        """The sources from ``start`` to one that makes its terms unknown."""
        return self._follow(start, lambda traced: traced.doubt_via)

    def _follow(self, start: str | Node, step: Callable[[Traced], str | None]) -> tuple[str, ...]:
        name = start if isinstance(start, str) else start.name
        after = step(self.trace(start) if isinstance(start, str) else self.judge(start))
        steps = [name]
        while after is not None:
            steps.append(after)
            after = step(self.trace(after))
        return tuple(steps)

    @cached_property
    def _solved(self) -> Mapping[str, Traced]:
        solved: dict[str, Traced] = {}
        for name in _parents_first(self.nodes):
            solved[name] = _solve(self.nodes[name], solved)
        return solved


def own_facts(node: Node) -> LicenseFacts:
    """What the node's own licence is."""
    return read_license(node.license)


def _parents(node: Node) -> tuple[str, ...]:
    return (*(node.generated_by or ()), *(node.derived_from or ()))


def _check_kinds(name: str, node: Node, nodes: Mapping[str, Node]) -> None:
    for parents, kind, key in (
        (node.generated_by or (), Kind.MODEL, "generated_by"),
        (node.derived_from or (), node.kind, "derived_from"),
    ):
        for parent in parents:
            other = nodes.get(parent)
            if other is not None and other.kind is not kind:
                raise UsageError(
                    f"{name}: {key} names {parent!r}, which is a {other.kind} and not a {kind}",
                    remedy="models write data (generated_by) and are made from models; data is "
                    "made from data (derived_from)",
                )


def _parents_first(nodes: Mapping[str, Node]) -> Iterator[str]:
    """Every node after all that it was made from; without recursion, for chains of any length."""
    done: set[str] = set()
    for start in nodes:
        path: dict[str, Iterator[str]] = {} if start in done else {start: _known(start, nodes)}
        while path:
            name = next(reversed(path))
            parent = next(path[name], None)
            if parent is None:
                del path[name]
                done.add(name)
                yield name
            elif parent in path:
                _refuse_cycle([*path, parent], parent)
            elif parent not in done:
                path[parent] = _known(parent, nodes)


def _known(name: str, nodes: Mapping[str, Node]) -> Iterator[str]:
    return (parent for parent in _parents(nodes[name]) if parent in nodes)


def _refuse_cycle(path: list[str], again: str) -> None:
    cycle = path[path.index(again) :]
    shown = cycle if len(cycle) <= _SHOWN else [*cycle[: _SHOWN - 1], "…", again]
    raise UsageError(
        f"the lineage goes in a circle: {' ← '.join(shown)}",
        remedy="a source cannot be made from itself; remove one of these derived_from",
    )


def _undescribed(name: str) -> Traced:
    """A source that no lineage describes; a model may stand in the shipped table."""
    license_ = known_models().license_of(name)
    if license_ is None:
        doubt = Doubt(name, NOT_DESCRIBED)
        return Traced(doubt, doubt, doubt, doubt, None)
    return _solve(Node(name=name, kind=Kind.MODEL, license=license_), {})


def _solve(node: Node, solved: Mapping[str, Traced]) -> Traced:
    asked = () if node.cleared else _parents(node)
    parents = {name: solved.get(name) or _undescribed(name) for name in asked}
    own, facts = _own_terms(node)
    status = _status(node, parents)
    above = _meet(parent.terms for parent in parents.values())
    above_covers = _covers_above(node, parents.values(), status)
    return Traced(
        _meet((own, above)),
        above,
        status,
        _models(node, parents),
        (above_covers or facts.covers) if facts.terms is not None else None,
        above_covers,
        _via(own, parents),
        _doubt_via(own, parents),
    )


def _own_terms(node: Node) -> tuple[Terms | Doubt, LicenseFacts]:
    facts = own_facts(node)
    terms = facts.output if node.kind is Kind.MODEL else facts.terms
    if terms is not None:
        return terms, facts
    unsaid = "the licence table does not say what its licence asks of output"
    return Doubt(node.name, facts.why or unsaid), facts


def _meet(parts: Iterable[Terms | Doubt]) -> Terms | Doubt:
    whole = FREE
    for terms in parts:
        if isinstance(terms, Doubt):
            return terms
        whole = whole.meet(terms)
    return whole


def _via(own: Terms | Doubt, parents: Mapping[str, Traced]) -> dict[Term, tuple[int, str | None]]:
    own_words = frozenset() if isinstance(own, Doubt) else own.words
    via: dict[Term, tuple[int, str | None]] = dict.fromkeys(own_words, (0, None))
    for name, parent in parents.items():
        for word, (steps, _) in parent.via.items():
            if word not in via or steps + 1 < via[word][0]:
                via[word] = (steps + 1, name)
    return via


def _doubt_via(own: Terms | Doubt, parents: Mapping[str, Traced]) -> str | None:
    if isinstance(own, Doubt):
        return None
    return next((n for n, parent in parents.items() if isinstance(parent.terms, Doubt)), None)


def _status(node: Node, parents: Mapping[str, Traced]) -> Status | Doubt:
    if node.cleared:
        return Status.CLEARED
    if node.kind is Kind.MODEL:
        return Status.ORIGINAL  # data that a model wrote begins with the model
    if node.derived_from is None:
        return Doubt(node.name, NOT_SAID)
    for name in node.derived_from:
        if isinstance(parents[name].status, Doubt):
            return parents[name].status
    return Status.TRACED if node.derived_from else Status.ORIGINAL


def _models(node: Node, parents: Mapping[str, Traced]) -> frozenset[str] | Doubt:
    if node.kind is Kind.MODEL:
        return frozenset((node.name,))
    if node.generated_by is None:
        return Doubt(node.name, NO_MODELS_SAID)
    found = frozenset(node.generated_by)
    for name in node.derived_from or () if not node.cleared else ():
        models = parents[name].models
        if isinstance(models, Doubt):
            return models
        found |= models
    return found


def _covers_above(node: Node, parents: Iterable[Traced], status: Status | Doubt) -> Covers | None:
    """A compilation's licence covers its contents only where they are traced to their own, and
    what was made from a compilation holds contents that its licence leaves to theirs."""
    if status is Status.CLEARED:
        return Covers.CONTENT
    if any(parent.covers is Covers.COMPILATION for parent in parents):
        return Covers.COMPILATION
    return Covers.CONTENT if status is Status.TRACED else node.covers

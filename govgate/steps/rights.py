"""Why data has the terms it has: the sources on the way to each licence that asks for something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from govgate.config import Config, find_config, load_config
from govgate.data.dataset import open_dataset
from govgate.errors import UsageError
from govgate.rights.agreement import Agreement, Declared, Place, agree
from govgate.rights.credits import Credit, credits_of
from govgate.rights.licensetable import license_table
from govgate.rights.lineage.models import known_models
from govgate.rights.lineage.nodes import Kind, Node
from govgate.rights.lineage.solve import Doubt, Lineage, Traced
from govgate.rights.origins import FileRights, own_agreement
from govgate.rights.terms import Covers, LicenseClass, Term, Terms
from govgate.spelling import did_you_mean
from govgate.steps.papers import find_papers
from govgate.steps.registries import not_data, open_lineage
from govgate.steps.resolve import file_rights


@dataclass(frozen=True, slots=True)
class Because:
    """A term, what it asks in words, and the sources on the way to a licence that asks it."""

    term: Term
    means: str
    path: tuple[Credit, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What holds for a source, or for the files of one, and why.

    ``cls`` None: unknown, for the reason ``why``; ``terms`` are then those that are certain all
    the same, and ``doubt`` the way to what is unknown. ``fields``: the fields in which rows may
    say something of their own, which is not looked at here.
    """

    name: str
    kind: Kind
    files: tuple[str, ...]
    agreement: Agreement
    cls: LicenseClass | None
    why: str | None
    terms: tuple[Because, ...]
    doubt: tuple[Credit, ...]
    covers: Covers | None
    status: str
    models: tuple[str, ...] | str
    fields: tuple[str, ...]


def explain_rights(asked: Sequence[str], config: Path | None) -> list[Explained]:
    """The rights of each source or model, or of the data, that ``asked`` names.

    UsageError for what is neither; a source of the configuration's lineage counts before a path.
    """
    paths = [one for one in asked if Path(one).exists()]
    settings = load_config(config or find_config(paths))
    lineage, _ = open_lineage(settings)
    return [one for name in asked for one in _explained(name, settings, lineage)]


def _explained(name: str, settings: Config, lineage: Lineage) -> Iterator[Explained]:
    if node := lineage.nodes.get(name):
        agreement = agree([Declared(Place.MANIFEST, node.license)])
        yield _explain(node, agreement, lineage, (), ())
    elif Path(name).exists():
        yield from _of_data(name, settings, lineage)
    elif license_ := known_models().license_of(name):
        model = Node(name=name, kind=Kind.MODEL, license=license_)
        yield _explain(model, agree([Declared(Place.MANIFEST, license_)]), lineage, (), ())
    else:
        raise UsageError(
            f"{name!r} is no source of the lineage and no data{did_you_mean(name, lineage.nodes)}",
            remedy="name a source of govgate.yaml or of its lineage, a model, or a path of data",
        )


def _of_data(path: str, settings: Config, lineage: Lineage) -> Iterator[Explained]:
    """One answer for all files that the configuration and papers say the same of."""
    alike: dict[FileRights, list[str]] = {}
    files = open_dataset([path], leave_out=not_data(settings)).files
    papers = find_papers([path], files)
    for file in files:
        if file.path not in papers.paths:
            alike.setdefault(file_rights(file, settings, papers), []).append(file.name)
    if not alike:
        raise UsageError(f"there is no data in {path}", remedy="name a file or folder of data")
    for rights, names in alike.items():
        source = rights.source
        read = (source.license_field, source.source_field) if source else ("license",)
        fields = tuple(field for field in read if field)
        agreement, node = own_agreement(rights, lineage, None), rights.node(lineage)
        yield _explain(node, agreement, lineage, tuple(names), fields)


def _explain(
    node: Node,
    agreement: Agreement,
    lineage: Lineage,
    files: tuple[str, ...],
    fields: tuple[str, ...],
) -> Explained:
    if node.kind is Kind.DATASET and agreement.id is not None:
        node = node.model_copy(update={"license": agreement.id})  # what papers say, too
    traced = lineage.judge(node)
    terms = _terms(node, agreement, traced)
    credited = {credit.name: credit for credit in credits_of([node], lineage)}
    asked = _because(node, agreement, lineage, traced, credited)
    doubtful = lineage.doubtful_path(node) if isinstance(terms, Doubt) else ()
    models = traced.models
    return Explained(
        name=node.name,
        kind=node.kind,
        files=files,
        agreement=agreement,
        cls=None if isinstance(terms, Doubt) else terms.cls,
        why=str(terms) if isinstance(terms, Doubt) else None,
        terms=asked,
        doubt=tuple(credited[name] for name in doubtful),
        covers=traced.covers,
        status=str(traced.status),
        models=str(models) if isinstance(models, Doubt) else tuple(sorted(models)),
        fields=fields,
    )


def _terms(node: Node, agreement: Agreement, traced: Traced) -> Terms | Doubt:
    if node.kind is Kind.MODEL:
        return traced.terms
    if agreement.terms is None:
        return Doubt(node.name, agreement.why or "")
    return traced.above if isinstance(traced.above, Doubt) else agreement.terms.meet(traced.above)


def _because(
    node: Node,
    agreement: Agreement,
    lineage: Lineage,
    traced: Traced,
    credited: dict[str, Credit],
) -> tuple[Because, ...]:
    declared = agreement.terms.words if agreement.terms and node.kind is not Kind.MODEL else ()
    meanings = license_table().meanings
    found = []
    for term in Term:
        if term in traced.via:
            path = lineage.path(node, term)
        elif term in declared:  # by a paper's licence, which is none of the lineage
            path = (node.name,)
        else:
            continue
        found.append(Because(term, meanings[term], tuple(credited[name] for name in path)))
    return tuple(found)

"""A Hugging Face dataset card: ``README.md``, of which the YAML front matter is read.

    license: cc-by-4.0            # an identifier of the Hub, or several in a list: all bind
    license_name: acme-terms      # what `license: other` is called,
    license_link: https://…       # and where it stands
    source_datasets: [original]   # or ids, or extended|ID
    language_creators: [machine-generated]

Keys that are not listed in ``docs/declarations.md`` are passed over.
Format: https://huggingface.co/docs/hub/datasets-cards and datasetcard.md in huggingface/hub-docs.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from govgate.errors import UsageError
from govgate.rights.declarations.declaration import UNNAMED, Declaration, Kind, Where
from govgate.rights.declarations.expressions import EMPTY, NOTHING, Reading, all_of, read_text
from govgate.rights.declarations.frontmatter import FrontMatter, front_matter
from govgate.rights.declarations.names import distinct, label, name_of
from govgate.rights.declarations.tables import hub_license

MAX_BYTES = 5 * 2**20
MAX_PARTS = 10_000
MACHINE = "machine-generated"

DETAILS = "license_details adds terms in words, which are not read"
NESTED = "a list or a mapping where one licence should stand"
_CREATORS = ("language_creators", "annotations_creators")
_BESIDE = ("license_name", "license_link", "license_details")
_OWN = ("license", "licenses", *_BESIDE)


def read_card(data: bytes, file: str) -> tuple[Declaration, ...]:
    """What the card says of the data set, then of each of its configurations that it speaks of.

    Nothing for a card without front matter. UsageError where the front matter cannot be read.
    """
    front = front_matter(data, file, MAX_BYTES)
    found = tuple(islice(_declarations(front, file), MAX_PARTS + 1)) if front else ()
    if len(found) > MAX_PARTS:
        raise UsageError(
            f"{file}: speaks of more than {MAX_PARTS} configurations",
            remedy="say in the card what holds for the whole data set",
        )
    return found


def _declarations(front: FrontMatter, file: str) -> Iterator[Declaration]:
    card = front.values
    name = label(card.get("pretty_name"))
    beside = {key: card[key] for key in _BESIDE if key in card}
    yield _declaration(card, file, name, _line(front), None)
    for key in ("license", "licenses", "source_datasets"):  # the old form: a mapping by config
        if isinstance(card.get(key), dict):
            for config, value in card[key].items():
                word = "license" if key == "licenses" else key
                said = {**(beside if word == "license" else {}), word: value}
                yield _declaration(said, file, name, front.line(key, config), _part(config))
    for key in ("configs", "dataset_info"):
        entries = card.get(key)
        for at, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            if isinstance(entry, dict) and any(word in entry for word in (*_OWN, *_LINEAGE)):
                path = (key, at) if isinstance(entries, list) else (key,)
                part = _part(entry.get("config_name"))
                yield _declaration(entry, file, name, front.line(*path), part)


def _declaration(
    said: Mapping[str, Any], file: str, name: str | None, line: int | None, part: str | None
) -> Declaration:
    license_, unknown = _license(said)
    return Declaration(
        Where.CARD,
        file,
        Kind.DECLARED,
        license_,
        unknown,
        _sources(said.get("source_datasets")),
        _models(said),
        name,
        line,
        part,
    )


def _line(front: FrontMatter) -> int | None:
    return next((front.line(key) for key in _OWN if key in front.values), None)


def _part(config: object) -> str:
    return label(config) or UNNAMED


# -- licence --------------------------------------------------------------------------------------


def _license(said: Mapping[str, Any]) -> Reading:
    """``license`` (``licenses`` in old cards), with what the three keys beside it say."""
    declared = [said[key] for key in ("license", "licenses") if key in said]
    read = all_of(_read(value, said) for value in declared if not _is_by_config(value))
    if not declared:
        read = _custom(said) or NOTHING
    details = said.get("license_details")
    if read[0] and details is not None and read_text(details)[0] != read[0]:
        return None, DETAILS
    return read


def _is_by_config(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


def _read(value: object, said: Mapping[str, Any]) -> Reading:
    if value in (None, [], {}):
        return None, EMPTY
    entries = value if isinstance(value, list) else [value]
    beside = _custom(said) or NOTHING
    known = [beside] if beside[0] else []  # they contradict the entries, or say the same
    return all_of(dict.fromkeys([*(_entry(entry, said) for entry in entries), *known]))


def _entry(entry: object, said: Mapping[str, Any]) -> Reading:
    if isinstance(entry, list | dict):
        return None, NESTED
    if isinstance(entry, str) and entry.strip().casefold() == "other":
        return _custom(said) or hub_license(entry)
    return hub_license(entry)


def _custom(said: Mapping[str, Any]) -> Reading | None:
    """By ``license_name`` and ``license_link``: both, where both name a licence. A link to a file
    beside the card says nothing here: that file is a paper of its own. None: nothing is said."""
    name, link = said.get("license_name"), said.get("license_link")
    is_address = isinstance(link, str) and link.strip().casefold().startswith(("http:", "https:"))
    reads = [hub_license(value) for value in (name, link if is_address else None) if value]
    known = [read for read in reads if read[0]]
    return all_of(known) if known else reads[0] if reads else None


# -- lineage --------------------------------------------------------------------------------------

_LINEAGE = ("source_datasets", "generated_from", *_CREATORS)


def _sources(value: object) -> tuple[str, ...] | None:
    """``original`` alone is an original; beside others it names none of them."""
    if isinstance(value, dict):
        return None
    entries = [entry for entry in (value if isinstance(value, list) else [value]) if entry]
    names = [name for entry in entries for name in _source(entry)]
    return distinct(names) if entries else None


def _source(entry: object) -> Iterator[str]:
    """One source; ``extended`` and ``extended|other`` say that there is one, not which."""
    text = entry.strip() if isinstance(entry, str) else ""
    word, _, rest = text.partition("|")
    if word.casefold() == "original" and not rest:
        return
    if word.casefold() == "extended":
        yield UNNAMED if rest.strip().casefold() in ("", "other") else name_of(rest)
    else:
        yield name_of(entry)


def _models(said: Mapping[str, Any]) -> tuple[str, ...] | None:
    """``generated_from`` names models; machine-made text, labels or the tag ``synthetic`` say that
    there was one."""
    named = _listed(said.get("generated_from"))
    made = any(MACHINE in _words(said.get(key)) for key in _CREATORS)
    if named:
        return distinct(name_of(one) for one in named)
    return (UNNAMED,) if made or "synthetic" in _words(said.get("tags")) else None


def _listed(value: object) -> list[Any]:
    """The entries of a value, which may be one, a list, or a mapping by configuration."""
    if isinstance(value, dict):
        return [entry for inner in value.values() for entry in _listed(inner)]
    return [] if value is None else value if isinstance(value, list) else [value]


def _words(value: object) -> set[str]:
    return {entry.strip().casefold() for entry in _listed(value) if isinstance(entry, str)}

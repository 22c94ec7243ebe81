"""Names of data sets and models, brought to the form in which lineage looks them up."""

import re
from collections.abc import Iterable

from govgate.rights.declarations.declaration import UNNAMED

MAX_CHARACTERS = 500
MAX_NAMES = 1000

_HUB = re.compile(
    r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?:datasets/)?"
    r"([\w.-]+(?:/[\w.-]+)?)(?:/(?:tree|blob|resolve|raw|viewer|discussions)(?:/.*)?)?/?(?:[?#].*)?$"
)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_PURL = re.compile(r"^pkg:huggingface/(?:datasets/)?([\w.-]+(?:/[\w.-]+)?)(?:@[^?#]*)?(?:[?#].*)?$")


def name_of(value: object) -> str:
    """``value`` as a name; ``UNNAMED`` if it is no text of one line and a sane length.

    An address at the Hugging Face Hub and a package URL of it give the Hub's id, an address at
    doi.org gives ``doi:10.…`` in small letters. All else stays as it is written.
    """
    if not isinstance(value, str):
        return UNNAMED
    text = value.strip()
    if not text or len(text) > MAX_CHARACTERS or not text.isprintable():
        return UNNAMED
    if found := _HUB.match(text) or _PURL.match(text):
        return found[1]
    if found := _DOI.match(text):
        return f"doi:{found[1].lower()}"
    return text


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order; beyond a thousand the rest is one ``UNNAMED``."""
    once: dict[str, None] = {}
    for name in names:
        if len(once) == MAX_NAMES and name not in once:
            return (*once, UNNAMED)
        once[name] = None
    return tuple(once)


def label(value: object) -> str | None:
    """What a paper calls the data set or a part of it; None if it is not a short line of text."""
    name = name_of(value)
    return None if name == UNNAMED else name

"""Which recognizers there are for a language, once a policy has said what it looks for."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from govgate.scan.custom import identifier_recognizer, policy_recognizers
from govgate.scan.identifiers import IDENTIFIERS
from govgate.scansettings import Looks

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


def chosen_recognizers(
    loaded: "Sequence[EntityRecognizer]", looks: Looks, language: str
) -> "list[EntityRecognizer]":
    """``loaded``, those that Presidio loads for ``language`` by default, made to fit ``looks``.

    Added are general recognizers that Presidio's configuration keeps for some languages, and the
    policy's own. With ``looks.countries``, country recognizers are all of those countries', of
    Presidio and of `identifiers.py`, and no others; without, those that were loaded.
    """
    general = [r for r in loaded if r.country_code() is None]
    countries = [r for r in loaded if r.country_code() is not None]
    if looks.countries is not None:
        countries = _of_countries(countries, looks.countries, language)
    return [
        *general,
        *_missing_general(general, language),
        *countries,
        *policy_recognizers(looks, language),
    ]


def country_classes() -> dict[str, "list[type[EntityRecognizer]]"]:
    """Presidio's country recognizers by country, each in the order in which Presidio lists them."""
    from presidio_analyzer import EntityRecognizer, predefined_recognizers

    found: dict[str, list[type[EntityRecognizer]]] = {}
    for name in predefined_recognizers.__all__:
        some: Any = getattr(predefined_recognizers, name)
        if isinstance(some, type) and issubclass(some, EntityRecognizer) and some.COUNTRY_CODE:
            found.setdefault(some.COUNTRY_CODE.lower(), []).append(some)
    return found


def _of_countries(
    loaded: "Sequence[EntityRecognizer]", countries: Iterable[str], language: str
) -> "list[EntityRecognizer]":
    """All recognizers of ``countries``: as loaded, or else as their classes are by default."""
    ready = {type(recognizer): recognizer for recognizer in loaded}
    classes = country_classes()
    chosen: list[EntityRecognizer] = []
    for country in sorted(set(countries)):
        for some in classes.get(country, ()):
            made: Any = some
            chosen.append(ready.get(some) or made(supported_language=language))
        chosen += [
            identifier_recognizer(one, language) for one in IDENTIFIERS if one.country == country
        ]
    return chosen


def _missing_general(
    loaded: "Sequence[EntityRecognizer]", language: str
) -> "list[EntityRecognizer]":
    """A recognizer for credit cards, where there is none: it is the one recognizer of no country
    that Presidio's configuration has for four languages only, and cards are the same in all."""
    from presidio_analyzer.predefined_recognizers import CreditCardRecognizer

    if any(isinstance(recognizer, CreditCardRecognizer) for recognizer in loaded):
        return []
    return [CreditCardRecognizer(supported_language=language)]

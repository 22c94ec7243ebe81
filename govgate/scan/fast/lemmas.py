"""Which lemmas a word may get, whatever the sentence around it: known without tagging it.

Whether context raises a finding's score hangs on the lemmas of a few words around it. Where none
that these words may get is a context word, tagger and lemmatizer need not run.
"""

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spacy.language import Language

from govgate.scan.fast.remembered import Remembered
from govgate.scan.fast.tok2vec import UnknownLayoutError

SILENT: Final = frozenset({"tok2vec", "tagger", "morphologizer", "ner"})
"""Components that set no lemma."""


class PossibleLemmas:
    """All lemmas that ``nlp`` can give to a word. UnknownLayoutError if that cannot be told."""

    def __init__(self, nlp: "Language") -> None:
        self._known: Remembered[str, frozenset[str]] = Remembered()
        self._exceptions: list[Any] = []
        self._rules: list[tuple[str, str]] = []
        self._fixed: list[tuple[re.Pattern[str], str]] = []
        for name, component in nlp.pipeline:
            factory = nlp.get_pipe_meta(name).factory
            if factory == "lemmatizer":
                self._take_rules(component)
            elif factory == "attribute_ruler":
                self._take_fixed(component)
            elif factory not in SILENT:
                raise UnknownLayoutError(f"lemmas may come from the component {name}")

    def of(self, word: str) -> frozenset[str]:
        """Every lemma that ``word`` may get, and perhaps some that it may not."""
        known = self._known.get(word)
        if known is None:
            known = self._known.keep(word, frozenset(self._all(word)), len(word))
        return known

    def _all(self, word: str) -> set[str]:
        lower = word.lower()
        found = {"", word, lower}
        for table in self._exceptions:
            found.update(table.get(lower, ()))
        for old, new in self._rules:
            if lower.endswith(old):
                found.add(lower[: len(lower) - len(old)] + new)
        found.update(lemma for pattern, lemma in self._fixed if pattern.search(lower))
        return found

    def _take_rules(self, component: Any) -> None:
        """Lemmas by rule (`spacy.pipeline.Lemmatizer.rule_lemmatize`): the word, an exception's
        lemma, or the word with another ending."""
        from spacy.lang.en.lemmatizer import EnglishLemmatizer
        from spacy.pipeline import Lemmatizer

        if type(component) not in (Lemmatizer, EnglishLemmatizer) or component.mode != "rule":
            raise UnknownLayoutError("its lemmas do not come from rules")
        exceptions = component.lookups.get_table("lemma_exc", {})
        self._exceptions += [exceptions[part] for part in exceptions]
        rules = component.lookups.get_table("lemma_rules", {})
        self._rules += sorted({(old, new) for part in rules for old, new in rules[part]})

    def _take_fixed(self, component: Any) -> None:
        """Lemmas that the attribute ruler sets for certain words."""
        for entry in component.patterns:
            if "LEMMA" not in entry["attrs"]:
                continue
            for pattern in entry["patterns"]:
                lower = pattern[entry["index"]].get("LOWER")
                self._fixed.append((_pattern(lower), entry["attrs"]["LEMMA"]))


def possible_lemmas(nlp: "Language") -> PossibleLemmas | None:
    """The possible lemmas of ``nlp``; None if they cannot be told."""
    try:
        return PossibleLemmas(nlp)
    except UnknownLayoutError:
        return None


def _pattern(lower: Any) -> "re.Pattern[str]":
    if isinstance(lower, str):
        return re.compile(rf"\A{re.escape(lower)}\Z")
    if isinstance(lower, dict) and set(lower) == {"REGEX"}:
        return re.compile(lower["REGEX"])
    if isinstance(lower, dict) and set(lower) == {"IN"}:
        return re.compile(rf"\A(?:{'|'.join(map(re.escape, lower['IN']))})\Z")
    return re.compile("")  # any word

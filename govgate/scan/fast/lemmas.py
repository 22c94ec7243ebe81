"""Which lemmas a word may get, whatever the sentence around it: known without tagging it.

Whether context raises a finding's score hangs on the lemmas of a few words around it. Where none
that these words may get is a context word, tagger and lemmatizer need not run.
"""

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spacy.language import Language

from govgate.scan.fast.tok2vec import UnknownLayoutError, parts_of
from govgate.scan.remembered import Remembered

SILENT: Final = frozenset({"tok2vec", "tagger", "morphologizer", "ner"})
"""Components that set no lemma."""
SOFTMAX: Final = ">>with_array(softmax)"
LISTENING: Final = "tok2vec-listener" + SOFTMAX
LOCAL: Final = frozenset({"DEP", "IS_SPACE", "LOWER", "NORM", "ORTH", "POS", "TAG", "TEXT"})
"""What a pattern of the attribute ruler may say of each of its tokens: nothing that could have it
match any number of them."""


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


def lemma_reach(nlp: "Language") -> int | None:
    """How many tokens to either side of a token its lemma hangs on; None if that cannot be told.

    `possible_lemmas` must be known.
    """
    seen = [0]
    try:
        for name in nlp.pipe_names:
            factory = nlp.get_pipe_meta(name).factory
            component: Any = nlp.get_pipe(name)
            if factory in ("tok2vec", "tagger", "morphologizer"):
                seen.append(_convolutions(component.model))
            elif factory == "attribute_ruler":
                seen.append(_longest_pattern(component) - 1)
    except UnknownLayoutError:
        return None
    return sum(seen)


def _convolutions(model: Any) -> int:
    """Tokens to either side that a tok2vec looks at, or a tagger with one of its own."""
    if model.name == LISTENING:
        return 0  # to the tok2vec of the pipeline
    behind = SOFTMAX if model.name.endswith(SOFTMAX) else ""
    windows = parts_of(model, behind)["expand_window"]
    return sum(int(window.attrs["window_size"]) for window in windows)


def _longest_pattern(ruler: Any) -> int:
    patterns = [pattern for entry in ruler.patterns for pattern in entry["patterns"]]
    for token in (token for pattern in patterns for token in pattern):
        if not LOCAL.issuperset(token):
            raise UnknownLayoutError("its attribute ruler looks further than at tokens")
    return max(map(len, patterns), default=1)


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

"""The place of a text that answers best, with the words that were asked for marked."""

from collections.abc import Mapping

from govgate.retrieve.words import placed_terms

WORDS = 24
_LONGEST = 400  # characters: text without spaces is one word


def snippet(text: str, weights: Mapping[str, float]) -> str:
    """About two dozen words around the best place, those asked for in [brackets], in one line.

    ``weights``: the stems asked for, and what each is worth; a place counts each of them once.
    """
    data, words = placed_terms(text)
    if not words:
        return _line(text)
    first = _best(words, weights)
    shown = words[first : first + WORDS]
    start = 0 if first == 0 else shown[0][0]
    end = len(data) if first + WORDS >= len(words) else shown[-1][1]
    pieces, at = [], start
    for begin, stop, term in shown:
        if term in weights:
            pieces += [data[at:begin], b"[", data[begin:stop], b"]"]
            at = stop
    said = b"".join([*pieces, data[at:end]]).decode("utf-8", "replace")
    return ("" if start == 0 else "…") + _line(said) + ("" if end == len(data) else "…")


def _best(words: list[tuple[int, int, str]], weights: Mapping[str, float]) -> int:
    """The first of the words to show: the window worth most, with a few words before it."""
    hits = [at for at, (_, _, term) in enumerate(words) if term in weights]
    worth, best = -1.0, 0
    for at in hits:
        window = {term for _, _, term in words[at : at + WORDS - 4]}
        found = sum(weight for term, weight in weights.items() if term in window)
        if found > worth:
            worth, best = found, at
    return max(0, min(best - 4, len(words) - WORDS))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"

"""Words of messages: a value as it is shown, the nearest allowed word."""

import difflib
from collections.abc import Iterable

MAX_WORDS = 40  # of a closed list that a message spells out


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """`` (did you mean X?)`` for the nearest allowed word, or nothing."""
    by_folded = {choice.casefold(): choice for choice in allowed}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean {by_folded[near[0]]}?)" if near else ""


def one_line(text: str) -> str:
    """``text`` as it may stand in a line of a message: what could steer a terminal is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(value: object) -> str:
    """A value as a message names it: short, on one line."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            text = str(value)
            return repr(text if len(text) <= 60 else text[:57] + "...")


def unknown_word(value: object, allowed: Iterable[str]) -> str:
    """The message for a value outside a closed list of words."""
    words = list(allowed)
    listed = ", ".join(words[:MAX_WORDS])
    if len(words) > MAX_WORDS:
        listed += f" and {len(words) - MAX_WORDS} more"
    if not isinstance(value, str):
        return f"must be one of {listed}, not {shown(value)}"
    return f"unknown value {shown(value)}{did_you_mean(value, words)}; allowed: {listed}"

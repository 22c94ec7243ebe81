"""How many tokens a text takes, estimated high, and where it may be cut to fit.

A prompt that is longer than was thought loses its end or is refused, one that is shorter loses
nothing, so the estimate leans to the high side. It needs no tokenizer, and none of the models that
bring one::

    max(words * 4/3, units / 12), rounded up

``words`` are separated by white space. ``units`` weigh every character by how tokenizers of the
byte-pair kind take its sort, in twelfths of a token: a letter or space of ASCII 3 (four make a
token), a capital or a letter of a word of more than twelve 6, a digit 6, a character of a word that
mixes letters, digits or capitals (base64, hex, identifiers) 10, other ASCII 12, any other character
6 for each of its UTF-8 bytes (12 for é or я, 18 for 漢), 9 where there are four (36 for an emoji).
Texts joined at white space take no more than the sum of what they take alone, and no token has more
than `MOST_CHARS` characters. docs/serving.md compares it with two tokenizers.
"""

import re
from collections.abc import Iterator

MOST_CHARS = 4
_WORD = re.compile(r"[A-Za-z0-9]+")
_PLAIN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_CAPITAL = re.compile(r"[A-Z]")
_FOUR_BYTES = re.compile(r"[\U00010000-\U0010ffff]")
_LONG = 12
_END_OF_SENTENCE = re.compile(r"[.!?…]+[\"'’”)\]]*(?=\s)|[。！？]+[」』”]*|(?=\n)")
_END_OF_WORD = re.compile(r"(?<=\S)(?=\s)")


def estimate(text: str) -> int:
    """Tokens that ``text`` is counted as; 0 for an empty one."""
    words = _WORD.findall(text)
    plain = sum(map(len, words)) + text.count(" ")
    ascii_ = sum(map(str.isascii, text))
    beyond = len(text.encode("utf-8", "replace")) - ascii_
    units = sum(map(_units, words)) + 3 * text.count(" ") + 12 * (ascii_ - plain)
    units += 6 * beyond + 12 * len(_FOUR_BYTES.findall(text))
    return max(-(-4 * len(text.split()) // 3), -(-units // 12))


def _units(word: str) -> int:
    if _PLAIN.fullmatch(word) is None:
        return 10 * len(word)
    if word.isdigit() or len(word) > _LONG:
        return 6 * len(word)
    return 3 * len(word) + 3 * len(_CAPITAL.findall(word))


def ends(text: str) -> Iterator[list[int]]:
    """Where ``text`` may be cut, in ascending order: after its sentences and lines, then (second
    list) after its words."""
    for pattern in (_END_OF_SENTENCE, _END_OF_WORD):
        yield sorted({found.end() for found in pattern.finditer(text)})

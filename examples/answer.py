"""Answers a question by retrieval: what the tiny model of train.py does where it may not learn.

    govgate run RUN --fallback 'python examples/answer.py "Who repairs umbrellas?"' -- \\
        python examples/train.py MODEL.json

Finds the rows that answer best in the store that $GOVGATE_RETRIEVAL names, and puts them into a
prompt: numbered passages with their sources. A product would send that to a language model. Here
the character model of train.py reads each sentence of the passages, nothing is kept of them, and
the answer is the sentence after which the question's words surprise it least, cited.
"""

import math
import os
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from train import ORDER, fit, probability

from govgate.errors import GovgateError
from govgate.retrieve.context import Context, context
from govgate.retrieve.scope import Scope
from govgate.retrieve.search import search

QUESTION = "Which path did mules take to carry salt?"
BUDGET = 1500  # tokens of the prompt
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")


def sentences(prompt: Context) -> Iterator[tuple[int, str]]:
    """The sentences of the prompt's passages, each with the number of its passage."""
    for cited, hit in zip(prompt.citations, prompt.hits, strict=True):
        for sentence in filter(None, map(str.strip, _SENTENCE.split(hit.text))):
            yield cited.number, sentence


def told(question: str, sentence: str) -> float:
    """Bits by which the question is less surprising to a model once it has read the sentence: the
    question's words alone, so that a long sentence wins nothing by its length."""
    read = fit([sentence.lower()])
    return sum(
        max(0.0, math.log2(probability(read, text[end - ORDER : end], text[end]) * 64))
        for word in set(re.findall(r"\w{4,}", question.lower()))
        for text in ["\n" * ORDER + " " + word]
        for end in range(ORDER + 3, len(text))
    )


def main() -> None:
    store = os.environ.get("GOVGATE_RETRIEVAL")
    if not store:
        sys.exit("usage: govgate run RUN --fallback 'python examples/answer.py QUESTION' -- CMD")
    question = " ".join(sys.argv[1:]) or QUESTION
    try:
        found = search(Path(store), question, Scope(date.today()), limit=3)
        prompt = context(found, question, BUDGET)
    except GovgateError as error:
        sys.exit(f"answer.py: {error}")
    if not prompt.hits:
        sys.exit("answer.py: nothing that may be looked up says anything about this")
    number, answer = max(sentences(prompt), key=lambda one: told(question, one[1]))
    cited = prompt.citations[number - 1]
    duties = f"; {', '.join(cited.obligations)}" if cited.obligations else ""
    print(f"Q: {question}\nA: {answer} [{number}]\n")
    print(f"[{number}] {cited.citation}, row {cited.row}{duties}")
    print(f"(a prompt of {prompt.tokens} tokens, allowed by record {prompt.record[:16]})")


if __name__ == "__main__":
    main()

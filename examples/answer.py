"""Answers a question from the rows that may be looked up: what runs when training may not.

    govgate run RUN --fallback 'python examples/answer.py "Who repairs umbrellas?"' -- CMD

Reads the store that $GOVGATE_RETRIEVAL names and prints the best rows with what their use asks
for. A product would hand these to a language model; here they are the answer.
"""

import os
import sys
from datetime import date
from pathlib import Path

from govgate.errors import GovgateError
from govgate.retrieve.scope import Scope
from govgate.retrieve.search import search

QUESTION = "Which path did mules take to carry salt?"


def main() -> None:
    store = os.environ.get("GOVGATE_RETRIEVAL")
    if not store:
        sys.exit("usage: govgate run RUN --fallback 'python examples/answer.py QUESTION' -- CMD")
    question = " ".join(sys.argv[1:]) or QUESTION
    try:
        result = search(Path(store), question, Scope(date.today()), limit=3)
    except GovgateError as error:
        sys.exit(f"answer.py: {error}")
    print(f"{question}\n(allowed by {result.record})")
    for hit in result.hits:
        owed = f"; {', '.join(hit.obligations)}" if hit.obligations else ""
        print(f"\n[{hit.rank}] {hit.row}, {hit.source or 'source unknown'}, {hit.license}{owed}")
        print(hit.snippet)
    if not result.hits:
        print("Nothing that may be looked up says anything about this.")


if __name__ == "__main__":
    main()

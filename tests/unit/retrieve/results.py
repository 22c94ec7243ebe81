"""Answers of a search, made by hand."""

from govgate.retrieve.search import Hit, SearchResult

RECORD = "feed" * 16


def found(*hits: Hit) -> SearchResult:
    return SearchResult(record=RECORD, rows=len(hits), hits=hits)

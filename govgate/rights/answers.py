"""Answers that many rows share: each is worked out once, remembered, and joined to the rows."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

MOST = 500_000  # answers remembered; texts of rows are not trusted to be few


class Answers:
    """A growing table from ``keys`` to the columns of ``schema``, filled by ``answer`` on demand.

    ``answer`` takes a value for each key, null as None, and gives a value for each column.
    """

    def __init__(
        self, keys: pl.Schema, schema: pl.Schema, answer: Callable[..., Sequence[Any]]
    ) -> None:
        self._keys, self._schema, self._answer = keys, schema, answer
        self._known = pl.DataFrame(schema=pl.Schema({**keys, **schema}))

    def join(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``rows``, which have the keys, in their order with the answers' columns added."""
        on = self._keys.names()
        asked = rows.select(on).unique().cast(self._keys)
        new = asked.join(self._known, on=on, how="anti", nulls_equal=True)
        if not new.is_empty():
            self._learn(asked if self._known.height + new.height > MOST else new)
        known = self._known.cast({name: rows.schema[name] for name in on})
        return rows.join(known, on=on, how="left", maintain_order="left", nulls_equal=True)

    def _learn(self, asked: pl.DataFrame) -> None:
        answers = [self._answer(*keys) for keys in asked.iter_rows()]
        columns = zip(*answers, strict=True)
        learnt = asked.hstack(
            [
                pl.Series(name, values, dtype)
                for (name, dtype), values in zip(self._schema.items(), columns, strict=True)
            ]
        )
        forgets = self._known.height + asked.height > MOST
        self._known = learnt if forgets else pl.concat([self._known, learnt])

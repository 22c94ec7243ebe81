"""Which rows of a table of facts were erased before the run."""

import polars as pl


def erased_in(facts: pl.DataFrame) -> pl.Series:
    """By the column `erased`; facts of earlier versions have none, and no erased rows."""
    if "erased" not in facts.columns:
        return pl.Series("erased", [False], dtype=pl.Boolean).new_from_index(0, facts.height)
    return facts["erased"].fill_null(value=False)

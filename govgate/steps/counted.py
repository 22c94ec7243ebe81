"""Which findings count under a policy."""

import polars as pl

from govgate.policy.load import Policy


def counted(policy: Policy) -> pl.Expr:
    """True for the sightings that become facts and are redacted: those that no rule took out and
    that score at least the threshold of their entity."""
    default = pl.lit(policy.threshold)
    own = pl.col("entity").replace_strict(
        policy.thresholds, default=default, return_dtype=pl.Float64
    )
    enough = pl.col("score") >= (own if policy.thresholds else default)
    return pl.col("excluded").is_null() & enough

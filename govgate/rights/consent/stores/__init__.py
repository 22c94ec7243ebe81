"""Databases of consent events: append-only, one batch a transaction, chained by digests."""

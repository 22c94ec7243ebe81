"""Facts under which conditions have wanted answers, found by search without a solver."""

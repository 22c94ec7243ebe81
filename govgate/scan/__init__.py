"""What is in the rows? Strings and their roles, the detector, the coverage ledger, the workers."""

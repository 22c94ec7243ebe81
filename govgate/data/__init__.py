"""What bytes came in, what bytes go out: formats, rows, digests, redaction, partitions."""

"""The fast path: what Presidio's AnalyzerEngine finds, many texts at a time."""

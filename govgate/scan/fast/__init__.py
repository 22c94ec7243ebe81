"""The fast path: what Presidio's AnalyzerEngine finds, many texts at a time.

`detector` puts the parts together. Tokens: `tokens`, `chunks`. Names: `names` with `tok2vec`,
`biluo` and `referee`. Patterns: `patterns` with `prefilter`, `searches` and `lookahead`. Telephone
numbers: `phone`. Context: `context` with `keywords` and `lemmas`.
"""

"""What is legal in a policy and probably not meant.

`registry.py` lists every check; each is a function from a `Subject` to hits, and a heading in
`docs/lint.md`. `run.py` runs them all over a file's bytes; `fix.py` mends what is safe to mend.
"""

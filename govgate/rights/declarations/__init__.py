"""What a data set's own papers say of its licence and of where it comes from.

Each reader takes the bytes of one paper and gives :class:`~declaration.Declaration` values; only
``find`` looks at a disk. What a paper says is never taken for true: ``agree`` compares the papers.
"""

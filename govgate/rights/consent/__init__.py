"""The consent registry: events, where they are kept, what they come to, how rows meet them.

Nothing is imported here: the configuration needs ``places`` and ``purposes``, and must not load
the tables that ``registry`` reads.
"""

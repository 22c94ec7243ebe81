"""The consent registry: events, where they are kept, what they come to, how rows meet them.

It gives no names of its own: `places.py`, which configurations need, is to load no Polars.
"""

"""Opt-outs as they were captured: what sites and people said about training, retrieval and mining.

Nothing here fetches anything. ``capture`` reads WARC files, folders of saved responses and lists
into a signals file (``store``); ``evaluate`` answers from such files what holds for a URL or a
person. A module each knows one way of saying no: ``robots`` and ``crawl``, ``usage``,
``contentsignal``, ``tdmrep``, ``robotstag``, ``htmlmeta``, ``aitxt``, ``c2pa``, ``lists``. What a
word means is data: ``words.tsv`` and ``agents.tsv``.
"""

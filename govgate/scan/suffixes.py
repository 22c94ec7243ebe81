"""The public suffix list that tldextract ships; nothing is fetched, nothing kept on disk."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


@cache
def suffix_list() -> "TLDExtract":
    """What splits a host by that list."""
    from tldextract import TLDExtract

    return TLDExtract(cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True)

"""The consent registry: events, where they are kept, what they come to, how rows meet them."""

from govgate.rights.consent.registry import Registry, load_registry
from govgate.rights.consent.words import ConsentStatus

__all__ = ["ConsentStatus", "Registry", "load_registry"]

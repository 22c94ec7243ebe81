"""Texts that nothing else holds and that no compression hides, to be searched for once erased."""

from random import Random
from string import ascii_letters


def noise(seed: int, length: int) -> str:
    """The `length` letters of this seed, the same on every run: the detector may see a name or a
    number in a random text and redact it, so a test must not meet another text each time."""
    return "".join(Random(seed).choices(ascii_letters, k=length))

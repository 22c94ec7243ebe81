"""A dictionary of what was found out before, which never grows out of hand."""

from typing import Final, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

ENTRIES: Final = 200_000
CHARACTERS: Final = 8_000_000
NAMES: Final = 20_000
"""Names that come with the data, such as those of members: usually few, but anybody's to make."""


class Remembered(dict[Key, Value]):
    """Lets everything go when it holds ``entries``, `ENTRIES` unless told, or keys of `CHARACTERS`
    in all: a word can be as long as a text."""

    def __init__(self, entries: int | None = None) -> None:
        super().__init__()
        self._entries = entries
        self._characters = 0

    def keep(self, key: Key, value: Value, characters: int = 0) -> Value:
        """Remember ``value``; gives it back. ``characters``: the length of the key."""
        if len(self) >= (self._entries or ENTRIES) or self._characters > CHARACTERS:
            self.clear()
            self._characters = 0
        self._characters += characters
        self[key] = value
        return value

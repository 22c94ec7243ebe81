"""Whose words a string is: the row shapes that trainers use, told by their field names.

A turn (``{"role": …, "content": …}`` or ``{"from": …, "value": …}``) gives its own role to all
that is inside, except within ``chosen`` and ``rejected``: there it matters which side was
preferred, whoever speaks.
"""

from collections.abc import Mapping
from typing import Any, Final

OTHER: Final = "other"
HISTORY: Final = "history"

SPEAKERS: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "ipython": "tool",
}

FIELDS: Final = {
    "text": "text",
    "system": "system",
    "instruction": "user",
    "input": "user",
    "question": "user",
    "output": "assistant",
    "response": "assistant",
    "answer": "assistant",
    "prompt": "prompt",
    "completion": "completion",
    "completions": "completion",
    "chosen": "chosen",
    "chosen_response": "chosen",
    "rejected": "rejected",
    "rejected_response": "rejected",
    "tools": "tool",
    "functions": "tool",
    "history": HISTORY,
}

PREFERENCES: Final = frozenset({"chosen", "rejected"})
SPOKEN: Final = frozenset(
    {"content", "tool_calls", "function_call", "thinking", "reasoning_content"}
)

FIELD_NAMES: Final = (
    frozenset(FIELDS)
    | SPOKEN
    | {"messages", "conversations", "role", "from", "value", "name", "type", "function"}
    | {"arguments", "parameters", "description", "id", "tool_call_id", "answers"}
    | {"label", "labels", "image_url", "url"}
)
"""Names that the shapes themselves give to members. As keys they say nothing of any person."""


def speaker(member: Mapping[Any, Any]) -> str | None:
    """The role of a chat turn, None if ``member`` is no turn; a word not known here is other."""
    if isinstance(member.get("role"), str) and not SPOKEN.isdisjoint(member):
        return SPEAKERS.get(member["role"].lower(), OTHER)
    if isinstance(member.get("from"), str) and "value" in member:
        return SPEAKERS.get(member["from"].lower(), OTHER)
    return None


def member_role(role: str, key: str, turn: str | None) -> str:
    """The role of member ``key`` of an object whose own role is ``role``."""
    if role in PREFERENCES:
        return role
    if turn is not None:
        return turn
    return FIELDS.get(key, OTHER) if role == OTHER else role


def element_role(role: str, value: Any, position: int, *, in_exchange: bool) -> str:
    """The role of an array's element. A history holds exchanges: first the user, then the answer.

    ``in_exchange``: the array is itself an element of a history.
    """
    if role != HISTORY or not isinstance(value, str):
        return role
    if in_exchange and position > 1:
        return OTHER
    return "assistant" if position % 2 else "user"

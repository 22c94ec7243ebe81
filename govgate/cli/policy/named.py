"""How messages about two policies call them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from govgate.policy.load import Policy


def names_apart(base: "Policy", other: "Policy") -> tuple[str, str]:
    """Names and versions; with their files too, where both are the same."""
    names = [f"{policy.name} version {policy.version}" for policy in (base, other)]
    if names[0] == names[1]:
        files = [policy.name_for_messages for policy in (base, other)]
        names = [f"{name} ({file})" for name, file in zip(names, files, strict=True)]
    return names[0], names[1]

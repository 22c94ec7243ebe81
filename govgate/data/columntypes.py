"""Arrow types and the types to convert them to: for reading, for redacting, for writing."""

from typing import Any

import pyarrow as pa


def readable_type(kind: Any) -> Any:
    """The type to read a column of ``kind`` as: one whose values Python's own types can hold."""
    if isinstance(kind, pa.BaseExtensionType):
        return readable_type(kind.storage_type)
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_dictionary(kind):
        return readable_type(kind.value_type)
    return with_inner(kind, readable_type)


def exact_type(kind: Any) -> Any:
    """The type to redact a column of ``kind`` as: Python values of it lose nothing."""
    if isinstance(kind, pa.BaseExtensionType):
        return exact_type(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return exact_type(kind.value_type)
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind):
        return pa.int64()
    return with_inner(kind, exact_type)


def plain_type(kind: Any) -> Any:
    """``kind`` with dictionaries and views replaced by types that hold just their own values."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    return with_inner(kind, plain_type)


def with_inner(kind: Any, change: Any) -> Any:
    """A nested type with ``change`` applied to the types inside it; any other type as it is."""
    if pa.types.is_struct(kind):
        return pa.struct([_inner(field, change) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(change(kind.key_type), _inner(kind.item_field, change))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_inner(kind.value_field, change), kind.list_size)
    if pa.types.is_large_list(kind):
        return pa.large_list(_inner(kind.value_field, change))
    if pa.types.is_list(kind):
        return pa.list_(_inner(kind.value_field, change))
    return kind


def _inner(field: Any, change: Any) -> Any:
    return field.with_type(change(field.type))


def holds_map(kind: Any) -> bool:
    """Whether a map lies anywhere in ``kind``."""
    if pa.types.is_map(kind):
        return True
    if pa.types.is_struct(kind):
        return any(holds_map(field.type) for field in kind)
    return pa.types.is_nested(kind) and hasattr(kind, "value_type") and holds_map(kind.value_type)

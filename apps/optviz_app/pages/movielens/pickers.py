"""Lists of users and movies that are searched on the server, as there are thousands."""

from __future__ import annotations

from typing import Any

from optviz_app.components.fields import select


def build_picker(identity: str, kind: str, chosen: int | None = None, **more: Any) -> Any:
    """Build a list of users or movies; its options come once a result is there."""
    value = None if chosen is None else str(chosen)
    return select(
        identity,
        {value: value} if value else {},
        value,
        searchable=True,
        filter={"function": "asFound"},
        nothingFoundMessage=f"no {kind} found",
        maxDropdownHeight=280,
        comboboxProps={"withinPortal": True},
        **({"label": kind} | more),
    )

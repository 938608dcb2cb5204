"""The spellings that we know of, from spellings.toml, and the way to one by its names."""

from __future__ import annotations

import tomllib
from pathlib import Path

from optviz.dialects.records import Dialect
from optviz.specs import known

_ENTRIES = tomllib.loads(Path(__file__).with_name("spellings.toml").read_text("utf-8"))
ABSENT: dict[str, dict[str, str]] = _ENTRIES.pop("absent")
"""Who does not spell an optimizer, and why: by optimizer and source."""
DIALECTS: dict[str, dict[str, Dialect]] = {
    optimizer: {name: Dialect(optimizer, name, **entry) for name, entry in entries.items()}
    for optimizer, entries in _ENTRIES.items()
}
"""Every spelling, by optimizer and source."""


def spellings(optimizer: str) -> dict[str, Dialect]:
    """The spellings of an optimizer by source.

    Raises: ValueError: no optimizer "adm"; nearest: adam
    """
    return DIALECTS[known("optimizer", optimizer, DIALECTS)]


def spelling(optimizer: str, source: str) -> Dialect:
    """The spelling of an optimizer by a source.

    Raises: ValueError: no spelling of adam "torch"; nearest: pytorch
    """
    found = spellings(optimizer)
    if source in ABSENT.get(optimizer, {}):
        raise ValueError(f"no {optimizer} by {source}: {ABSENT[optimizer][source]}")
    return found[known(f"spelling of {optimizer}", source, found)]

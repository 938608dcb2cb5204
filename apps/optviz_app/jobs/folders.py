"""Checks of the folders that a job writes to, made before it begins."""

from __future__ import annotations

import tempfile
from pathlib import Path

PROBE = 1 << 20
"""Bytes that must find room; a full disk often takes a few more."""


def check_folder(folder: Path, variable: str) -> None:
    """Refuse a folder that cannot be written; `variable` is the one that names another.

    Raises: ValueError: /mnt/trainings cannot be written (No space left on device): set OPTVIZ_CACHE
            to a folder that can
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE))
    except OSError as error:
        raise ValueError(describe_refusal(folder, error, variable)) from None


def describe_refusal(folder: Path, error: OSError, variable: str) -> str:
    """Say that a folder cannot be written, why, and the way out."""
    why = error.strerror or type(error).__name__
    return f"{folder} cannot be written ({why}): set {variable} to a folder that can"

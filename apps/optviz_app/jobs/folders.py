"""The folders that a job writes to: checked before it begins, and cleared of what was left."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "optviz-jobs-"
"""Begins the names of the folders by which servers and their jobs talk."""
LEFT_S = 24 * 3600
"""Age at which what nobody has touched since counts as left behind by a process that was killed."""

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


def make_folder(home: Path) -> Path:
    """Return a new folder for the channels of a server; those that killed ones left go."""
    for left in home.glob(f"{PREFIX}*"):
        with suppress(OSError):  # such as another user's
            touched = max(each.stat().st_mtime for each in (left, *left.iterdir()))
            if time.time() - touched > LEFT_S:  # one in use is made anew
                shutil.rmtree(left)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))


def describe_refusal(folder: Path, error: OSError, variable: str) -> str:
    """Say that a folder cannot be written, why, and the way out."""
    why = error.strerror or type(error).__name__
    return f"{folder} cannot be written ({why}): set {variable} to a folder that can"

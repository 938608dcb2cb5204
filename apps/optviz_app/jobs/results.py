"""Results on disk: written whole or not at all, found by what was asked, the oldest forgotten."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEEP = 20
"""Results kept of each kind; one of a training takes 5 to 30 MB."""


@dataclass(frozen=True)
class Result:
    """A saved result: words in memory, files read on demand."""

    folder: Path
    words: dict[str, Any]

    @property
    def is_whole(self) -> bool:
        """True unless the work was cut short."""
        return self.words["outcome"] == "finished"

    @property
    def stamp(self) -> str:
        """A text that is another one after each new result."""
        return str((self.folder / "result.json").stat().st_mtime_ns)


def save_result(target: Path, words: dict[str, Any], write_files: Callable[[Path], Any]) -> None:
    """Write a result to a folder, in place of an earlier one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    old = made.with_name(made.name + "-old")
    try:
        write_files(made)
        (made / "result.json").write_text(json.dumps(words))
        if target.exists():
            target.replace(old)
        made.replace(target)
    finally:
        for folder in (made, old):
            shutil.rmtree(folder, ignore_errors=True)
    forget_oldest(target.parent)


def forget_oldest(folder: Path) -> None:
    """Remove all but the newest results."""
    results = [each for each in folder.iterdir() if (each / "result.json").exists()]
    results.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    for old in results[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)

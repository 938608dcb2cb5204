"""The kinds of long work: how each is run, what it reports and how its result is saved."""

from __future__ import annotations

import json
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from optviz_app.jobs.channel import Reporter

TASKS = {"training": "optviz_app.pages.movielens.training_task:TrainingTask"}
"""Each kind and its class, which the server and the worker processes import when they need it."""
KEEP = 20
"""Results kept of each kind; one of a training takes 5 to 30 MB."""
KEEP_BYTES = 512 << 20
"""Bytes of the results kept of each kind."""


class Request(NamedTuple):
    """A piece of long work as a page asks for it: its kind and its settings as canonical JSON."""

    kind: str
    text: str

    @property
    def digest(self) -> str:
        """The name of the result's folder."""
        return sha256(self.text.encode()).hexdigest()[:16]

    @property
    def key(self) -> str:
        """A short text that names this work among all kinds."""
        return f"{self.kind}-{self.digest}"


class Product(NamedTuple):
    """The outcome of a task."""

    words: dict[str, Any]
    """Everything that a page needs at once, as JSON; `checksum` is that of the data used."""
    write_files: Callable[[Path], Any]
    """Writes the rest into a folder."""


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


class Task(ABC):
    """One piece of long work; a subclass is one kind."""

    noun: ClassVar[str] = "job"
    plural: ClassVar[str] = "jobs"
    """Also the name of the folder of results in the cache."""
    phases: ClassVar[tuple[str, ...]] = ()
    """The phases that `run` reports, between `starting` and the end."""
    result_type: ClassVar[type[Result]] = Result

    def __init__(self, request: Request, cache: Path):
        self.request, self.cache = request, cache
        self.target = cache / self.plural / request.digest

    @abstractmethod
    def run(self, reporter: Reporter) -> Product:
        """Do the work in a worker process.

        Raises: ValueError: a sentence for the user; Stopped: ordered to stop, nothing to keep
        """

    def find_checksum(self) -> str | None:
        """Return the checksum of the data that the work reads; None where that is not here yet."""
        return ""

    def find_bundled(self) -> Result | None:
        """Return the result that the app brings along, if any."""
        return None

    def find_result(self, checksum: str | None) -> Result | None:
        """Return the saved result, if it was made from data with this checksum."""
        try:
            words = json.loads((self.target / "result.json").read_text())
            made = words["experiment"], words.get("checksum", "")
        except (OSError, ValueError, TypeError, LookupError):  # none, or broken
            return None
        fits = "outcome" in words and made == (self.request.text, checksum)
        return self.result_type(self.target, words) if fits else None


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
    bound_bytes(target.parent)


def forget_oldest(folder: Path) -> None:
    """Remove all but the newest results."""
    results = [each for each in folder.iterdir() if (each / "result.json").exists()]
    results.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    for old in results[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)


def bound_bytes(folder: Path) -> None:
    """Remove the oldest results as far as all are larger than KEEP_BYTES; the newest stays."""
    with suppress(OSError):  # such as a folder that is removed meanwhile
        files = list(folder.glob("[!.]*/result.json"))
        files.sort(key=lambda file: file.stat().st_mtime, reverse=True)
        total = 0
        for count, file in enumerate(files):
            total += sum(each.stat().st_size for each in file.parent.iterdir())
            if count and total > KEEP_BYTES:
                shutil.rmtree(file.parent, ignore_errors=True)

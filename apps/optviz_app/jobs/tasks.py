"""The kinds of long work: how each is run, what it reports and how its result is saved."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from optviz_app.jobs.channel import Reporter
from optviz_app.jobs.folders import LEFT_S

TASKS = {
    "training": "optviz_app.pages.movielens.training_task:TrainingTask",
    "landscape": "optviz_app.pages.movielens.landscape.task:LandscapeTask",
    "study": "optviz_app.pages.movielens.studies.study_task:StudyTask",
    "map": "optviz_app.pages.maps.map_task:MapTask",
    "race": "optviz_app.pages.races.race_task:RaceTask",
    "claim": "optviz_app.pages.races.race_task:ClaimTask",
    "figure": "optviz_app.components.exports.tasks:FigureTask",
    "film": "optviz_app.components.exports.tasks:FilmTask",
}
"""Each kind and its class, which the server and the worker processes import when they need it."""
PART = ".part-"
"""Begins the names of folders in which a result is being made."""
KEEP = 20
"""Results kept of each kind; one of a training takes 30 to 150 MB, most of it paths."""
KEEP_BYTES = 1 << 30
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
    stamp: str = ""
    """A text that is another one after each new result."""

    @property
    def is_whole(self) -> bool:
        """True unless the work was cut short."""
        return self.words["outcome"] == "finished"

    def check(self) -> None:
        """Raise ValueError, LookupError or OSError where a part of the result is damaged."""


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

    def prepare(self) -> None:  # noqa: B027 - most kinds have nothing to read before
        """Read into this process what `run` will need, where that takes long."""

    def describe_missing(self) -> str:
        """Say which package the work needs that is not installed here; nothing where it can run."""
        return ""

    def find_checksum(self) -> str | None:
        """Return the checksum of the data that the work reads; None where that is not here yet."""
        return ""

    def find_bundled(self) -> Result | None:
        """Return the result that the app brings along, if any."""
        return None

    def find_result(self, checksum: str | None) -> Result | None:
        """Return the saved result, if it is whole and made from data with this checksum."""
        file = self.target / "result.json"
        try:
            words, stamp = json.loads(file.read_text()), str(file.stat().st_mtime_ns)
            made = words["experiment"], words.get("checksum", "")
            if "outcome" not in words or made != (self.request.text, checksum):
                return None
            result = self.result_type(self.target, words, stamp)
            result.check()
        except (OSError, ValueError, TypeError, LookupError, AttributeError):  # none, or damaged
            return None
        return result


def save_result(target: Path, words: dict[str, Any], write_files: Callable[[Path], Any]) -> None:
    """Write a result to a folder, in place of an earlier one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=PART, dir=target.parent))
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
    """Remove the oldest results beyond KEEP and KEEP_BYTES, and what was left half made.

    The newest result stays, whatever its size; only a killed process leaves one half made.
    """
    made: dict[Path, float] = {}
    with suppress(OSError):  # such as a folder that is removed meanwhile
        for each in folder.iterdir():
            made[each] = each.stat().st_mtime
    results = [each for each in made if (each / "result.json").exists() and not is_part(each)]
    results.sort(key=lambda each: made[each], reverse=True)
    old = [each for each in made if is_part(each) and time.time() - made[each] > LEFT_S]
    total = 0
    for count, each in enumerate(results):
        with suppress(OSError):
            total += sum(file.stat().st_size for file in each.iterdir())
        if count >= KEEP or (count and total > KEEP_BYTES):
            old.append(each)
    for each in old:
        shutil.rmtree(each, ignore_errors=True)


def is_part(folder: Path) -> bool:
    """Return True for a folder in which a result is being made."""
    return folder.name.startswith(PART)

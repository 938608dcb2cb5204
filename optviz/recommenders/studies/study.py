"""The record of a study, and the watch over one under way."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from optviz.movielens.ratings import Ratings
from optviz.recommenders.studies.kinds import StudyError, find_study
from optviz.recommenders.studies.picture import Picture
from optviz.recommenders.studies.table import Row, Table
from optviz.recommenders.training.record import Training
from optviz.runs.comparison import make_strict

FORMAT = 1
PACKAGES = ("optviz", "numpy", "scipy", "torch")
"""The packages whose versions a study notes; one that is not installed is left out."""
SAVED = Path(__file__).parent / "saved"
"""The results that come with optviz: measurements alone, no rating and no weight."""


class StudyCanceledError(Exception):
    """A study that was ordered to stop."""


@dataclass(frozen=True)
class Study:
    """The measurements of a study: the rows, how they were made, and what follows from them.

    Only `rows` are stored; table, conclusion and pictures are made from them again each time.
    """

    name: str
    rows: tuple[Row, ...]
    settings: dict[str, Any]
    """The data, its checksum, the seeds and the arguments of the study."""
    made: dict[str, Any]
    """When it was made, how many seconds it took, and with which versions."""

    @property
    def title(self) -> str:
        """The name of the study on a page."""
        return find_study(self.name).title

    @property
    def question(self) -> str:
        """The question that it answers."""
        return find_study(self.name).question

    def table(self) -> Table:
        """Return the summary of the rows."""
        return find_study(self.name).load().summarize(self.rows)

    def conclude(self) -> str:
        """Return what follows from the rows, in sentences with their numbers."""
        return find_study(self.name).load().conclude(self.rows)

    def pictures(self) -> tuple[Picture, ...]:
        """Return the pictures of the rows, as data."""
        return find_study(self.name).load().draw(self.rows)

    def words(self) -> str:
        """Return when and with what the study was made."""
        seeds = self.settings["seeds"]
        count = f"{len(seeds)} seed{'s' if len(seeds) != 1 else ''}"
        versions = ", ".join(f"{key} {self.made[key]}" for key in PACKAGES if key in self.made)
        return (
            f"{self.settings['data']}, {count}; made on {self.made['date'][:10]} in "
            f"{self.made['seconds']:.0f} s with {versions}."
        )

    def to_json(self, file: str | Path | None = None) -> str:
        """Return the record as JSON, and write it where a file is given."""
        record = {"format": FORMAT, **vars(self)}
        text = json.dumps(make_strict(record), allow_nan=False, separators=(",", ":"))
        if file is not None:
            Path(file).write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_json(cls, text: str) -> Study:
        """Read what `to_json` wrote.

        Raises: StudyError: this is not the record of a study: ...
        """
        try:
            record = json.loads(text)
            if record.pop("format") != FORMAT:
                raise ValueError("it has another format")
            made = cls(**record | {"rows": tuple(record["rows"])})
            find_study(made.name)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise StudyError(f"this is not the record of a study: {error}") from error
        return made

    @classmethod
    def load(cls, file: str | Path) -> Study:
        """Read a file that `to_json` wrote."""
        return cls.from_json(Path(file).read_text(encoding="utf-8"))

    def _repr_html_(self) -> str:
        """Return the table and the conclusion, for notebooks."""
        table = self.table().to_frame().to_html(index=False, float_format="{:.4g}".format)
        return f"<h3>{escape(self.title)}</h3>{table}<p>{escape(self.conclude())}</p>"


def load_saved(name: str) -> Study:
    """Return the result of a study that comes with optviz.

    Raises: StudyError: optviz brings no result of the study "sigmoid": perform it
    """
    find_study(name)
    try:
        return Study.load(SAVED / f"{name}.json")
    except FileNotFoundError:
        text = f'optviz brings no result of the study "{name}": perform it'
        raise StudyError(text) from None


def perform_study(
    name: str,
    data: Ratings | None = None,
    *,
    seeds: Sequence[int] | None = None,
    on_progress: Callable[[int, int, str], Any] | None = None,
    cancel: Callable[[], Any] | None = None,
    **settings: Any,
) -> Study:
    """Measure what a study asks and return its record.

    `data` are the ratings; left out, those of the kind's data set are loaded. `settings` are the
    arguments of the study's `measure`. `on_progress(done, total, words)` is called after each part;
    Ctrl-C, or `cancel()` being true, ends the study.

    Raises: StudyError: no study "sigmod": there are sigmoid, padding, ...
        StudyCanceledError: it was ordered to stop
    """
    from threadpoolctl import threadpool_limits

    from optviz.movielens import load

    kind = find_study(name)
    if data is None:
        data = load(kind.data)
    chosen = list(range(kind.seeds) if seeds is None else seeds)
    if not chosen:
        raise StudyError("a study needs at least one seed")
    watch, began = Watch(on_progress, cancel), datetime.now(UTC)
    with threadpool_limits(1):  # small matrices: threads cost more than they save
        rows = kind.load().measure(data, chosen, watch, **settings)
    made = {
        "date": began.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - began).total_seconds(), 2),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **find_versions(),
    }
    about = {"data": data.name, "checksum": data.checksum, "seeds": chosen, **settings}
    record = Study(name, tuple(rows), about, made)
    return Study.from_json(record.to_json())  # the very numbers that a file would give back


def find_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers hang on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class Watch:
    """Progress and cancel of a study under way.

    A study says with `begin` how many parts it has and passes `step` after each; both raise
    `StudyCanceledError` where it was ordered to stop. `train` makes one training as a part.
    """

    def __init__(
        self,
        on_progress: Callable[[int, int, str], Any] | None = None,
        cancel: Callable[[], Any] | None = None,
    ):
        self.on_progress, self.cancel = on_progress, cancel
        self.done, self.total = 0, 0

    def begin(self, total: int) -> None:
        """Say how many parts there are."""
        self.total = total
        self.tell("starting")

    def step(self, words: str) -> None:
        """Note that one more part is done."""
        self.done += 1
        self.tell(words)

    def tell(self, words: str) -> None:
        """Report what is going on, and stop where that was ordered."""
        self.check()
        if self.on_progress is not None:
            self.on_progress(self.done, self.total, words)

    def check(self) -> None:
        """Stop where that was ordered."""
        if self.cancel is not None and self.cancel():
            raise StudyCanceledError("the study was canceled")

    def train(self, model: Any, data: Ratings, rule: Any = None, **settings: Any) -> Training:
        """Train a model as one part of the study; `settings` are those of `train`."""
        from optviz.recommenders.training.trainer import train

        made = train(model, data, rule, progress=False, cancel=self.cancel, **settings)
        if made.is_canceled:
            raise StudyCanceledError("the study was canceled")
        self.step(f"{made.label}, seed {made.about['seed']}")
        return made

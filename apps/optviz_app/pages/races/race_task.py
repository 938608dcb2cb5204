"""A race as long work: held in a worker, its trials kept, and found again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import optviz
from optviz.experiments.races import RaceExperiment
from optviz.experiments.suite import list_workloads
from optviz.runs.npz import RecordFileError, write_record
from optviz.runs.store import find_cached_store
from optviz.runs.work import Here, WorkCanceledError
from optviz.sweeps.races import OUTSIDE, Race
from optviz.sweeps.workloads import Trials
from optviz_app.components.long_work import FETCHING, WORKING
from optviz_app.components.status_line import spell_count
from optviz_app.jobs.channel import Reporter, Stopped
from optviz_app.jobs.tasks import Product, Request, Result, Task
from optviz_app.pages.races.outcome import (
    describe_claim,
    describe_race,
    draw_claim,
    draw_race,
    score_part,
)

FIGURES, ROWS, TRIALS = "figures.json", "trial_rows.json", "trials.npz"
"""The files of a result; a claim has no table of trials."""


class RaceResult(Result):
    """The result of a race; its words have the table, files beside it the figures and trials."""

    def read_figures(self) -> dict[str, Any]:
        """Read the figures by name."""
        return load_json(self.folder / FIGURES, self.stamp)

    def read_trials(self) -> list[dict[str, Any]]:
        """Read the table of all trials."""
        return load_json(self.folder / ROWS, self.stamp)

    def check(self) -> None:
        """Raise an error where a part of the result is missing."""
        if not all((self.folder / name).exists() for name in (FIGURES, ROWS)):
            raise RecordFileError("a part of the race is missing")
        if not self.words["rows"]:
            raise RecordFileError("the race has no rows")


class RaceTask(Task):
    """A race of rules that are tuned alike."""

    noun, plural = "race", "races"
    phases = (FETCHING, WORKING)
    result_type = RaceResult

    def run(self, reporter: Reporter) -> Product:
        """Hold the race; of one that is canceled, finished trials stay in the store."""
        experiment = RaceExperiment.from_json(json.dumps(json.loads(self.request.text)["race"]))
        progress = RaceProgress(experiment, self.cache, reporter)
        try:
            made = experiment.perform(
                executor=Here(),
                store=find_cached_store(self.cache),
                cache=self.cache,
                on_progress=progress.tell,
                on_trials=progress.add,
                cancel=reporter.orders.must_stop,
            )
        except WorkCanceledError as error:
            raise Stopped from error
        words = describe_race(made)
        took = f"{made.evaluations:,} gradients, {made.seconds:.1f} s"
        counts = spell_count(len(made.labels), "rule"), spell_count(len(made.workloads), "problem")
        words["said"] = [" on ".join(counts), took]
        return Product(words, write_race(made))


class ClaimTask(RaceTask):
    """The check of a claim about two rules."""

    noun, plural = "claim", "claims"

    def run(self, reporter: Reporter) -> Product:
        """Check the claim; of one that is canceled, finished trials stay in the store."""
        experiment = RaceExperiment.from_json(json.dumps(json.loads(self.request.text)["race"]))

        def tell(done: int, total: int) -> None:
            if reporter.is_due():
                words = f"{done} of {total} pieces of work"
                reporter.tell(WORKING, done=done, total=total, words=words)

        try:
            made = experiment.check_claim(
                executor=Here(),
                store=find_cached_store(self.cache),
                cache=self.cache,
                on_progress=tell,
                on_fetch=tell_fetching(reporter),
                cancel=reporter.orders.must_stop,
            )
        except WorkCanceledError as error:
            raise Stopped from error
        words = describe_claim(made)
        words["said"] = [spell_count(len(made.findings), "condition"), f"{made.seconds:.1f} s"]
        return Product(words, write_json(draw_claim(made), []))


def tell_fetching(reporter: Reporter) -> Callable[[str, int, int | None], None]:
    """Return what tells how far the ratings are fetched, and leaves once ordered to stop."""

    def tell(what: str, done: int, total: int | None) -> None:
        reporter.check()
        if reporter.is_due():
            reporter.tell(FETCHING, what=what, done=done, total=total)

    return tell


class RaceProgress:
    """The progress of a race under way, and the rows of its finished problems."""

    def __init__(self, experiment: RaceExperiment, cache: Path, reporter: Reporter):
        from optviz.sweeps.contestants import make_contestants

        self.experiment, self.reporter = experiment, reporter
        names = (experiment.problems, experiment.steps, experiment.noise)
        self.workloads = list_workloads(*names, cache=cache, progress=tell_fetching(reporter))
        self.rivals = make_contestants(experiment.list_on(), {}, experiment.trials, experiment.seed)
        self.found: dict[tuple[int, int], list[Trials]] = {}
        self.rows: list[dict[str, Any]] = []
        self.last = 0, 0

    def tell(self, done: int, total: int) -> None:
        """Tell how far the race is."""
        self.last = done, total
        if self.reporter.is_due() or done == total:
            self.write()

    def add(self, row: int, place: int, trials: Trials) -> None:
        """Take in trials; once a problem has all of them, its rows are there."""
        self.found.setdefault((row, place), []).append(trials)
        mine = [self.join(row, each) for each in range(len(self.rivals))]
        is_self = self.experiment.tuning == "self"
        most = 1 if is_self else self.experiment.trials
        if all(each is not None and each.final.shape[-1] >= most for each in mine):
            whole: Any = mine
            workload = self.workloads[row]
            self.rows += score_part(self.experiment, workload, self.rivals, whole)
            self.write()

    def join(self, row: int, place: int) -> Trials | None:
        """Return the trials of a rule on a problem that are there."""
        parts = self.found.get((row, place))
        if not parts:
            return None
        names = "final", "reached"
        return Trials(
            *(np.concatenate([getattr(each, name) for each in parts], axis=-1) for name in names)
        )

    def write(self) -> None:
        """Write the progress for the page."""
        done, total = self.last
        count = len(self.rivals)
        words = f"{len(self.rows) // count} of {spell_count(len(self.workloads), 'problem')}"
        self.reporter.tell(WORKING, done=done, total=total, words=words, rows=self.rows)


def write_race(made: Race) -> Callable[[Path], Any]:
    """Return what writes the figures and the trials of a race into a folder."""
    figures, rows = draw_race(made), made.trial_rows()
    arrays = {
        f"{name}_{row}_{place}": getattr(each, name)
        for row, results in enumerate(made.results)
        for place, each in enumerate(results)
        for name in ("final", "reached")
    }
    words = {"problems": [each.title for each in made.workloads], "rules": list(made.labels)}
    write_rest = write_json(figures, rows)

    def write(folder: Path) -> None:
        write_rest(folder)
        write_record(folder / TRIALS, "race trials", words, arrays)

    return write


def write_json(figures: dict[str, Any], rows: list[dict[str, Any]]) -> Callable[[Path], Any]:
    """Return what writes the figures and the table of trials into a folder."""

    def write(folder: Path) -> None:
        (folder / FIGURES).write_text(json.dumps(figures), encoding="utf-8")
        (folder / ROWS).write_text(json.dumps(rows), encoding="utf-8")

    return write


def make_race_request(query: str) -> Request:
    """Return the request for the race or the claim of a query.

    Raises: ValueError: a race needs two rules, got 1
    """
    asked = RaceExperiment.from_query(query)[0]
    if asked.mode == "claim":
        own = {"rules": RaceExperiment().rules, "tuning": OUTSIDE, "problems": asked.problems[:1]}
        return write_request("claim", replace(asked, **own))
    on = asked.list_on()
    if len(on) < 2:
        raise ValueError(f"a race needs two rules, got {len(on)}: choose another one")
    return write_request("race", replace(asked, rules=tuple(on), claim=RaceExperiment().claim))


def write_request(kind: str, asked: RaceExperiment) -> Request:
    """Return a request in its one spelling."""
    words = {"race": json.loads(asked.to_json()), "version": optviz.__version__}
    return Request(kind, json.dumps(words, sort_keys=True, separators=(",", ":")))


@lru_cache(maxsize=8)
def load_json(file: Path, _stamp: str) -> Any:
    """Read a file once; the stamp is another one after each new result."""
    return json.loads(file.read_text("utf-8"))

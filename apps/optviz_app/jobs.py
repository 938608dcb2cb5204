"""Trainings in the background: at most two at once, each asked for once, none left behind.

A training runs in a process of its own. The server knows of it by a folder (`channel`) and by its
result on disk (`saved`); nothing else is kept, so that another executor may carry the work.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz_app import saved
from optviz_app.channel import LEFT_S, WATCHED_S, Channel
from optviz_app.training_job import begin, work

if TYPE_CHECKING:
    from optviz.experiment import RatingsExperiment
    from optviz.movielens.ratings import Ratings

AT_ONCE = 2
"""Trainings that run at once; the others wait."""
MOST_WAITING = 20
"""Trainings that may wait."""
ACTIVE = ("waiting", "starting", "fetching", "preparing", "training", "drawing")
"""The phases of a training that is under way."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_log = logging.getLogger("optviz")


@dataclass
class Job:
    """A training that was asked for."""

    channel: Channel
    future: Future
    watchers: dict[str, float] = field(default_factory=dict)
    """When each page was last heard of."""


class Jobs:
    """The trainings of one server.

    `executor` carries them; without one, worker processes start when the first is asked for.
    """

    def __init__(self, results: Path | None = None, executor: Executor | None = None):
        self.results, self.executor, self.given = results, executor, executor
        self.jobs: dict[str, Job] = {}
        self.lock = threading.RLock()
        self.folder: Path | None = None

    # -- what the pages ask ----------------------------------------------------------------

    def submit(self, experiment: RatingsExperiment, again: bool = False) -> None:
        """Train an experiment, unless that is under way or, but for `again`, done.

        Raises: ValueError: 20 trainings are waiting already: try again later
        """
        experiment = experiment.training()
        result = self.result(experiment)
        with self.lock:
            if self.active(experiment.key) or (result and result.whole and not again):
                return
            waiting = len(self.waiting())
            if waiting >= MOST_WAITING:
                raise ValueError(f"{waiting} trainings are waiting already: try again later")
            self.forget(experiment.key)
            channel = Channel(Path(tempfile.mkdtemp(prefix=f"{experiment.key}-", dir=self.home())))
            channel.lend()
            arguments = str(channel.folder), experiment.to_json(), str(self.place())
            self.jobs[experiment.key] = Job(channel, self.carry(*arguments))

    def look(self, experiment: RatingsExperiment) -> dict[str, Any]:
        """How far a training is: its phase, and what belongs to that phase.

        none; waiting (place); starting; fetching (what, done, total); preparing; training (index,
        epoch, step, steps, share, left, baseline, curves); drawing (curves); finished or canceled
        (result: whether there is one; why); failed (why).
        """
        key = experiment.key
        with self.lock:
            if self.active(key):
                return self.told(key)
            if key in self.jobs and (ended := self.ended(key)):
                return ended
        result = self.result(experiment)
        if result is None:
            return {"phase": "none", "version": 0}
        why = {} if result.whole else {"why": result.words["outcome"]}
        phase = "finished" if result.whole else "canceled"
        return {"phase": phase, "version": result.stamp, "result": True, **why}

    def cancel(self, experiment: RatingsExperiment) -> None:
        """Stop a training; what it reached is kept."""
        with self.lock:
            if job := self.jobs.get(experiment.key):
                job.channel.cancel()

    def watch(self, key: str, page: str, leave: bool = False) -> bool:
        """Whether a training is under way; a page says that it watches it, or leaves it.

        Once the last page has left, the training goes on for a moment only, in which a page that
        was loaded again may ask for it.
        """
        now = time.monotonic()
        with self.lock:
            if not self.active(key):
                return False
            job = self.jobs[key]
            job.watchers = {p: at for p, at in job.watchers.items() if now - at < WATCHED_S}
            if leave:
                job.watchers.pop(page, None)
            elif len(job.watchers) < 100:
                job.watchers[page] = now
            job.channel.lend(WATCHED_S if job.watchers else LEFT_S)
            return True

    def result(self, experiment: RatingsExperiment) -> saved.Result | None:
        """What a training left, if the ratings it was trained on are still these."""
        data = ratings(experiment.data)
        return saved.find(self.place(), experiment, data.checksum) if data else None

    def close(self) -> None:
        """End all trainings at once, and their processes."""
        with self.lock:
            for job in self.jobs.values():
                job.channel.cancel()
            if self.executor and not self.given:
                (self.home() / "stop").touch()
                self.executor.shutdown(wait=True, cancel_futures=True)
            if self.folder:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.jobs, self.executor, self.folder = {}, self.given, None

    # -- how they run ----------------------------------------------------------------------

    def carry(self, *arguments: str) -> Future:
        """The work, handed to the executor; one whose process died is replaced."""
        if self.executor is None:
            self.executor = self.processes()
        try:
            return self.executor.submit(work, *arguments)
        except BrokenProcessPool:
            self.executor = self.given or self.processes()
            return self.executor.submit(work, *arguments)

    def processes(self) -> Executor:
        """Worker processes that start when they are first needed."""
        for name in THREADS:  # read by each worker's numpy, which is not loaded yet
            os.environ.setdefault(name, "1")
        return ProcessPoolExecutor(
            AT_ONCE,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=begin,
            initargs=(str(self.home() / "stop"),),
        )

    def home(self) -> Path:
        """The folder of the channels."""
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="optviz-jobs-"))
        return self.folder

    def place(self) -> Path:
        """The folder of results."""
        if self.results is None:
            from optviz.movielens.cache import cache_folder

            self.results = cache_folder() / "trainings"
        return self.results

    def active(self, key: str) -> bool:
        """Whether a training waits or runs."""
        return key in self.jobs and not self.jobs[key].future.done()

    def forget(self, key: str) -> None:
        """Drop a training that ended without a result, and the oldest of many such."""
        ended = [each for each in self.jobs if not self.active(each)]
        for each in {*ended[:-MOST_WAITING], *({key} & set(ended))}:
            shutil.rmtree(self.jobs.pop(each).channel.folder, ignore_errors=True)

    def waiting(self) -> list[str]:
        """The trainings that have not begun, in their order."""
        return [key for key in self.jobs if self.active(key) and not self.jobs[key].channel.told()]

    def told(self, key: str) -> dict[str, Any]:
        """What a training that is under way last said, or its place among those that wait."""
        told = self.jobs[key].channel.told()
        if told is None:
            place = self.waiting().index(key) + 1
            return {"phase": "waiting", "version": -place, "place": place}
        # Its last words come a moment before the work returns.
        return told if told["phase"] in ACTIVE else told | {"phase": "drawing"}

    def ended(self, key: str) -> dict[str, Any] | None:
        """How a training ended that left no result; None where it did leave one."""
        job = self.jobs[key]
        error, told = job.future.exception(), job.channel.told() or {"version": 0}
        if error is not None and told.get("phase") != "failed":
            _log.error("a training broke off", exc_info=error)
            why = f"the training broke off ({type(error).__name__}): the server's log says more"
            told = {"phase": "failed", "version": told["version"] + 1, "why": why}
            job.channel.tell(told)
        if not told.get("result"):
            return told
        shutil.rmtree(self.jobs.pop(key).channel.folder, ignore_errors=True)
        return None


def ratings(name: str) -> Ratings | None:
    """The ratings of a data set that is on this machine, else None."""
    from optviz.movielens.cache import cache_folder, cached

    path = cached(name, cache_folder())
    return read(path, path.stat().st_mtime_ns) if path else None


@lru_cache(maxsize=4)
def read(path: Path, _changed: int) -> Ratings | None:
    """The ratings of a file, read once for each change; None where they cannot be read."""
    from optviz.movielens import load

    try:
        return load(path)
    except ValueError as error:
        _log.error("%s", error)
        return None

"""Trainings in the background: two at once, each asked for once, in turn, none left behind.

A training runs in a process of its own. The server knows of it by a folder (`channel`) and by its
result on disk (`saved`); nothing else is kept, so that another executor may carry the work.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from concurrent.futures import CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz_app.jobs import executors
from optviz_app.jobs import fairness as turns
from optviz_app.jobs import results as saved
from optviz_app.jobs.channel import LEFT_S, WATCHED_S, Channel
from optviz_app.jobs.job import Job, fault
from optviz_app.jobs.worker import work
from optviz_app.pages.movielens import sample_result as ratings_shown
from optviz_app.pages.movielens.data import ratings
from optviz_app.pages.movielens.requests import PHASES

if TYPE_CHECKING:
    from optviz.experiments.ratings import RatingsExperiment

REMEMBERED = 20
"""Trainings without a result whose end is remembered."""
PAGES = 100
"""Pages that are known to watch one training."""
CLOSE_S = 10
"""How long the end of a server waits for trainings on a cluster to end."""

_log = logging.getLogger("optviz")


class Jobs:
    """The trainings of one server.

    `executor` carries them, `slots` at once; without one, worker processes start when the first is
    asked for.
    """

    def __init__(
        self,
        results: Path | None = None,
        executor: Executor | None = None,
        slots: int = executors.AT_ONCE,
    ):
        self.results, self.executor, self.given, self.slots = results, executor, executor, slots
        self.jobs: dict[str, Job] = {}
        self.lock = threading.RLock()
        self.folder: Path | None = None
        self.client: Any = None

    def connect(self, address: str) -> None:
        """Let a dask cluster carry the trainings; it and this server share the cache's folder.

        Raises: ValueError: no dask cluster answers at tcp://127.0.0.1:8786 (...): start one there
        """
        shared = self.place().parent / "jobs"
        self.client, self.given, self.slots = executors.cluster(address, shared)
        self.executor = self.given
        self.folder = Path(tempfile.mkdtemp(prefix="server-", dir=shared))

    # -- what the pages ask ----------------------------------------------------------------

    def submit(self, experiment: RatingsExperiment, browser: str = "", again: bool = False) -> None:
        """Train an experiment, unless that is under way or, but for `again`, done.

        Raises: ValueError: 20 trainings are under way already: try again later
        """
        experiment = experiment.training()
        with self.lock:
            if self.active(experiment.key):
                asked = self.jobs[experiment.key].browsers
                asked += [browser] if browser not in asked else []
                return
            result = self.own(experiment)
            if result and result.whole and not again:
                return
            self.sweep()
            turns.check_room([job.browsers[0] for job in self.under_way()], browser)
            self.forget(experiment.key)
            channel = Channel(Path(tempfile.mkdtemp(prefix=f"{experiment.key}-", dir=self.home())))
            arguments = str(channel.folder), experiment.to_json(), *self.places()
            self.jobs[experiment.key] = Job(channel, arguments, [browser])
            self.jobs[experiment.key].lend(WATCHED_S)
            self.dispatch()

    def look(self, experiment: RatingsExperiment, browser: str = "") -> dict[str, Any]:
        """How far a training is: its phase, and what belongs to that phase.

        none; waiting (place, waiting, slots); starting; fetching (what, done, total); preparing;
        training (index, epoch, step, steps, share, left, baseline, curves); drawing (curves);
        finished; canceled and failed (why). Of the last three, `result` tells whether there is one,
        and `earlier` whether that is one from before; `mine`, whether this browser asked for it.
        """
        key = experiment.key
        with self.lock:
            self.sweep()
            if self.active(key):
                return self.told(key) | {"mine": browser in self.jobs[key].browsers}
            if key in self.jobs and (ended := self.ended(key)):
                found = self.result(experiment) is not None
                return ended | {"result": found, "earlier": found}
        result = self.result(experiment)
        if result is None:
            return {"phase": "none", "version": 0}
        why = {} if result.whole else {"why": result.words["outcome"]}
        phase = "finished" if result.whole else "canceled"
        return {"phase": phase, "version": result.stamp, "result": True, **why}

    def cancel(self, experiment: RatingsExperiment, browser: str = "") -> None:
        """Stop a training, once all browsers that asked for it say so; what it reached is kept."""
        with self.lock:
            job = self.jobs.get(experiment.key)
            if job is None or job.over or browser not in job.browsers:
                return
            if len(job.browsers) > 1:
                job.browsers.remove(browser)
            elif job.future is None:
                job.drop("canceled")
            else:
                job.channel.cancel()

    def watch(self, key: str, page: str, leave: bool = False) -> bool:
        """Whether a training is under way; a page says that it watches it, or leaves it.

        Once the last page has left, the training goes on for a moment only, in which a page that
        was loaded again may ask for it.
        """
        now = time.monotonic()
        with self.lock:
            self.sweep()
            if not self.active(key):
                return False
            job = self.jobs[key]
            job.watchers = {p: at for p, at in job.watchers.items() if now - at < WATCHED_S}
            if leave:
                job.watchers.pop(page, None)
            elif len(job.watchers) < PAGES:
                job.watchers[page] = now
            job.lend(WATCHED_S if job.watchers else LEFT_S)
            return True

    def result(self, experiment: RatingsExperiment) -> saved.Result | None:
        """What a training left here, else what the app brings of it."""
        return self.own(experiment) or ratings_shown.find(experiment)

    def own(self, experiment: RatingsExperiment) -> saved.Result | None:
        """What a training left here, if the ratings it was trained on are still these."""
        data = ratings(experiment.data)
        return saved.find(self.place(), experiment, data.checksum) if data else None

    def close(self) -> None:
        """End all trainings at once, and their processes."""
        with self.lock:
            jobs, self.jobs = list(self.jobs.values()), {}
            executor, self.executor = self.executor, self.given
            for job in jobs:
                job.channel.cancel()
        # Without the lock: a training that ends meanwhile asks for it.
        if executor and not self.given:
            (self.home() / "stop").touch()
            executor.shutdown(wait=True, cancel_futures=True)
        begun = [job.future for job in jobs if job.future and not job.over and job.channel.told()]
        wait(begun, CLOSE_S)
        if self.client:
            self.client.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    # -- how they run ----------------------------------------------------------------------

    def dispatch(self, _ended: Any = None) -> None:
        """Begin the trainings whose turn it is, as far as there is room."""
        with self.lock:
            self.sweep()
            running = [job for job in self.under_way() if job.future]
            for key in self.waiting()[: max(0, self.slots - len(running))]:
                job = self.jobs[key]
                job.future = self.carry(*job.arguments)
                job.future.add_done_callback(self.dispatch)

    def carry(self, *arguments: str) -> Future:
        """The work, handed to the executor; one whose process died is replaced."""
        if self.executor is None:
            self.executor = executors.processes(self.home() / "stop")
        try:
            return self.executor.submit(work, *arguments)
        except BrokenProcessPool:
            self.executor = self.given or executors.processes(self.home() / "stop")
            return self.executor.submit(work, *arguments)
        except Exception as error:  # such as a cluster that is gone: a training's end, no more
            failed: Future = Future()
            failed.set_exception(error)
            return failed

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

    def places(self) -> tuple[str, str]:
        """The folders of results and of ratings, as a worker elsewhere may have others."""
        from optviz.movielens.cache import cache_folder

        return str(self.place().absolute()), str(cache_folder().absolute())

    def active(self, key: str) -> bool:
        """Whether a training waits or runs."""
        return key in self.jobs and not self.jobs[key].over

    def under_way(self) -> list[Job]:
        """The trainings that wait or run."""
        return [job for job in self.jobs.values() if not job.over]

    def waiting(self) -> list[str]:
        """The trainings that have not begun, in the order in which they will."""
        jobs = self.jobs.items()
        return turns.in_turn(
            [(key, job.browsers[0]) for key, job in jobs if job.future is None],
            [job.browsers[0] for job in self.under_way() if job.future],
        )

    def sweep(self) -> None:
        """Drop trainings that wait though nobody watches them any more."""
        now = time.monotonic()
        for job in self.jobs.values():
            if job.future is None and now > job.until:
                job.drop("stopped, as no page was watching")

    def forget(self, key: str) -> None:
        """Drop a training that ended without a result, and the oldest of many such."""
        ended = [each for each in self.jobs if not self.active(each)]
        for each in {*ended[:-REMEMBERED], *({key} & set(ended))}:
            shutil.rmtree(self.jobs.pop(each).channel.folder, ignore_errors=True)

    def told(self, key: str) -> dict[str, Any]:
        """What a training that is under way last said, or its place among those that wait."""
        job = self.jobs[key]
        if job.future is None:
            line = self.waiting()
            place = line.index(key) + 1
            told = {"phase": "waiting", "version": f"{place} of {len(line)}", "place": place}
            return told | {"waiting": len(line), "slots": self.slots}
        told = job.channel.told() or {"phase": "starting", "version": 0}
        # Its last words come a moment before the work returns.
        return told if told["phase"] in PHASES else told | {"phase": "drawing"}

    def ended(self, key: str) -> dict[str, Any] | None:
        """How a training ended that left no new result; None where it did leave one."""
        job = self.jobs[key]
        error, told = fault(job.future), job.channel.told() or {"version": 0}
        if error is not None and told.get("phase") not in ("failed", "canceled"):
            _log.error("a training broke off", exc_info=error)
            why = f"the training broke off ({type(error).__name__}): the server's log says more"
            if isinstance(error, CancelledError):
                why = "the cluster that carried this training is gone"
            told = {"phase": "failed", "version": told["version"] + 1, "why": why}
            job.channel.tell(told)
        if told.get("earlier") or not told.get("result"):
            return told
        shutil.rmtree(self.jobs.pop(key).channel.folder, ignore_errors=True)
        return None

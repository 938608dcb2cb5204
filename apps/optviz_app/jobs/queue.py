"""Long work in the background: a few jobs at once, each done once, in turn, none left behind.

A job runs in a process of its own. The server knows of it by a folder (`channel`) and by its result
on disk (`Result`); nothing else is kept, so that another executor may carry the work.
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
from pkgutil import resolve_name
from typing import Any

from optviz_app.jobs import executors
from optviz_app.jobs.channel import FOLDER_GONE, WATCHED_S, Channel
from optviz_app.jobs.folders import check_folder, make_folder
from optviz_app.jobs.job import PAGES, Job, check_room, order_turns
from optviz_app.jobs.tasks import TASKS, Request, Result, Task
from optviz_app.jobs.worker import work

ENDED = ("none", "finished", "canceled", "failed")
"""The phases of work that is not under way."""
REMEMBERED = 20
"""Number of jobs without a result whose end is remembered."""
CLOSE_S = 10
"""Time that a server which ends gives to jobs on a cluster."""

_log = logging.getLogger("optviz")


class Jobs:
    """The long work of one server, on data and with results in the folder `cache`.

    `executor` carries it, `slots` jobs at once; without one, worker processes start when the first
    is asked for.
    """

    def __init__(
        self, cache: Path, executor: Executor | None = None, slots: int = executors.AT_ONCE
    ):
        self.cache = cache.absolute()
        self.executor, self.given, self.slots = executor, executor, slots
        self.jobs: dict[str, Job] = {}
        self.lock = threading.RLock()
        self.home = Path(tempfile.gettempdir()), "TMPDIR"
        """Where the folder of the channels is made, and the variable that moves it."""
        self.folder: Path | None = None
        self.stop: Any = None
        """A shared flag that ends the worker processes."""
        self.client: Any = None
        self.prepared: tuple[Executor | None, str] = None, ""
        """What was made ready last, by which executor."""

    def connect(self, address: str) -> None:
        """Let a dask cluster carry the work; it and this server share the cache's folder.

        Raises: ValueError: no dask cluster answers at tcp://127.0.0.1:8786 (...): start one there
        """
        shared = self.cache / "jobs"
        self.client, self.given, self.slots = executors.connect_cluster(address, shared)
        self.executor = self.given
        self.home = shared, "OPTVIZ_CACHE"

    def submit(
        self, request: Request, browser: str = "", again: bool = False, address: str = ""
    ) -> None:
        """Do some work, unless that is under way or, but for `again`, done.

        `address` is that of the machine that asks, where it is another one.

        Raises: ValueError: the mini net needs torch: pip install "optviz[torch]"
                ValueError: 20 trainings are under way already: try again later
                ValueError: /tmp cannot be written (No space left on device): set TMPDIR to ...
        """
        with self.lock:
            if self.is_active(request.key):
                asked = self.jobs[request.key].browsers
                asked += [browser] if browser not in asked and len(asked) < PAGES else []
                return
            result = self.find_saved(request)
            if result and result.is_whole and not again:
                return
            task = self.make_task(request)
            if self.client is None and (missing := task.describe_missing()):
                raise ValueError(missing)
            self.drop_unwatched()
            check_room(self.list_active(), browser, address)
            check_folder(task.target.parent, "OPTVIZ_CACHE")
            check_folder(*self.home)
            self.forget_ended(request.key)
            folder = tempfile.mkdtemp(prefix=f"{request.key}-", dir=self.open_folder())
            job = Job(task, Channel(Path(folder)), [browser], address)
            self.jobs[request.key] = job
            job.lend(WATCHED_S)
            self.dispatch()

    def look(self, request: Request, browser: str = "") -> dict[str, Any]:
        """Return how far some work is: its phase, and what belongs to that phase.

        none; waiting (place, waiting, slots); starting; the phases of its task; saving; finished;
        canceled and failed (why). Of the last three, `result` tells whether there is one, and
        `earlier` whether that is one from before; `mine`, whether this browser asked for it.
        """
        key = request.key
        with self.lock:
            self.drop_unwatched()
            if self.is_active(key):
                return self.read_progress(key) | {"mine": browser in self.jobs[key].browsers}
            if key in self.jobs and (end := self.read_end(key)):
                found = self.find_result(request) is not None
                return end | {"result": found, "earlier": found}
        result = self.find_result(request)
        if result is None:
            return {"phase": "none", "version": 0}
        why = {} if result.is_whole else {"why": result.words["outcome"]}
        phase = "finished" if result.is_whole else "canceled"
        return {"phase": phase, "version": result.stamp, "result": True, **why}

    def cancel(self, request: Request, browser: str = "") -> None:
        """Stop some work, once all browsers that asked for it say so; what it reached is kept."""
        self.cancel_key(request.key, browser)

    def cancel_key(self, key: str, browser: str = "") -> None:
        """Stop the work of a key as `cancel` does."""
        with self.lock:
            job = self.jobs.get(key)
            if job is None or job.is_over or browser not in job.browsers:
                return
            if len(job.browsers) > 1:
                job.browsers.remove(browser)
            elif job.future is None:
                job.drop("canceled")
            else:
                job.why = "canceled"
                job.channel.cancel()

    def watch(self, key: str, page: str, leave: bool = False) -> bool:
        """Note that a page watches a job or leaves it; return True while the job is under way."""
        with self.lock:
            self.drop_unwatched()
            if not self.is_active(key):
                return False
            self.jobs[key].watch(page, leave)
            return True

    def find_result(self, request: Request) -> Result | None:
        """Return what some work left here, else what the app brings of it."""
        return self.find_saved(request) or self.make_task(request).find_bundled()

    def find_saved(self, request: Request) -> Result | None:
        """Return what some work left here, if the data that it read is still this."""
        task = self.make_task(request)
        return task.find_result(task.find_checksum())

    def close(self) -> None:
        """End all jobs at once, and their processes."""
        with self.lock:
            jobs, self.jobs = list(self.jobs.values()), {}
            executor, self.executor = self.executor, self.given
            for job in jobs:
                job.channel.cancel()
        # Without the lock: a job that ends meanwhile asks for it.
        if executor and not self.given:
            self.stop.value = 1
            executor.shutdown(wait=True, cancel_futures=True)
        begun = [job for job in jobs if not job.is_over and job.channel.read_progress()]
        wait([job.future for job in begun if job.future], CLOSE_S)
        if self.client:
            self.client.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    def dispatch(self, _ended: Any = None) -> None:
        """Begin the jobs whose turn it is, as far as there is room."""
        with self.lock:
            self.drop_unwatched()
            running = [job for job in self.list_active() if job.future]
            for key in self.order_waiting()[: max(0, self.slots - len(running))]:
                job = self.jobs[key]
                job.future = self.start_work(job)
                job.future.add_done_callback(self.dispatch)

    def start_work(self, job: Job) -> Future:
        """Hand the work to the executor; one whose process died is replaced."""
        kind, text = job.task.request
        arguments = str(job.channel.folder), TASKS[kind], kind, text, str(self.cache)
        try:
            return self.open_executor().submit(work, *arguments)
        except BrokenProcessPool:
            self.executor = self.given
            return self.open_executor().submit(work, *arguments)
        except Exception as error:  # such as a cluster that is gone: a job's end, no more
            failed: Future = Future()
            failed.set_exception(error)
            return failed

    def make_task(self, request: Request) -> Task:
        """Make the task that a request is for."""
        return resolve_name(TASKS[request.kind])(request, self.cache)

    def open_executor(self) -> Executor:
        """Return the executor; worker processes are started when first needed."""
        if self.executor is None:
            self.executor, self.stop = executors.start_processes(self.open_folder())
        return self.executor

    def open_folder(self) -> Path:
        """Return the folder of the channels, made when first needed or when it was deleted."""
        if self.folder is None or not self.folder.is_dir():
            self.folder = make_folder(self.home[0])
        return self.folder

    def is_active(self, key: str) -> bool:
        """Return True while a job waits or runs."""
        return key in self.jobs and not self.jobs[key].is_over

    def list_active(self) -> list[Job]:
        """Return the jobs that wait or run."""
        return [job for job in self.jobs.values() if not job.is_over]

    def order_waiting(self) -> list[str]:
        """Return the keys of jobs that have not begun, in the order in which they will."""
        jobs = self.jobs.items()
        return order_turns(
            [(key, job.owner) for key, job in jobs if job.future is None],
            [job.owner for job in self.list_active() if job.future],
        )

    def drop_unwatched(self) -> None:
        """Drop jobs that wait though nobody watches them any more."""
        now = time.monotonic()
        for job in self.jobs.values():
            if job.future is None and now > job.until:
                job.drop("stopped, as no page was watching")

    def forget_ended(self, key: str) -> None:
        """Forget a job that ended without a result, and the oldest of many such."""
        ended = [each for each in self.jobs if not self.is_active(each)]
        for each in {*ended[:-REMEMBERED], *({key} & set(ended))}:
            shutil.rmtree(self.jobs.pop(each).channel.folder, ignore_errors=True)

    def read_progress(self, key: str) -> dict[str, Any]:
        """Return what a job under way last told, or its place among those that wait."""
        job = self.jobs[key]
        if job.future is None:
            line = self.order_waiting()
            place = line.index(key) + 1
            told = {"phase": "waiting", "version": f"{place} of {len(line)}", "place": place}
            return told | {"waiting": len(line), "slots": self.slots}
        told = job.channel.read_progress() or {"phase": "starting", "version": 0}
        # Its last words come a moment before the work returns.
        return told | {"phase": "saving"} if told["phase"] in ENDED else told

    def read_end(self, key: str) -> dict[str, Any] | None:
        """Return how a job ended that left no new result; None where it did leave one."""
        job = self.jobs[key]
        told = job.end = job.end or self.find_end(job)
        if told.get("earlier") or not told.get("result"):
            return told
        shutil.rmtree(self.jobs.pop(key).channel.folder, ignore_errors=True)
        return None

    def find_end(self, job: Job) -> dict[str, Any]:
        """Find out how a job ended: by what it returned or told, else by what became of it."""
        future, noun = job.future, job.task.noun
        error = CancelledError() if not future or future.cancelled() else future.exception()
        returned = None if error or not future else future.result()
        told = returned or job.channel.read_progress() or {"phase": "none", "version": 0}
        ended = ("failed", "canceled") if error else ("failed", "canceled", "finished")
        if told["phase"] in ended:
            return told
        end = {"version": told["version"] + 1, "phase": "failed"}
        if job.why or not error:
            return end | {"phase": "canceled", "why": job.why or FOLDER_GONE}
        if isinstance(error, CancelledError):
            return end | {"why": f"the cluster that carried this {noun} is gone"}
        _log.error("a %s broke off", noun, exc_info=error)
        why = f"the {noun} broke off ({type(error).__name__}): the server's log says more"
        return end | {"why": why}

"""Quick answers: a worker that is ready before it is asked, and a moment's wait for its work."""

from __future__ import annotations

import time
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore

from optviz_app.jobs.channel import LOOK_S
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.tasks import TASKS, Request
from optviz_app.jobs.worker import prepare

PROMPT_S = 0.8
"""Time that an answer waits for work that is quick, instead of the page asking again and again."""
WAITERS = BoundedSemaphore(4)
"""Answers that wait so at once, each in a thread of the server."""


def prepare_worker(jobs: Jobs, request: Request) -> None:
    """Let a worker process of this machine be ready for work like this, once."""
    with jobs.lock:
        if jobs.given or jobs.list_active():
            return
        executor = jobs.open_executor()
        if jobs.prepared != (executor, request.key):
            jobs.prepared = executor, request.key
            with suppress(BrokenProcessPool):  # the work itself makes new processes
                executor.submit(prepare, TASKS[request.kind], *request, str(jobs.cache))


def find_left(jobs: Jobs, request: Request, name: str) -> Path | None:
    """Return a file that some work under way has left beside what it tells; None without one."""
    with jobs.lock:
        job = jobs.jobs.get(request.key)
    file = job and job.channel.folder / name
    return file if file and file.exists() else None


def wait_briefly(jobs: Jobs, request: Request, name: str = "", seconds: float = PROMPT_S) -> None:
    """Wait a moment for some work to end or to leave a file of a name, unless many wait already."""
    with jobs.lock:
        job = jobs.jobs.get(request.key)
    if job and job.future and WAITERS.acquire(blocking=False):
        try:
            until = time.monotonic() + seconds
            while time.monotonic() < until and not job.future.done():
                wait([job.future], LOOK_S)
                if name and find_left(jobs, request, name):
                    break
        finally:
            WAITERS.release()

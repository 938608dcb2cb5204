"""The cost of trainings to others: a change on the Surfaces page with and without them.

A browser makes one change of a learning rate; what it asks of the server is recorded and asked
again, each time with another learning rate. The trainings are the app's own, in as many processes
as it allows at once, each on real ratings; they are halted and go on in turn.
"""

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path
from statistics import median
from typing import Any

from optviz_app.jobs.executors import AT_ONCE
from optviz_app.jobs.queue import ENDED, Jobs
from optviz_app.pages.movielens.training_task import make_training_request

from optviz.experiments.ratings import RatingsExperiment
from optviz.movielens.cache import cache_folder, cached

from .load import make_changes, recorded
from .served import app
from .timing import Row, compare

CHANGES, PAIRS = 15, 5
LIMIT = 1.5
LONG: Any = {"epochs": 50, "batch": 64}


def measure_redraw(address: str, chain: list[str]) -> float:
    """Return the median milliseconds of some changes."""
    made = make_changes(address, chain, CHANGES)
    if wrong := next((each.wrong for each in made if each.wrong), ""):
        raise RuntimeError(f"a change went wrong: {wrong}")
    return median(1000 * each.seconds for each in made)


@contextmanager
def run_trainings() -> Iterator[Callable[[], bool]]:
    """Run as many trainings as there may be, and yield a check that all are still under way."""
    found, seeds = cached("ml-100k", cache_folder()), range(AT_ONCE)
    with tempfile.TemporaryDirectory() as cache:
        if found:
            shutil.copy(found, cache)
        jobs = Jobs(Path(cache))
        asked = [make_training_request(RatingsExperiment(seed=seed, **LONG)) for seed in seeds]

        def check() -> bool:
            phases = {jobs.look(each)["phase"] for each in asked}
            if phases & set(ENDED):
                raise RuntimeError(f"a training did not begin or has ended: {phases}")
            for each in asked:
                jobs.watch(each.key, "bench")
            return phases == {"training"}

        try:
            for each in asked:
                jobs.submit(each)
            pause = threading.Event()
            while not check():
                pause.wait(0.05)
            yield check
        finally:
            jobs.close()


@contextmanager
def halt_trainings() -> Iterator[None]:
    """Halt the processes that train, and let them go on."""
    try:
        for each in active_children():
            os.kill(each.pid or 0, signal.SIGSTOP)
        yield
    finally:
        for each in active_children():
            os.kill(each.pid or 0, signal.SIGCONT)


def rows() -> Iterator[Row]:
    """Report how much longer a redraw takes beside all the trainings there may be."""
    with app() as served:
        chain = recorded(served.url)
        measure_redraw(served.address, chain)
        with run_trainings() as check:

            def measure_beside() -> float:
                check()
                return measure_redraw(served.address, chain)

            def measure_alone() -> float:
                with halt_trainings():
                    return measure_redraw(served.address, chain)

            what = f"a redraw beside {AT_ONCE} trainings, {os.cpu_count()} cores, against alone"
            yield compare(
                what, measure_beside, measure_alone, LIMIT, pairs=PAIRS, by=median, unit="ms"
            )
            check()

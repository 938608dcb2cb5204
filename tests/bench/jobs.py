"""The cost of trainings to others: a change on the Surfaces page with and without them.

A browser makes one change of a learning rate; what it asks of the server is recorded and asked
again, each time with another learning rate. The trainings are the app's own, in as many processes
as it allows at once, each on real ratings.
"""

import http.client
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from optviz_app.jobs.executors import AT_ONCE
from optviz_app.jobs.queue import ENDED, Jobs
from optviz_app.pages.movielens.training_task import make_training_request

from optviz.experiments.ratings import RatingsExperiment
from optviz.movielens.cache import cache_folder, cached

from .load import ASKED, MARK, recorded
from .served import app
from .timing import Row

CHANGES = 40
LIMIT = 1.5
TRIES = 4
"""Other programs only add time: a limit that is missed is measured again."""
LONG: Any = {"epochs": 50, "batch": 64}


def redraws(address: str, chain: list[str], numbers: Iterator[int]) -> float:
    """Return the median of some changes, in milliseconds."""
    line, times = http.client.HTTPConnection(address, timeout=30), []
    for _ in range(CHANGES):
        rate = f"{0.01 + next(numbers) * 1e-6:.6f}"
        began = perf_counter()
        for body in chain:
            asked = body.replace(MARK, rate).encode()
            line.request("POST", ASKED, asked, {"Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"the server answered {answer.status}")
        times.append(1000 * (perf_counter() - began))
    line.close()
    return median(times)


@contextmanager
def trainings(how_many: int) -> Iterator[None]:
    """Keep trainings under way in the app's worker processes."""
    found = cached("ml-100k", cache_folder())
    with tempfile.TemporaryDirectory() as cache:
        if found:
            shutil.copy(found, cache)
        jobs = Jobs(Path(cache))
        asked = [
            make_training_request(RatingsExperiment(seed=seed, **LONG)) for seed in range(how_many)
        ]
        training = ["training"] * how_many
        try:
            for each in asked:
                jobs.submit(each)
            pause = threading.Event()
            while (phases := [jobs.look(each)["phase"] for each in asked]) != training:
                if set(phases) & set(ENDED):
                    raise RuntimeError(f"a training did not begin: {phases}")
                pause.wait(0.05)
            yield
            if (phases := [jobs.look(each)["phase"] for each in asked]) != training:
                raise RuntimeError(f"a training ended before it was measured: {phases}")
        finally:
            jobs.close()


def rows() -> Iterator[Row]:
    """Yield the median time of a redraw beside one training, and beside all there may be."""
    numbers = count()
    with app() as (url, _):
        chain, address = recorded(url), url.partition("//")[2].rstrip("/")
        redraws(address, chain, numbers)
        for busy in range(1, AT_ONCE + 1):
            found = float("inf")
            for _ in range(TRIES):
                alone = redraws(address, chain, numbers)
                with trainings(busy):
                    beside = redraws(address, chain, numbers)
                found = min(found, beside / alone)
                if found <= LIMIT:
                    break
            what = (
                f"a redraw beside {busy} training{'s' if busy > 1 else ''}, {os.cpu_count()} cores"
            )
            text = f"{found:.2f} times as long  ({beside:.0f} ms, alone {alone:.0f} ms)"
            yield Row(what, text, f"at most {LIMIT:g}", found <= LIMIT)

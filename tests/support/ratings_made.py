"""A few made ratings, a training on them that takes a moment, and patience."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from optviz.experiments.ratings import RatingsExperiment
from tests.support.movielens_made import HEADER, zip_of


def few_ratings(cache: Path) -> Path:
    """Write the zip of 600 ratings into a cache, under the name of ml-latest-small."""
    draw = np.random.default_rng(0)
    rows = [f"{u},{m},{draw.integers(1, 6)},0" for u in range(1, 31) for m in range(1, 21)]
    movies = "movieId,title,genres\n" + "".join(f"{m},Movie {m} (1999),\n" for m in range(1, 21))
    files = {"ratings.csv": "\n".join([HEADER, *rows]), "movies.csv": movies}
    cache.mkdir(exist_ok=True)
    named = {f"ml-latest-small/{name}": text for name, text in files.items()}
    zip_of(cache / "ml-latest-small.zip", named)
    return cache / "ml-latest-small.zip"


def small_ask(*rules: str, **more: Any) -> RatingsExperiment:
    """Return a training on those ratings."""
    settings: Any = {"epochs": 2, "batch": 64} | more
    rules = rules or ("adam:lr=0.01", "sgd:lr=1")
    return RatingsExperiment(rules=rules, data="ml-latest-small", **settings).training()


SLOW: Any = {"epochs": 50, "batch": 1, "rules": [f"adam:lr=0.0{i}" for i in range(1, 9)]}
"""20 s of work for a fast machine: more than any test needs."""


def slow_ask(seed: int) -> RatingsExperiment:
    """Return a training that is not over before a test is."""
    return small_ask(*SLOW["rules"], epochs=SLOW["epochs"], batch=SLOW["batch"], seed=seed)


def wait_until(true: Any, timeout: float = 90) -> None:
    """Wait for a condition."""
    end, pause = time.monotonic() + timeout, threading.Event()
    while not true():
        assert time.monotonic() < end, "it did not come true"
        pause.wait(0.02)

"""How long the rating models train on real ratings, and what they reach on one 80/20 split.

What they must reach, as the mean of three seeds, the tests hold (tests/recommenders).
"""

import os
from pathlib import Path

from optviz.movielens import load
from optviz.recommenders import DEFAULTS, train

from .timing import Row


def data_sets():
    """ml-100k, and ml-latest-small where a copy is at hand."""
    yield load("ml-100k")
    copy = Path(os.environ.get("OPTVIZ_REFERENCE", "")) / "data" / "ml-latest-small.zip"
    if copy.is_file():
        yield load(copy)


def rows():
    """The report; it only tells."""
    for data in data_sets():
        for model, default in DEFAULTS.items():
            trained = train(model, data, progress=False)
            yield Row(
                f"{data.name}, {model}: {default.rule}, {default.epochs} epochs of {default.batch}",
                f"{trained.best:.4f}  bias only {trained.baseline:.4f}  "
                f"({trained.seconds:.1f} s, aim 10 s)",
            )

"""What the rating models reach on real ratings: mean of three seeds on one random 80/20 split."""

import os
from pathlib import Path

from optviz.movielens import load
from optviz.recommenders import DEFAULTS, train

from .timing import Row

LIMITS = {"ml-100k": 0.83, "ml-latest-small": 0.735}
"""The validation error that dot+bias must reach, in stars squared."""


def data_sets():
    """ml-100k, and ml-latest-small where a copy is at hand."""
    yield load("ml-100k")
    copy = Path(os.environ.get("OPTVIZ_REFERENCE", "")) / "data" / "ml-latest-small.zip"
    if copy.is_file():
        yield load(copy)


def rows():
    """The report. Errors are bounds on what is learned, not on time, and may fail."""
    for data in data_sets():
        for model, default in DEFAULTS.items():
            runs = [train(model, data, seed=seed, progress=False) for seed in range(3)]
            best = sum(each.best for each in runs) / 3
            baseline = runs[0].baseline
            allowed = {"net": baseline + 0.005}
            allowed["dot_bias"] = min(LIMITS[data.name], 0.965 * baseline)
            slowest = max(each.seconds for each in runs)
            yield Row(
                f"{data.name}, {model}: {default.rule}, {default.epochs} epochs of {default.batch}",
                f"{best:.4f}  bias only {baseline:.4f}  ({slowest:.1f} s at most, aim 10 s)",
                f"at most {allowed[model]:.4f}" if model in allowed else "",
                best <= allowed.get(model, best),
            )

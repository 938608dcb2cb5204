"""The sigmoid range on and off, each at its own best learning rate, with and without the mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies.descent import (
    Halves,
    build_problem,
    choose_best,
    descend,
    draw_weights,
    split_twice,
)
from optviz.recommenders.studies.picture import Axis, Level, Picture, Series
from optviz.recommenders.studies.table import Column, Interval, Row, Table, average

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

VARIANTS = {
    "sigmoid, mean": (True, True),
    "sigmoid": (True, False),
    "no sigmoid, mean": (False, True),
    "no sigmoid": (False, False),
}
"""Each model: is there a sigmoid, and does its prediction begin at the mean rating."""
RATES = (0.0015, 0.003, 0.006, 0.012, 0.024)
TUNING = 2
"""Seeds that choose the learning rate; they have no part in the report."""


class Shifted(DotBias):
    """The dot product with biases and a constant added to the score."""

    def __init__(self, *args: Any, shift: float, **more: Any):
        super().__init__(*args, **more)
        self.shift = shift

    def squash(self, scores: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the predictions of scores, and their slope in the scores."""
        return super().squash(scores + np.asarray(self.shift, scores.dtype))


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    rates: Sequence[float] = RATES,
    epochs: int = 6,
    batch: int = 512,
    factors: int = 50,
) -> list[Row]:
    """Train each model at several learning rates, then at its best with the seeds of the report.

    Adam with L2 of 1e-4 and a cosine schedule. The rate is chosen on a fifth of the training
    ratings with seeds of its own. The range is that of the ratings, without padding.
    """
    tuning, report = split_twice(data)
    rows: list[Row] = []
    watch.begin(len(VARIANTS) * (len(rates) * TUNING + len(seeds)))
    fit = partial(train_one, epochs=epochs, batch=batch, factors=factors, watch=watch)
    for variant in VARIANTS:
        tried = [
            {"phase": "tuning", "variant": variant, "lr": lr, "seed": 1000 + number}
            | fit(variant, tuning, lr, 1000 + number)
            for lr in rates
            for number in range(TUNING)
        ]
        best = choose_best(tried, "lr", "best")
        rows += tried
        rows += [
            {"phase": "report", "variant": variant, "lr": best, "seed": seed}
            | fit(variant, report, best, seed)
            for seed in seeds
        ]
    baseline = bias_only(report.train, report.valid).mse
    return [row | {"baseline": baseline} for row in rows]


def train_one(
    variant: str,
    halves: Halves,
    lr: float,
    seed: int,
    *,
    epochs: int,
    batch: int,
    factors: int,
    watch: Watch,
) -> Row:
    """Train one model and return its errors, and what its sigmoid does at the end."""
    has_sigmoid, has_mean = VARIANTS[variant]
    low, high = halves.train.scale
    mean = float(halves.train.rating.mean(dtype=np.float64))
    share = (mean - low) / (high - low)
    shift = (np.log(share / (1 - share)) if has_sigmoid else mean) if has_mean else 0.0
    kind = partial(Shifted, shift=shift)
    more: Any = {"bounds": (low, high) if has_sigmoid else None, "factors": factors}
    problem = build_problem(kind, halves.train, batch, **more)
    problem.start = draw_weights(problem.size, seed)
    valid = build_problem(kind, halves.valid, batch, **more)
    rule = f"adam:lr={lr!r},l2=0.0001,schedule=cosine"
    params, errors = descend(problem, valid, rule, epochs, seed, watch.check)
    predicted = valid.predict(params, valid.user, valid.movie)
    watch.step(f"{variant}, lr {lr:g}, seed {seed}")
    return {
        "best": min(errors),
        "last": errors[-1],
        "errors": errors,
        "outside": float(np.mean((predicted < low) | (predicted > high))),
        "clipped": float(np.mean((np.clip(predicted, low, high) - valid.rating) ** 2)),
        "slope": find_slope(predicted, (low, high)) if has_sigmoid else 1.0,
    }


def find_slope(predicted: np.ndarray, bounds: tuple[float, float]) -> float:
    """Return the mean slope of the sigmoid at some predictions, relative to its steepest."""
    share = (predicted.astype(float) - bounds[0]) / (bounds[1] - bounds[0])
    return float(np.mean(4 * share * (1 - share)))


def list_reports(rows: Sequence[Row], variant: str) -> list[Row]:
    """Return the rows of the report of one model."""
    return [row for row in rows if row["phase"] == "report" and row["variant"] == variant]


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a model."""
    lines = []
    for variant in VARIANTS:
        own = list_reports(rows, variant)
        line: Row = {"variant": variant, "lr": own[0]["lr"]}
        for key in ("best", "last", "clipped", "outside", "slope"):
            line[key] = average(row[key] for row in own)
        lines.append(line)
    lines.append({"variant": "bias only", "best": rows[0]["baseline"]})
    columns = (
        Column("variant", "model"),
        Column("lr", "its best lr", "g"),
        Column("best", "validation MSE, best epoch (stars²)", ".4f"),
        Column("last", "last epoch", ".4f"),
        Column("clipped", "clipped to the range", ".4f"),
        Column("outside", "predictions outside the range", ".2%"),
        Column("slope", "mean slope of the sigmoid / steepest", ".2f"),
    )
    return Table(columns, tuple(lines))


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    middle = compare(rows, "no sigmoid, mean", "sigmoid")
    outside = average(row["outside"] for row in list_reports(rows, "no sigmoid, mean")).mean
    slope = average(row["slope"] for row in list_reports(rows, "sigmoid")).mean
    head = spell_gain(
        compare(rows, "no sigmoid, mean", "sigmoid, mean"),
        "Where both begin at the mean rating",
        "the sigmoid",
    )
    start = spell_gain(middle, "Begun in the middle of the range, as in the lesson,", "the sigmoid")
    missing = compare(rows, "no sigmoid", "no sigmoid, mean")
    return (
        f"{head} {start} It keeps every prediction in the range, where otherwise {outside:.1%} of "
        "them leave it, and decay then pulls what is seldom rated to the middle, below the mean "
        f"rating. Its slope, {slope:.2f} of the steepest on average, scales every gradient. A "
        "model with neither sigmoid nor mean has to learn the mean first: that costs "
        f"{missing.write('.4f')} stars², most of what is usually shown as the sigmoid's gain."
    )


def compare(rows: Sequence[Row], left: str, right: str) -> Interval:
    """Return by how much the best error of one model is above another's, seed by seed."""
    pairs = zip(list_reports(rows, left), list_reports(rows, right), strict=True)
    return average(one["best"] - other["best"] for one, other in pairs)


def spell_gain(gain: Interval, head: str, name: str) -> str:
    """Return a gain with its interval, as no difference where the interval has 0."""
    if gain.low > 0:
        return f"{head} {name} lowers the error by {gain.write('.4f')} stars²."
    if gain.high < 0:
        higher = Interval(-gain.mean, -gain.high, -gain.low, gain.count)
        return f"{head} {name} raises the error by {higher.write('.4f')} stars²."
    return f"{head} no difference can be told: {gain.write('+.4f')} stars²."


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the errors over the epochs at the best rate, and over the rate in tuning."""
    epochs, rates = [], []
    for variant in VARIANTS:
        own = list_reports(rows, variant)
        means = [average(each) for each in zip(*(row["errors"] for row in own), strict=True)]
        epochs.append(make_series(variant, list(range(1, len(means) + 1)), means))
        tried = [row for row in rows if row["phase"] == "tuning" and row["variant"] == variant]
        lrs = sorted({row["lr"] for row in tried})
        groups = [[row["best"] for row in tried if row["lr"] == lr] for lr in lrs]
        kept = [(lr, values) for lr, values in zip(lrs, groups, strict=True) if None not in values]
        points = [float(np.mean(values)) for _, values in kept]
        rates.append(Series(variant, [lr for lr, _ in kept], points, mode="lines+markers"))
    y = Axis("validation MSE (stars²)")
    level = (Level("bias only", rows[0]["baseline"]),)
    return (
        Picture("Sigmoid on and off, each at its best lr", Axis("epoch"), y, tuple(epochs), level),
        Picture(
            "How the learning rate was chosen",
            Axis("learning rate", log=True),
            Axis("MSE on the ratings held back for tuning (stars²)"),
            tuple(rates),
        ),
    )


def make_series(label: str, x: Sequence[float], means: Sequence[Any]) -> Series:
    """Return a line with the band of its intervals."""
    values = [each.mean for each in means]
    return Series(label, x, values, [each.low for each in means], [each.high for each in means])

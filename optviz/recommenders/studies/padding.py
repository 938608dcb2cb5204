"""A learnable padding k of the rating range: its path, the loss against k, and what it serves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies.descent import Halves, build_problem, descend, draw_weights
from optviz.recommenders.studies.picture import Axis, Picture, Series
from optviz.recommenders.studies.table import Column, Row, Table, average

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

STARTS = (0.0, 0.5, 2.0)
DECAYS = (0.0, 0.1)
"""L2 decay of k alone."""
FIXED = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
POINTS = 60
"""Points of a path that are kept."""
PACES = (0.02, 0.2)
"""Learning rates of k, in stars a step of Adam; that of the weights is RATE."""
RATE = 0.006


class Padded(DotBias):
    """The dot product with biases whose range is wider by k at both ends; k is the last parameter.

    predicted = (low - k) + (high - low + 2k) * share, so its derivative in k is 2 * share - 1. The
    stored parameter is k / `unit`, so that k moves by about lr * unit a step of Adam; `decay` adds
    decay * k**2 / 2 to the loss.

    Shapes: params (n + 1,)
    """

    def __init__(self, *args: Any, decay: float = 0.0, unit: float = 1.0, **more: Any):
        super().__init__(*args, **more)
        self.scale, self.decay, self.unit = self.bounds, decay, unit
        self.set_start(self.start, 0.0)
        self.path: list[float] = []
        """k at each gradient that was taken."""

    def set_start(self, weights: np.ndarray, pad: float) -> None:
        """Begin at some weights and at a padding."""
        self.start = np.append(weights, np.asarray(pad / self.unit, weights.dtype))

    def read_pad(self, params: np.ndarray) -> float:
        """Return the padding in stars."""
        return float(params[-1]) * self.unit

    def use_pad(self, params: np.ndarray) -> np.ndarray:
        """Set the range of some params and return the rest of them."""
        assert self.scale is not None
        low, high = self.scale
        pad = self.read_pad(params)
        # A range turned inside out would have no sigmoid: it is drawn as one point of no width.
        self.bounds = (low - pad, max(high + pad, low - pad + 1e-6))
        return params[:-1]

    def predict(self, params: np.ndarray, user: Any, movie: Any) -> np.ndarray:
        """Predict the ratings of users and movies, given by index."""
        return super().predict(self.use_pad(params), user, movie)

    def tables(self, params: np.ndarray) -> Any:
        """Return views of the weights, with or without k behind them, as tables."""
        return super().tables(params[: self.size])

    def loss_and_grad(self, params: np.ndarray, sample: Any = slice(None)) -> tuple[float, Any]:
        """Return the loss of a sample and its gradient in the weights and in k; params (n + 1,)."""
        loss, grad = super().loss_and_grad(self.use_pad(params), sample)
        assert self.bounds is not None
        low, high = self.bounds
        predicted = DotBias.predict(self, params[:-1], self.user[sample], self.movie[sample])
        error = predicted - self.rating[sample].astype(params.dtype, copy=False)
        share = (predicted - low) / (high - low)
        pad = self.read_pad(params)
        self.path.append(pad)
        slope = 2 * float(np.mean(error * (2 * share - 1), dtype=np.float64)) + self.decay * pad
        return loss, np.append(grad, np.asarray(slope * self.unit, grad.dtype))


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    epochs: int = 8,
    batch: int = 512,
    factors: int = 50,
) -> list[Row]:
    """Train with a k that learns, from three starts, and with one that is fixed.

    Adam with L2 of 1e-4 on the weights and a cosine schedule, on the split of `train`.
    """
    halves = Halves(*data.split(0))
    cases: list[Row] = [{"kind": "fixed", "start": each} for each in FIXED]
    cases += [
        {"kind": "learned", "start": start, "decay": decay, "pace": pace}
        for decay in DECAYS
        for pace in PACES
        for start in STARTS
    ]
    watch.begin(len(cases) * len(seeds))
    fit = partial(train_one, halves, epochs=epochs, batch=batch, factors=factors, watch=watch)
    return [case | {"seed": seed} | fit(case, seed) for case in cases for seed in seeds]


def train_one(
    halves: Halves,
    case: Row,
    seed: int,
    *,
    epochs: int,
    batch: int,
    factors: int,
    watch: Watch,
) -> Row:
    """Train one model and return its errors and the path of its k."""
    low, high = halves.train.scale
    is_fixed = case["kind"] == "fixed"
    pad = case["start"] if is_fixed else 0.0
    kind: Any = DotBias
    if not is_fixed:
        kind = partial(Padded, decay=case["decay"], unit=case["pace"] / RATE)
    more: Any = {"bounds": (low - pad, high + pad), "factors": factors}
    problem, valid = (build_problem(kind, each, batch, **more) for each in halves)
    weights = draw_weights(problem.size, seed)
    if isinstance(problem, Padded):
        problem.set_start(weights, case["start"])
    else:
        problem.start = weights
    rule = f"adam:lr={RATE},l2=0.0001,schedule=cosine"
    params, errors = descend(problem, valid, rule, epochs, seed, watch.check)
    steps = epochs * -(-len(halves.train) // batch)
    kept = np.unique(np.linspace(0, steps - 1, POINTS).round().astype(int)).tolist()
    watch.step(f"{case['kind']} k from {case['start']:g}, seed {seed}")
    made = {
        "best": min(errors),
        "last": errors[-1],
        "best epoch": int(np.argmin(errors)) + 1,
        "train": float(problem.loss(params)),
    }
    if isinstance(problem, Padded):
        made |= {
            "k": problem.read_pad(params),
            "step": kept,
            "path": [problem.path[i] for i in kept],
        }
    return made


def select(rows: Sequence[Row], **wanted: Any) -> list[Row]:
    """Return the rows with some values."""
    return [row for row in rows if all(row.get(key) == wanted[key] for key in wanted)]


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a fixed k, then one a way of learning it."""
    lines = []
    for case in dict.fromkeys((r["kind"], r["start"], r.get("decay"), r.get("pace")) for r in rows):
        kind, start, decay, pace = case
        own = select(rows, kind=kind, start=start, decay=decay, pace=pace)
        line: Row = {"kind": kind, "start": start, "decay": decay, "pace": pace}
        for key in ("best", "last", "train"):
            line[key] = average(row[key] for row in own)
        line["k"] = average(row["k"] for row in own) if kind == "learned" else start
        lines.append(line)
    columns = (
        Column("kind", "k is"),
        Column("start", "start (stars)", "g"),
        Column("pace", "lr of k (stars a step)", "g"),
        Column("decay", "L2 of k", "g"),
        Column("k", "k at the end (stars)", ".2f"),
        Column("best", "validation MSE, best epoch (stars²)", ".4f"),
        Column("last", "last epoch", ".4f"),
        Column("train", "training MSE", ".4f"),
    )
    return Table(columns, tuple(lines))


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""

    def find_ends(decay: float) -> list[float]:
        cases = [(start, pace) for start in STARTS for pace in PACES]
        groups = [select(rows, decay=decay, start=start, pace=pace) for start, pace in cases]
        return [average(row["k"] for row in group).mean for group in groups]

    def find_training(k: float) -> float:
        return average(row["train"] for row in select(rows, kind="fixed", start=k)).mean

    free, held = find_ends(0.0), find_ends(DECAYS[1])
    return (
        f"It moves: without decay it ends at {min(free):.1f} to {max(free):.1f} stars, depending "
        "on its start and its learning rate. That serves fitting: with a fixed k the training "
        f"error falls from {find_training(FIXED[0]):.3f} at {FIXED[0]:g} to "
        f"{find_training(FIXED[-1]):.3f} at {FIXED[-1]:g}, and the validation error rises. With an "
        f"L2 of {DECAYS[1]:g} of its own all starts meet at {min(held):.2f} to {max(held):.2f} "
        f"stars, where decay and fitting balance. {spell_gain(rows)}"
    )


def spell_gain(rows: Sequence[Row]) -> str:
    """Return what the best learned k brings on the validation ratings beside the best fixed one."""
    fixed = [select(rows, kind="fixed", start=k) for k in FIXED]
    cases = [(start, decay, pace) for start in STARTS for decay in DECAYS for pace in PACES]
    learned = [select(rows, start=s, decay=decay, pace=pace) for s, decay, pace in cases]
    one, other = (
        min(groups, key=lambda group: average(row["best"] for row in group).mean)
        for groups in (fixed, learned)
    )
    gain = average(a["best"] - b["best"] for a, b in zip(one, other, strict=True))
    spread = average(row["best"] for row in one)
    text = (
        "On the validation ratings even the best of the learned ones differs from the best fixed "
        f"k ({one[0]['start']:g}) by {gain.write('+.4f')} stars²"
    )
    if gain.low > 0 and gain.mean > (spread.high - spread.low) / 2:
        return f"{text}: a gain beyond what seeds differ by."
    if gain.high < 0:
        return f"{text}: a loss. It is not a way to find the right range."
    return f"{text}, no more than seeds differ by. It is not a way to find the right range."


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the paths of k, and the validation error against a fixed k."""
    paths = []
    for decay in DECAYS:
        for start in STARTS:
            own = select(rows, kind="learned", decay=decay, start=start, pace=PACES[-1])
            means = [average(each) for each in zip(*(row["path"] for row in own), strict=True)]
            label = f"from {start:g}, {f'L2 {decay:g}' if decay else 'no decay'}"
            low, high = [each.low for each in means], [each.high for each in means]
            paths.append(Series(label, own[0]["step"], [each.mean for each in means], low, high))
    series = []
    for key, label in (
        ("best", "validation, best epoch"),
        ("last", "validation, last epoch"),
        ("train", "training"),
    ):
        means = [average(row[key] for row in select(rows, kind="fixed", start=k)) for k in FIXED]
        low, high = [each.low for each in means], [each.high for each in means]
        series.append(
            Series(label, FIXED, [each.mean for each in means], low, high, "lines+markers")
        )
    y = Axis("MSE (stars²)")
    return (
        Picture(
            f"The path of k, at a learning rate of {PACES[-1]:g} stars a step",
            Axis("step"),
            Axis("padding k (stars)"),
            tuple(paths),
        ),
        Picture("Loss against a fixed k", Axis("padding k (stars)"), y, tuple(series)),
    )

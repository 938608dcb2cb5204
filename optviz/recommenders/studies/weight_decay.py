"""L2 against decoupled weight decay: paths, the shrinkage of each weight, and what it is good for.

In Adam the gradient of L2 is divided, as every gradient, by the root of the running average square.
What a step takes off a weight for its decay is therefore lr*wd*weight times about 1/root, where the
decoupled decay takes lr*wd*weight: a weight whose gradients are small is shrunk by more.
"""

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
    draw_weights,
    split_twice,
)
from optviz.recommenders.studies.picture import Axis, Level, Picture, Series
from optviz.recommenders.studies.table import Column, Row, Table, average, group_rows
from optviz.recommenders.studies.tuning import (
    TUNING_SEEDS,
    check_seeds,
    fit_dot,
    tune_and_report,
)
from optviz.rules import L2, SGD, Adam, AdamState, Decoupled, Momentum, Rule

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

PATHS: dict[str, tuple[Rule, float]] = {
    "sgd": (SGD(lr=8.0), 5e-5),
    "momentum": (Momentum(lr=0.8), 5e-5),
    "adam": (Adam(lr=0.006), 1e-4),
}
"""The rules whose paths with either decay are compared, and the strength, the same for both."""
DECAYS = {"l2": (2.5e-5, 5e-5, 1e-4, 2e-4), "wd": (0.05, 0.1, 0.2, 0.4, 0.8)}
"""The strengths of L2 and of the decoupled decay among which Adam's are chosen."""
NAMES = {"l2": "L2", "wd": "decoupled"}
SAMPLE = 300
"""Weights whose shrinkage is kept, evenly over the order of their average squares."""


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    decays: dict[str, Sequence[float]] = DECAYS,
    epochs: int = 5,
    batch: int = 512,
    factors: int = 50,
) -> list[Row]:
    """Compare paths in float64 over one epoch, shrinkage after it, and trainings with either decay.

    Trainings are Adam's with lr 0.006 and a cosine schedule, in float32; their decay is chosen on
    TUNING_SEEDS and a fifth of the training ratings.
    """
    check_seeds(seeds)
    tuning, report = split_twice(data)
    tried = sum(map(len, decays.values())) * len(TUNING_SEEDS)
    watch.begin(len(seeds) * (len(PATHS) + 1 + len(decays)) + tried)
    rows: list[Row] = []
    for seed in seeds:
        problem = build_problem(DotBias, report.train, batch, bounds=data.scale, factors=factors)
        problem.start = draw_weights(problem.size, seed).astype(float)
        for name, (rule, wd) in PATHS.items():
            rows.append({"part": "path", "rule": name, "seed": seed, "wd": wd})
            rows[-1] |= compare_paths(problem, rule, wd, seed)
            watch.step(f"paths of {name}, seed {seed}")
        found = measure_shrinkage(problem, PATHS["adam"][0], PATHS["adam"][1], seed)
        if seed != seeds[0]:
            del found["squares"], found["shrinkage"]
        rows.append({"part": "shrinkage", "seed": seed} | found)
        watch.step(f"shrinkage, seed {seed}")
    for decay, strengths in decays.items():
        trials = [{"decay": decay, "wd": wd} for wd in strengths]
        fit = partial(train_one, watch=watch, epochs=epochs, batch=batch, factors=factors)
        rows += tune_and_report((tuning, report), seeds, trials, fit)
    baseline = bias_only(report.train, report.valid).mse
    return [row | ({"baseline": baseline} if row["part"] == "report" else {}) for row in rows]


def train_one(halves: Halves, seed: int, decay: str, wd: float, watch: Watch, **more: Any) -> Row:
    """Train Adam with one decay and return the validation errors."""
    row = fit_dot(halves, f"adam:lr=0.006,{decay}={wd!r},schedule=cosine", seed, watch, **more)
    watch.step(f"{NAMES[decay]} {wd:g}, seed {seed}")
    return row


def compare_paths(problem: DotBias, rule: Rule, wd: float, seed: int) -> Row:
    """Return how far the paths with L2 and with decoupled decay are apart, over one epoch.

    Distances are the largest over the weights, relative to the largest weight.
    """
    rules = L2(rule, wd), Decoupled(rule, wd)
    params = [problem.start, problem.start]
    states = [each.init(problem.start) for each in rules]
    steps = -(-len(problem.rating) // problem.batch)
    apart: list[float] = []
    for sample in problem.samples(steps, seed):
        for i, each in enumerate(rules):
            grad = problem.grad(params[i], sample)
            params[i], states[i] = each.update(params[i], grad, states[i])
        apart.append(float(np.abs(params[0] - params[1]).max() / np.abs(params[0]).max()))
    kept = np.unique(np.geomspace(1, steps, 20).astype(int)) - 1
    return {
        "largest": max(apart),
        "at": (kept + 1).tolist(),
        "apart": [float(f"{apart[step]:.4g}") for step in kept],
    }


def measure_shrinkage(problem: DotBias, rule: Any, wd: float, seed: int) -> Row:
    """Return what one step of Adam with L2 takes off each weight, after an epoch.

    The step is linear in the average of gradients, so the part that the decay has in it is known
    from the average of the decay alone. Shrinkage is this part over lr*wd*weight: a decoupled decay
    has 1 for every weight. Weights below the median size are left out: theirs is a small number
    over a small one.
    """
    params, state = problem.start, rule.init(problem.start)
    decay_avg, before = 0.0 * params, params
    steps = -(-len(problem.rating) // problem.batch)
    for sample in problem.samples(steps, seed):
        decay_avg = rule.beta1 * decay_avg + (1 - rule.beta1) * wd * params
        grad, before = problem.grad(params, sample) + wd * params, params
        params, state = rule.update(params, grad, state)
    large = np.abs(before) >= np.median(np.abs(before))
    part = find_move(rule, state._replace(grad_avg=decay_avg))
    shrinkage = (part / (rule.lr * wd * before))[large]
    squares = (state.sqr_avg / (1 - rule.beta2**state.count))[large]
    order = np.argsort(squares)
    kept = order[np.linspace(0, len(order) - 1, min(SAMPLE, len(order))).astype(int)]
    logs = np.log(squares[shrinkage > 0]), np.log(shrinkage[shrinkage > 0])
    low, high = np.percentile(shrinkage, [5, 95])
    return {
        "wd": wd,
        "slope": float(np.polyfit(*logs, 1)[0]),
        "low": float(low),
        "high": float(high),
        "squares": [float(f"{each:.4g}") for each in squares[kept]],
        "shrinkage": [float(f"{each:.4g}") for each in shrinkage[kept]],
    }


def find_move(rule: Any, state: AdamState) -> np.ndarray:
    """Return what Adam subtracts from the params in the step that left this state."""
    mean = state.grad_avg / (1 - rule.beta1**state.count)
    square = state.sqr_avg / (1 - rule.beta2**state.count)
    return rule.lr * mean / (square**0.5 + rule.eps)


def split_parts(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows by their part."""
    return {
        part: [row for row in rows if row["part"] == part]
        for part in ("path", "shrinkage", "tuning", "report")
    }


def label(name: str) -> str:
    """Return the name of a rule as it is written."""
    return type(PATHS[name][0]).__name__


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a rule with the distance of its paths, and one a decay with its error."""
    parts = split_parts(rows)
    lines: list[Row] = []
    for line in group_rows(parts["path"], "rule", "wd"):
        mine = [row["largest"] for row in parts["path"] if row["rule"] == line["rule"]]
        lines.append({"what": f"{label(line['rule'])}: L2 and decoupled", "wd": line["wd"]})
        lines[-1]["apart"] = max(mine)
    for line in group_rows(parts["report"], "decay", "wd", last="last", baseline="baseline"):
        about = {"what": f"Adam, {NAMES[line['decay']]}, at its best strength", "wd": line["wd"]}
        lines.append(about | {"last": line["last"], "baseline": line["baseline"].mean})
    columns = (
        Column("what", "compared"),
        Column("wd", "strength", "g"),
        Column("apart", "largest distance of the paths, relative", ".1e"),
        Column("last", "validation MSE (stars²)", ".4f"),
        Column("baseline", "bias only", ".4f"),
    )
    return Table(columns, tuple(lines))


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    parts = split_parts(rows)
    apart = {
        name: max(row["largest"] for row in parts["path"] if row["rule"] == name)
        for name in dict.fromkeys(row["rule"] for row in parts["path"])
    }
    same = [label(name) for name, largest in apart.items() if largest <= 1e-12]
    differ = [f"{label(name)} {largest:.0e}" for name, largest in apart.items() if largest > 1e-12]
    slope = average(row["slope"] for row in parts["shrinkage"])
    low, high = (average(row[key] for row in parts["shrinkage"]).mean for key in ("low", "high"))
    return (
        f"The two decays are one for {' and '.join(same) or 'none of the rules'} (paths within "
        f"1e-12 in float64) and two for the others, which remember gradients or their squares "
        f"({', '.join(differ) or 'none'}). In Adam L2 shrinks a weight by {low:,.0f} (5th "
        f"percentile) to {high:,.0f} (95th) times as much as the decoupled decay of the same "
        f"strength, in proportion to the power {slope.write('.2f')} of its running average square "
        f"(1 over the root would be -0.5): the smaller the gradients, as of movies that few rated, "
        f"the stronger. {compare_errors(parts['report'])}"
    )


def compare_errors(report: Sequence[Row]) -> str:
    """Return which decay has the lower validation error, each at its own best, where one has."""
    found = {line["decay"]: line["last"] for line in group_rows(report, "decay", last="last")}
    first, second = sorted(found, key=lambda each: found[each].mean)
    text = (
        f"{found[first].write('.4f')} with {NAMES[first]} against {found[second].write('.4f')} "
        f"with {NAMES[second]} decay"
    )
    if not found[first].high < found[second].low:
        return f"Each at its own best strength, no difference is shown: MSE {text}."
    return f"Each at its own best strength, {NAMES[first]} serves this model better: MSE {text}."


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the shrinkage of a sample of weights, and the distance of the paths."""
    parts = split_parts(rows)
    sample = next(row for row in parts["shrinkage"] if "squares" in row)
    inside = [
        pair for pair in zip(sample["squares"], sample["shrinkage"], strict=True) if pair[1] > 0
    ]
    squares, shrinkage = zip(*inside, strict=True)
    points = Series("L2 in Adam, a point a weight", squares, shrinkage, mode="markers", kind="adam")
    curves = []
    for name in dict.fromkeys(row["rule"] for row in parts["path"]):
        mine = [row for row in parts["path"] if row["rule"] == name]
        middle = np.maximum(np.median([row["apart"] for row in mine], axis=0), 1e-18)
        curves.append(Series(label(name), mine[0]["at"], middle.tolist(), kind=name))
    return (
        Picture(
            "Shrinkage of each weight",
            Axis("running average square of its gradient", log=True),
            Axis("shrinkage / (lr · wd)", log=True),
            (points,),
            (Level("decoupled", 1.0),),
        ),
        Picture(
            "Distance of the two paths",
            Axis("step", log=True),
            Axis("distance / largest weight", log=True),
            tuple(curves),
            (Level("1e-12", 1e-12),),
        ),
    )

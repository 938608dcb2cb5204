"""A plain training for studies: a problem of their own, a rule, and the errors after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.training.steppers import Stepper
from optviz.schedules import fit_schedule, set_rule
from optviz.specs import parse_spec


class Halves(NamedTuple):
    """The training ratings and those that judge."""

    train: Ratings
    valid: Ratings


def split_twice(data: Ratings, split: int = 0) -> tuple[Halves, Halves]:
    """Return the parts for tuning and those for the report.

    Settings are chosen on a fifth of the training ratings; the validation ratings of the report,
    the same as those of `train`, have no part in it.
    """
    train, valid = data.split(split)
    return Halves(*train.split(split + 1)), Halves(train, valid)


def build_problem(kind: Callable[..., DotBias], data: Ratings, batch: int, **more: Any) -> DotBias:
    """Return a dot product problem over some ratings."""
    sizes = {"users": data.users, "movies": data.movies}
    return kind(data.user, data.movie, data.rating, batch=batch, **sizes, **more)


def draw_weights(size: int, seed: int) -> np.ndarray:
    """Return first weights, uniform in (-.01, .01), as float32."""
    return np.random.default_rng(seed).uniform(-0.01, 0.01, size).astype(np.float32)


def descend(
    problem: Any,
    valid: Any,
    rule: str,
    epochs: int,
    seed: int,
    check: Callable[[], Any] = lambda: None,
) -> tuple[np.ndarray, list[float]]:
    """Train from `problem.start` and return the weights and the validation error of each epoch.

    An error that is not finite ends it; the errors after it are infinite.
    """
    entry, params = parse_spec(rule), np.array(problem.start)
    steps = epochs * -(-len(problem.rating) // problem.batch)
    schedule = fit_schedule(entry.schedule, steps)
    stepper = Stepper(set_rule(entry.rule, schedule, 0), params)
    errors: list[float] = []
    with np.errstate(all="ignore"):
        for step, sample in enumerate(problem.samples(steps, seed)):
            loss, grad = problem.loss_and_grad(params, sample)
            if not np.isfinite(loss):
                break
            params = stepper.step(set_rule(entry.rule, schedule, step), grad)
            if (step + 1) % (steps // epochs) == 0:
                check()
                errors.append(float(valid.loss(params)))
    return params, [*errors, *[float("inf")] * (epochs - len(errors))]


def choose_best(rows: Sequence[dict[str, Any]], key: str, loss: str) -> Any:
    """Return the value of `key` whose rows have the lowest mean of `loss`; infinity counts."""
    values = dict.fromkeys(row[key] for row in rows)
    return min(values, key=lambda each: np.mean([row[loss] for row in rows if row[key] == each]))

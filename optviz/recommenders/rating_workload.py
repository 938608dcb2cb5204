"""The training of the rating model as something to race on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.initial_weights import draw_weights
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.training.preparation import split_ratings
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole, prepare_run
from optviz.runs.trajectory import FINISHED
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.trials import set_trials
from optviz.sweeps.workloads import BaseWorkload, Levels, Trials

LOOKS = 10
"""How often the validation loss is taken on the way."""


@dataclass(frozen=True, eq=False)
class RatingWorkload(BaseWorkload):
    """The dot product model with biases, raced to its validation loss.

    A seed gives the split of the ratings, the first weights and the order of the batches, the same
    for every rule. The lowest level is the loss of the bias-only model: at the hard target as much
    is reached.

    Units: losses in stars squared, taken every `steps / 10` steps
    Raises: ValueError: factors must be a whole number of at least 1, got 0
    """

    data: Ratings
    steps: int = 200
    batch: int = 512
    factors: int = 8
    valid: float = 0.2
    parts: tuple[float, float, float] = (0.5, 0.1, 0.0)
    piece: int | None = 1

    def __post_init__(self):
        for name in ("steps", "batch", "factors"):
            check_whole(name, getattr(self, name))

    @property
    def title(self) -> str:
        """The name of the workload in a table."""
        return f"ratings of {self.data.name}"

    def make_problems(self, seed: int) -> tuple[DotBias, DotBias]:
        """Return the problem of the training ratings of a seed, and that of its validation ones."""
        data = self.data
        weights = draw_weights("dot_bias", data.users, data.movies, seed, self.factors)
        training, held = (
            DotBias(
                data.user,
                data.movie,
                data.rating.astype(np.float32),
                rows=each.rows,
                users=data.users,
                movies=data.movies,
                factors=self.factors,
                bounds=data.scale,
                batch=self.batch,
                start=weights,
                name=self.title,
            )
            for each in split_ratings(data, seed, self.valid)
        )
        return training, held

    def find_levels(self, seeds: Sequence[int]) -> Levels:
        """Return the loss of the bias-only model on the split of the first seed, and of no model.

        Few seeds are asked for the first loss, which hardly differs.
        """
        starts = [held.loss(held.start) for _, held in map(self.make_problems, seeds[:3])]
        return Levels(
            float(bias_only(*split_ratings(self.data, seeds[0], self.valid)).mse),
            float(np.median(starts)),
        )

    def make_trials(
        self, rival: Contestant, places: Sequence[int], seeds: Sequence[int], levels: Levels
    ) -> Trials:
        """Make some trials of a rule with all seeds, one after the other."""
        targets, values = self.find_targets(levels), rival.take(places)
        final = np.empty((len(seeds), len(places)))
        reached = np.full((len(targets), *final.shape), np.inf)
        with pin_blas():
            for row, seed in enumerate(seeds):
                problems = self.make_problems(seed)
                for column in range(len(places)):
                    own = {name: float(each[column]) for name, each in values.items()}
                    looks = self.train(set_trials(rival.rule, own), rival.schedule, seed, *problems)
                    final[row, column] = looks[self.steps]
                    for place, target in enumerate(targets):
                        found = (step for step, loss in looks.items() if loss <= target)
                        reached[place, row, column] = next(found, np.inf)
        return Trials(final, reached)

    def train(
        self, rule: Any, schedule: Any, seed: int, training: DotBias, held: DotBias
    ) -> dict[int, float]:
        """Return the validation loss at some steps and the last one: inf where it is not finite."""
        looks = ValidationLooks(held, self.steps)
        prepared = prepare_run(training, rule, self.steps, seed=seed, schedule=schedule)
        ended = prepared.make_steps(looks)  # type: ignore[arg-type]
        if ended != FINISHED or not np.isfinite(looks.losses[max(looks.losses)]):
            looks.losses[self.steps] = np.inf
        return looks.losses


class ValidationLooks:
    """Validation losses along a training, in the place of a recorder."""

    needs_losses = False

    def __init__(self, held: DotBias, steps: int):
        self.held, self.points = held, 0
        self.kept = range(0, steps, max(1, steps // LOOKS))
        self.losses: dict[int, float] = {}

    def add(self, step: int, params: np.ndarray, *_: Any, **__: Any) -> None:
        """Take the loss of the point after `step` steps."""
        self.points += 1
        self.losses[step] = float(self.held.loss(params))

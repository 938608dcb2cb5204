"""Products of the rating model's Hessian with vectors, in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optviz.problems.batches import split_range
from optviz.recommenders.problems.tables import ROWS, scatter_rows, sum_biases


def make_product(problem: Any, params: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that multiplies the Hessian of the full loss at params with a vector.

    The derivative of the gradient along the vector: of user rows g V it is dg V + g dV, where g is
    a rating's slope of the loss in its score and dg = (slope of g) times the change of the score.
    Weight decay adds itself to the diagonal.
    """
    tables = problem.tables(params)

    def multiply(vector: np.ndarray) -> np.ndarray:
        ways, made = problem.tables(np.asarray(vector, params.dtype)), np.zeros_like(params)
        into = problem.tables(made)
        for span in split_range(problem.count, ROWS):
            user, movie, rating = problem.pick(span, dtype=params.dtype)
            mine, theirs = tables.user.take(user, 0), tables.movie.take(movie, 0)
            more, others = ways.user.take(user, 0), ways.movie.take(movie, 0)
            scores = np.einsum("ij,ij->i", mine, theirs) + sum_biases(tables, user, movie)
            change = np.einsum("ij,ij->i", more, theirs) + np.einsum("ij,ij->i", mine, others)
            change += sum_biases(ways, user, movie)
            first, second = differentiate_loss(problem, scores, rating)
            turn = second * change
            scatter_rows(into.user, user, turn[:, None] * theirs + first[:, None] * others)
            scatter_rows(into.movie, movie, turn[:, None] * mine + first[:, None] * more)
            if into.user_bias is not None and into.movie_bias is not None:
                np.add.at(into.user_bias, user, turn)
                np.add.at(into.movie_bias, movie, turn)
        if problem.wd:
            made += problem.wd * vector
        return made

    return multiply


def differentiate_loss(
    problem: Any, scores: np.ndarray, rating: np.ndarray
) -> tuple[np.ndarray, Any]:
    """Return the first and the second derivative of each rating's part of the loss in its score."""
    predicted, slope = problem.squash(scores)
    error = predicted - rating
    bend: Any = 0.0
    if problem.bounds is not None:
        low, high = problem.bounds
        bend = slope * (1 - 2 * (predicted - low) / (high - low))
    return error * slope * (2 / problem.count), (slope**2 + error * bend) * (2 / problem.count)

"""The tables of the dot product rating model as views of one vector of parameters."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

ROWS = 2048
"""Ratings scored at once, so that their vectors stay in cache."""


class Tables(NamedTuple):
    """Views of one flat vector, in the order in which the torch models hold their parameters.

    Shapes: user (users, factors); movie (movies, factors); user_bias (users,);
        movie_bias (movies,). Without biases the last two are None.
    """

    user: np.ndarray
    movie: np.ndarray
    user_bias: np.ndarray | None
    movie_bias: np.ndarray | None


def sum_biases(tables: Tables, user: Any, movie: Any) -> Any:
    """Return user bias + movie bias; 0 where the model has none."""
    if tables.user_bias is None or tables.movie_bias is None:
        return 0
    return tables.user_bias.take(user) + tables.movie_bias.take(movie)


def scatter_rows(table: np.ndarray, index: np.ndarray, rows: np.ndarray) -> None:
    """Add rows to the rows of a table at `index`, sorted so that equal ones are summed."""
    order = index.argsort(kind="stable")
    ordered = index[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    table[ordered[first]] += np.add.reduceat(rows[order], first, axis=0)

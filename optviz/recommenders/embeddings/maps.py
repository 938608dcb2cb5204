"""A map of embeddings: points, titles, genres, neighbors in the full space, and its trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.movielens.ratings import MovieLensError, Ratings, search_titles
from optviz.recommenders.embeddings.nearest import find_nearest
from optviz.recommenders.embeddings.projections import Projection, project_pca, project_umap
from optviz.recommenders.embeddings.trust import NEAREST, Trust, measure_trust
from optviz.recommenders.embeddings.vectors import LEAST, MOST, Vectors, count_words, read_vectors
from optviz.recommenders.trained import Trained
from optviz.recommenders.training.record import Training

PROJECTIONS = {"pca": project_pca, "umap": project_umap}
"""The ways to project, by the name that a caller gives."""


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """The movies (or users) of a trained model as points, those with most ratings first.

    Shapes: neighbors and cosines (rows, k), the nearest first
    """

    vectors: Vectors
    projection: Projection
    neighbors: np.ndarray
    """The rows of the nearest in the full space."""
    cosines: np.ndarray
    trust: Trust

    @property
    def points(self) -> np.ndarray:
        """The points, (rows, dims)."""
        return self.projection.points

    @property
    def side(self) -> str:
        """Movie or user."""
        return self.vectors.side

    @property
    def titles(self) -> tuple[str, ...]:
        """The title of each movie, the name of each user."""
        return self.vectors.titles

    def find(self, text: str) -> list[int]:
        """Return the rows whose title has `text` in it; case and accents do not matter."""
        return search_titles(self.titles, text)

    def locate(self, what: int | str) -> int:
        """Return the row of a movie (user) that is given by its published id or its title.

        Raises: MovieLensError: no movie 5 on this map: it has 530 movies with at least 50 ...
        """
        if isinstance(what, str):
            rows = self.find(what)
            whole = [row for row in rows if self.titles[row].casefold() == what.strip().casefold()]
            rows = (whole or rows)[:1]  # of several, the one with most ratings
        else:
            rows = np.flatnonzero(self.vectors.ids == what)
        if not len(rows):
            there = f"it has {count_words(self.vectors)}"
            raise MovieLensError(f"no {self.side} {what} on this map: {there}")
        return int(rows[0])

    def list_neighbors(self, what: int | str) -> list[int]:
        """Return the rows of the nearest in the full space of one given by id or title."""
        return [int(row) for row in self.neighbors[self.locate(what)]]

    def words(self) -> str:
        """Return in sentences what is drawn, and how far it can be trusted."""
        shares = self.projection.shares
        drawn = count_words(self.vectors)
        if shares is None:
            return f"{drawn}; distances between groups mean little. {self.trust.words()}"
        return f"{drawn}; {shares.sum():.0%} of the variance is drawn. {self.trust.words()}"


def map_embeddings(
    model: Training | Trained,
    data: Ratings,
    side: str = "movie",
    *,
    dims: int = 2,
    how: str = "pca",
    least: int = LEAST,
    most: int = MOST,
    nearest: int = NEAREST,
    **more: Any,
) -> EmbeddingMap:
    """Return the movies (or users) of a trained model as a map in 2 or 3 dimensions.

    Drawn are those with at least `least` training ratings; `nearest` neighbors of each are kept,
    and the picture is judged by as many (by fewer where it has few points). `more`, such as
    seed=1, goes to the projection.

    Raises: ValueError: how must be pca or umap, got "tsne"
    """
    if how not in PROJECTIONS:
        raise ValueError(f'how must be {" or ".join(PROJECTIONS)}, got "{how}"')
    vectors = read_vectors(model, data, side, least=least, most=most)
    projection = PROJECTIONS[how](vectors, dims, **more)
    neighbors, cosines = find_nearest(vectors.units, min(nearest, len(vectors) - 1))
    judged = min(nearest, (len(vectors) - 1) // 2)
    trust = measure_trust(vectors.units, projection.points, judged)
    return EmbeddingMap(vectors, projection, neighbors, cosines, trust)

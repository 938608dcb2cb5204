"""Ratings in groups of one user or one movie, whose products of embeddings are few and fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, pairwise

import numpy as np

BLOCK = 4096
"""Ratings whose products are folded at once, while they are in cache."""


@dataclass(frozen=True, eq=False)
class RatingGroups:
    """Ratings in an order in which those of one user, or of one movie, are next to each other.

    The table of which fewer rows have ratings makes the groups, which are then fewer and larger.

    Shapes: user, movie, rating, by_rating (ratings,)
    """

    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    by_rating: np.ndarray
    """The order that sorts them by rating."""
    lead: int
    """The table that makes the groups: 0 is the user's, 1 the movie's."""
    cuts: list[int]
    """The place at which each group begins, and the end of the last."""

    @classmethod
    def read(cls, user: np.ndarray, movie: np.ndarray, rating: np.ndarray) -> RatingGroups:
        """Return ratings in groups."""
        sizes = [np.count_nonzero(np.bincount(each)) for each in (user, movie)]
        lead = int(sizes[0] > sizes[1])
        order = (user, movie)[lead].argsort()
        user, movie = (each[order].astype(np.intp, copy=False) for each in (user, movie))
        cuts = np.flatnonzero(np.diff((user, movie)[lead], prepend=-1, append=-1)).tolist()
        return cls(user, movie, rating[order], rating[order].argsort(), lead, cuts)

    def expand_products(self, tables: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
        """Return the factors of the powers of coordinates in products of users' and movies' rows.

        Both tables, the users' first, are given in parts: at the origin, then along each axis. A
        group is one small matrix product. The powers are those of `pair_parts`.

        Shapes: parts (rows, factors) -> (powers, ratings), in the order of the groups
        """
        first, second = tables[self.lead], tables[1 - self.lead]
        left, right = (self.user, self.movie)[:: 1 - 2 * self.lead]
        count, size = len(first), first[0].shape[1]
        heads, side = np.stack(first, 1), np.concatenate(second, 1)
        factors = np.empty((len(pair_parts(count)), len(left)), side.dtype)
        most = BLOCK + max(end - start for start, end in pairwise(self.cuts))
        products, begun = np.empty((count * most, count), side.dtype), 0
        for start, end in pairwise(self.cuts):
            rows = side.take(right[start:end], 0).reshape(count * (end - start), size)
            place = slice(count * (start - begun), count * (end - begun))
            np.matmul(rows, heads[left[start]].T, out=products[place])
            if end - begun >= BLOCK or end == len(left):
                square = products[: place.stop].reshape(-1, count, count).transpose(1, 2, 0)
                fold_products(square, factors[:, begun:end])
                begun = end
        return factors


def pair_parts(count: int) -> list[tuple[int, int]]:
    """Return the powers up to two of coordinates as products of two of 1, a, b, by their numbers.

    With both they are 1, a, b, a*a, a*b, b*b; with one of them 1, a, a*a.
    """
    return list(combinations_with_replacement(range(count), 2))


def fold_products(
    square: Sequence[Sequence[np.ndarray]] | np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """Return the factors of the powers of coordinates from products of the parts: (powers, ...)."""
    return np.stack(
        [
            square[i][j] + square[j][i] if i != j else square[i][i]
            for i, j in pair_parts(len(square))
        ],
        out=out,
    )

"""Neighbors in the full space, beside scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from optviz.recommenders.embeddings import find_nearest, nearest


def draw_units(rows: int, factors: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, factors))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 60), st.integers(2, 8), st.integers(0, 999), st.data())
def test_neighbors_are_those_of_scikit_learn(rows, factors, seed, data):
    n = data.draw(st.integers(1, rows - 1))
    units = draw_units(rows, factors, seed)
    found, cosines = find_nearest(units, n)
    oracle = NearestNeighbors(n_neighbors=n, metric="cosine", algorithm="brute").fit(units)
    distances, rows_there = oracle.kneighbors()
    np.testing.assert_allclose(cosines, 1 - distances, atol=1e-12)
    np.testing.assert_array_equal(found, rows_there)


def test_many_rows_are_compared_part_by_part(monkeypatch):
    units = draw_units(90, 4, 0)
    whole = find_nearest(units, 5)
    monkeypatch.setattr(nearest, "ROWS", 32)
    parts = find_nearest(units, 5)
    np.testing.assert_array_equal(whole[0], parts[0])


def test_more_neighbors_than_others_are_refused():
    with pytest.raises(ValueError, match="10 neighbors need at least 11 rows, got 8"):
        find_nearest(draw_units(8, 3, 0), 10)

"""The trust in a picture, beside scikit-learn's trustworthiness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from optviz.recommenders.embeddings import measure_trust
from tests.recommenders.embeddings.test_nearest import draw_units


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 80), st.integers(2, 8), st.integers(0, 999), st.data())
def test_trustworthiness_is_that_of_scikit_learn(rows, factors, seed, data):
    k = data.draw(st.integers(1, (rows - 1) // 2))
    units, points = draw_units(rows, factors, seed), draw_units(rows, 5, seed + 1)[:, :2]
    ours = measure_trust(units, points, k)
    oracle = trustworthiness(units, points, n_neighbors=k, metric="cosine")
    assert ours.trustworthiness == pytest.approx(oracle, abs=1e-12)
    assert ((ours.scores >= -1e-12) & (ours.scores <= 1)).all()


def test_the_share_kept_is_that_of_two_sets_of_neighbors():
    units, points = draw_units(40, 5, 3), draw_units(40, 3, 4)
    sets = [
        NearestNeighbors(n_neighbors=6, metric=metric, algorithm="brute").fit(x).kneighbors()[1]
        for x, metric in ((units, "cosine"), (points, "euclidean"))
    ]
    shared = [len(set(a) & set(b)) / 6 for a, b in zip(*sets, strict=True)]
    ours = measure_trust(units, points, 6)
    np.testing.assert_allclose(ours.kept, shared)
    assert ours.share == pytest.approx(np.mean(shared))


def test_a_picture_that_loses_nothing_has_full_trust():
    angles = np.random.default_rng(0).uniform(0, 3, 30)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ours = measure_trust(circle, circle[:, ::-1] * 7 + 3, 5)
    assert (ours.trustworthiness, ours.share) == (1, 1)


def test_a_picture_at_random_keeps_what_chance_keeps():
    shares = [
        measure_trust(draw_units(60, 20, seed), draw_units(60, 2, seed + 99), 6).share
        for seed in range(40)
    ]
    chance = measure_trust(draw_units(60, 20, 0), draw_units(60, 2, 1), 6).chance
    assert chance == pytest.approx(6 / 59)
    spread = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert np.mean(shares) == pytest.approx(chance, abs=4 * spread)


def test_directions_all_alike_are_no_reason_for_trust():
    alike = np.ones((21, 1))
    ours = measure_trust(alike, np.random.default_rng(0).normal(size=(21, 2)), 4)
    assert ours.share == 0
    assert ours.trustworthiness < 0.8


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="nearest must be below half of the 12 rows, got 6"):
        measure_trust(draw_units(12, 3, 0), np.zeros((12, 2)), 6)
    with pytest.raises(ValueError, match=r"points must be as many as vectors \(12\), got 11"):
        measure_trust(draw_units(12, 3, 0), np.zeros((11, 2)), 2)

"""Projections beside scikit-learn's PCA, and the real UMAP."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from optviz.recommenders.embeddings import project_pca, project_umap, read_vectors
from tests.support.embeddings_made import genre_ratings, plant_model, plant_random

DATA = genre_ratings(60, 50)


def read_random(factors: int = 5, seed: int = 0, least: int = 11):
    return read_vectors(plant_random(DATA, factors, seed), DATA, least=least)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 60), st.integers(0, 999), st.integers(2, 3))
def test_pca_is_that_of_scikit_learn_up_to_the_signs(factors, seed, dims):
    vectors = read_random(factors, seed)
    ours, theirs = project_pca(vectors, dims), PCA(dims, svd_solver="full")
    points = theirs.fit_transform(vectors.vectors)
    assert ours.shares is not None
    assert ours.axes is not None
    np.testing.assert_allclose(ours.shares, theirs.explained_variance_ratio_, rtol=1e-8)
    signs = np.sign((ours.axes * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(ours.axes, signs[:, None] * theirs.components_, atol=1e-7)
    np.testing.assert_allclose(ours.points, signs * points, atol=1e-6)


def test_points_on_a_line_are_drawn_on_it():
    line = np.outer(np.arange(8.0), [3, 4, 0])
    data = genre_ratings()
    ours = project_pca(read_vectors(plant_model(data, np.ones((12, 3)), line), data, least=1))
    np.testing.assert_allclose(
        ours.points, np.stack([5 * np.arange(-3.5, 4), np.zeros(8)], 1), atol=1e-6
    )
    assert ours.shares is not None
    np.testing.assert_allclose(ours.shares, [1, 0], atol=1e-12)


def test_the_sign_of_an_axis_does_not_hang_on_the_library():
    vectors = read_random()
    axes = project_pca(vectors, 3).axes
    assert axes is not None
    assert (axes[np.arange(3), np.abs(axes).argmax(axis=1)] > 0).all()


def test_vectors_all_alike_have_no_variance_to_share():
    data = genre_ratings()
    same = read_vectors(plant_model(data, np.ones((12, 3)), np.ones((8, 3))), data, least=1)
    ours = project_pca(same)
    assert ours.shares is not None
    assert ours.shares.tolist() == [0, 0]
    assert np.isfinite(ours.points).all()


def test_pictures_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="a picture has 2 or 3 dimensions, got 4"):
        project_pca(read_random(), 4)
    with pytest.raises(ValueError, match="in 3 dimensions needs at least 3 factors and 4 rows"):
        project_pca(read_random(factors=2), 3)


def test_umap_says_what_to_install_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(RuntimeError, match='pip install "optviz\\[umap\\]"'):
        project_umap(read_random())


def test_umap_cannot_begin_with_more_neighbors_than_there_are():
    with pytest.raises(ValueError, match="neighbors must be below the 50 rows, got 50"):
        project_umap(read_random(), neighbors=50)


SCRIPT = """
import sys
import numpy as np
from optviz.recommenders.embeddings import project_umap, read_vectors
from tests.support.embeddings_made import genre_ratings, plant_model
data = genre_ratings(60, 40)
groups = np.arange(40) % 4
planted = 4 * np.eye(4)[groups] + 0.2 * np.random.default_rng(0).normal(size=(40, 4))
vectors = read_vectors(plant_model(data, np.ones((60, 4)), planted), data, least=11)
assert "umap" not in sys.modules
drawn = [project_umap(vectors, neighbors=6, seed=s, n_epochs=60).points for s in (1, 1, 2)]
print(np.array_equal(drawn[0], drawn[1]), np.array_equal(drawn[0], drawn[2]))
apart = np.square(drawn[0][:, None] - drawn[0]).sum(axis=2)
nearest = apart.argsort(axis=1)[:, 1:6]
print(np.mean(groups[nearest] == groups[:, None]) > 0.95)
"""


def test_the_real_umap_is_seeded_and_keeps_groups_together():
    # Compiled, it would take most of a minute to begin; its own text runs without that.
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False", "True"]

"""The film of a training: turned and mirrored frames are put straight, real ones stay put."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from optviz.recommenders import train
from optviz.recommenders.embeddings import film_drift
from optviz.recommenders.embeddings.drift import FRAMES, align_frames, find_turn, measure_turn
from tests.support.embeddings_made import genre_ratings

DATA = genre_ratings(40, 30)
FACTORS = 50


@pytest.fixture(scope="module")
def training():
    return train("dot_bias", DATA, "adam:lr=0.01", epochs=4, batch=64, keep=4)


def turn_path(training, turns):
    """Return the training as if both its tables had been turned at each point of the path."""
    path = training.trajectory.path.astype(float)
    cut = (DATA.users + DATA.movies) * FACTORS
    tables = path[:, :cut].reshape(len(path), -1, FACTORS)
    turned = np.concatenate([(tables @ turns).reshape(len(path), -1), path[:, cut:]], axis=1)
    trajectory = replace(training.trajectory, path=turned)
    trained = replace(training.trained, params=turned[-1])
    return replace(training, trajectory=trajectory, trained=trained)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(0, 999))
def test_a_turn_is_that_of_scipy(factors, seed):
    draw = np.random.default_rng(seed)
    points, target = draw.normal(size=(2, 30, factors))
    np.testing.assert_allclose(
        find_turn(points, target), orthogonal_procrustes(points, target)[0], atol=1e-9
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_frames_turned_and_mirrored_at_random_are_put_straight(seed):
    draw = np.random.default_rng(seed)
    cloud = draw.normal(size=(30, 5))
    cloud -= cloud.mean(axis=0)
    frames = [cloud * (1 + place) for place in range(6)]
    turns = ortho_group.rvs(5, size=6, random_state=seed)  # half of them mirror
    aligned, _ = align_frames([frame @ turn for frame, turn in zip(frames, turns, strict=True)])
    for frame, found in zip(frames, aligned, strict=True):
        np.testing.assert_allclose(found, frame @ turns[-1], atol=1e-9)


def test_the_angle_of_a_turn_is_the_largest_of_its_planes():
    angle = np.radians([20, 70])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.eye(5)
    turn[:2, :2] = [[cos[0], -sin[0]], [sin[0], cos[0]]]
    turn[2:4, 2:4] = [[cos[1], -sin[1]], [sin[1], cos[1]]]
    assert measure_turn(turn) == pytest.approx(70)
    assert measure_turn(np.diag([1, -1, 1])) == pytest.approx(180)


def test_a_film_ends_in_the_principal_plane_of_the_end(training):
    film = film_drift(training, DATA)
    last = film.points[-1]
    np.testing.assert_allclose(last.mean(axis=0), 0, atol=1e-9)
    assert last[:, 0] @ last[:, 1] == pytest.approx(0, abs=1e-6)
    assert film.step.tolist() == training.trajectory.step.tolist()
    assert film.points.shape == (len(film.step), 30, 2)
    assert film.turns[-1] == 0


def test_turning_the_factors_of_a_model_does_not_move_its_film(training):
    """The predictions stay the same, so the film has to."""
    count = len(training.trajectory.step)
    turns = ortho_group.rvs(FACTORS, size=count, random_state=3)
    plain, turned = film_drift(training, DATA), film_drift(turn_path(training, turns), DATA)
    signs = np.sign((plain.points[-1] * turned.points[-1]).sum(axis=0))
    np.testing.assert_allclose(turned.points * signs, plain.points, atol=1e-5)
    assert turned.turns[:-1].min() > 90
    flips = np.tile(np.eye(FACTORS), (count, 1, 1))
    flips[::2, 0, 0] = -1
    flipped = film_drift(turn_path(training, flips), DATA)
    signs = np.sign((plain.points[-1] * flipped.points[-1]).sum(axis=0))
    np.testing.assert_allclose(flipped.points * signs, plain.points, atol=1e-5)


def test_a_long_path_is_thinned_and_keeps_its_ends():
    long = train("dot_bias", DATA, "adam:lr=0.01", epochs=14, batch=64, keep=1)
    film = film_drift(long, DATA, most=5)
    assert len(film.step) == FRAMES < len(long.trajectory.step)
    assert film.step[[0, -1]].tolist() == long.trajectory.step[[0, -1]].tolist()
    assert len(film.vectors) == 5


def test_users_and_the_mini_net_have_films_too(training):
    users = film_drift(training, DATA, "user")
    assert users.vectors.titles[0].startswith("user ")
    assert len(users.vectors) == users.points.shape[1] > 30
    net = train("net", DATA, "adam:lr=0.01", epochs=1, keep=3)
    assert np.isfinite(film_drift(net, DATA).points).all()


def test_what_has_no_film_is_refused(training):
    with pytest.raises(ValueError, match="a film needs the path of a training, got a Trained"):
        film_drift(training.trained, DATA)
    path = training.trajectory.path.copy()
    path[-1, 0] = np.nan
    broken = replace(training, trajectory=replace(training.trajectory, path=path, ended="diverged"))
    with pytest.raises(ValueError, match="the training diverged: its end has no picture"):
        film_drift(broken, DATA)


@pytest.mark.data
def test_the_real_film_does_not_jump(trained_100k, ml100k):
    film = film_drift(trained_100k, ml100k)
    flat = film.points.reshape(len(film.points), -1)
    # A mirrored frame would be the opposite of the one before.
    following = [float(np.corrcoef(a, b)[0, 1]) for a, b in pairwise(flat)]
    assert min(following) > 0
    assert min(following[3:]) > 0.85
    assert film.turns[2:].max() < 30
    likeness = [float(np.corrcoef(each, flat[-1])[0, 1]) for each in flat]
    assert abs(likeness[0]) < 0.25  # weights at random are no likeness of the end
    assert likeness[len(likeness) // 2] > 0.9

"""Singular values and effective ranks: closed forms, numpy on the module's own gradient."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import svdvals

from optviz.recommenders import train
from optviz.recommenders.embeddings import measure_rank, measure_spectra
from tests.support.embeddings_made import genre_ratings

DATA = genre_ratings(40, 30)


@pytest.fixture(scope="module")
def trainings():
    how: Any = {"epochs": 2, "batch": 64, "keep": 3}
    rules = ("sgd:lr=1", "momentum:lr=0.1", "rmsprop:lr=0.01", "adam:lr=0.01")
    return [train("dot_bias", DATA, rule, **how) for rule in rules]


def test_equal_values_count_fully_and_one_counts_once():
    assert measure_rank(np.ones(7)) == pytest.approx(7)
    assert measure_rank(np.array([3.0, 0, 0])) == pytest.approx(1)
    assert measure_rank(np.zeros(3)) == 0
    # Shares 1/2, 1/4, 1/4 have the entropy 1.5 bits.
    assert measure_rank(np.array([2.0, 1, 1])) == pytest.approx(2**1.5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20), st.floats(1e-3, 1e3))
def test_a_rank_lies_between_one_and_their_number_and_has_no_scale(values, scale):
    values = np.array(values)
    rank = measure_rank(values)
    assert 1 - 1e-9 <= rank <= len(values) + 1e-9
    assert measure_rank(values * scale) == pytest.approx(rank)


@pytest.mark.parametrize("model", ["dot", "dot_bias", "net"])
def test_values_are_those_of_the_module_s_weights_and_gradients(model):
    training = train(model, DATA, "adam:lr=0.01", epochs=1, batch=64)
    [ours] = measure_spectra([training], DATA, points=1)
    module, (rows, _) = training.trained.module(), DATA.split(0, 0.2)
    user, movie = (torch.from_numpy(each.astype(np.int64)) for each in (rows.user, rows.movie))
    stars = torch.from_numpy(rows.rating.astype(np.float32))
    torch.nn.functional.mse_loss(module(user, movie), stars).backward()
    tables = dict(module.named_parameters())
    for side in ("user", "movie"):
        weight = tables[f"{side}.weight"]
        assert weight.grad is not None
        np.testing.assert_allclose(
            ours.weights[side][-1], svdvals(weight.detach().double().numpy()), rtol=1e-6, atol=1e-7
        )
        theirs = svdvals(weight.grad.double().numpy())
        np.testing.assert_allclose(ours.grads[side][-1], theirs, atol=1e-5 * theirs[0])


def test_each_rule_has_its_values_along_the_training(trainings):
    found = measure_spectra(trainings, DATA, points=4)
    assert [each.kind for each in found] == ["sgd", "momentum", "rmsprop", "adam"]
    for each, training in zip(found, trainings, strict=True):
        steps = training.trajectory.step
        assert len(each.step) == 4
        assert each.step[[0, -1]].tolist() == steps[[0, -1]].tolist()
        assert each.weights["movie"].shape == (4, 30)
        assert each.grads["user"].shape == (4, 40)
        assert (np.diff(each.weights["movie"], axis=1) <= 0).all()
    assert not np.allclose(found[0].grads["movie"][-1], found[3].grads["movie"][-1])
    # All begin at the same weights.
    np.testing.assert_array_equal(found[0].weights["user"][0], found[3].weights["user"][0])
    assert "effective rank of 30: movies" in found[3].words()


def test_points_that_are_not_finite_are_left_out(trainings):
    path = trainings[0].trajectory.path.copy()
    path[-2:] = np.nan
    broken = replace(trainings[0], trajectory=replace(trainings[0].trajectory, path=path))
    [found] = measure_spectra([broken], DATA, points=99)
    assert len(found.step) == len(path) - 2
    assert np.isfinite(found.grads["movie"]).all()


def test_trainings_are_a_list(trainings):
    with pytest.raises(ValueError, match=r"trainings are a list: give \[training\]"):
        measure_spectra(trainings[0], DATA)
    assert measure_spectra([], DATA) == []

"""DotBias against torch's autograd, and its slices against direct evaluation, on real ratings."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from optviz.recommenders.models import EmbeddingDot, EmbeddingDotBias
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import Adam
from optviz.runs.loop import run


@pytest.fixture(scope="module")
def real(ml100k):
    """A few thousand real ratings of all users: (user, movie, rating, users, movies)."""
    rows = np.random.default_rng(5).permutation(len(ml100k))[:4000]
    part = ml100k.take(rows)
    return part.user, part.movie, part.rating, part.users, part.movies


def params_of(size, dtype: Any = np.float64, spread=0.3) -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, spread, size).astype(dtype)


def problem_on(real, start=None, **settings):
    user, movie, rating, users, movies = real
    settings = {"factors": 8, "users": users, "movies": movies, "start": start} | settings
    return DotBias(user, movie, rating, **settings)


def small(**settings):
    """Six ratings by three users of two movies, with four factors."""
    user, movie = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    rating = np.array([1.0, 5.0, 4.0, 2.0, 3.0, 3.5])
    given: dict[str, Any] = {"factors": 4, "batch": 4} | settings
    return DotBias(user, movie, rating, **given)


def autograd(module, params, real, rows):
    """The loss and the gradient of a torch module over some rows, in float64."""
    user, movie, rating = (torch.from_numpy(np.asarray(each[rows])) for each in real[:3])
    module = module.double()
    vector_to_parameters(torch.from_numpy(params), module.parameters())
    error = module(user.long(), movie.long()) - rating.double()
    loss = error.square().mean()
    grads = torch.autograd.grad(loss, list(module.parameters()))
    return loss.item(), parameters_to_vector(grads).numpy()


MODELS = {
    "dot": (EmbeddingDot, {}, {"bias": False, "bounds": None}),
    "dot_bias": (EmbeddingDotBias, {"scale": (0.5, 5.0)}, {"bounds": (0.5, 5.0)}),
    "padded": (EmbeddingDotBias, {"scale": (0.5, 5.0), "pad": 0.5}, {"bounds": (0.0, 5.5)}),
}


@pytest.mark.data
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rows", [slice(None), np.array([7, 7, 9, 9, 9, 100]), np.arange(64)])
def test_loss_and_gradient_equal_autograd(real, model, rows):
    make, of_module, settings = MODELS[model]
    problem = problem_on(real, **settings)
    params = params_of(problem.size)
    loss, grad = autograd(make(real[3], real[4], 8, **of_module), params, real, rows)
    sample = None if isinstance(rows, slice) else rows
    ours, our_grad = problem.loss_and_grad(params, sample)
    assert ours == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(our_grad, grad, rtol=1e-10, atol=1e-10 * np.abs(grad).max())


@pytest.mark.data
def test_predictions_are_those_of_the_torch_model(real):
    problem = problem_on(real, bounds=(0.5, 5.0))
    params = params_of(problem.size)
    module = EmbeddingDotBias(real[3], real[4], 8, (0.5, 5.0)).double()
    vector_to_parameters(torch.from_numpy(params), module.parameters())
    user, movie = torch.from_numpy(real[0]).long(), torch.from_numpy(real[1]).long()
    theirs = module(user, movie).detach().numpy()
    np.testing.assert_allclose(problem.predict(params, real[0], real[1]), theirs, rtol=1e-13)


@pytest.mark.data
def test_the_float32_loss_is_summed_in_float64(ml100k):
    problem = DotBias(ml100k.user, ml100k.movie, ml100k.rating, factors=8)
    params = params_of(problem.size)
    assert problem.loss(params.astype(np.float32)) == pytest.approx(problem.loss(params), rel=1e-7)


def test_the_gradient_is_a_fresh_array_and_the_params_stay_as_they_are():
    problem = small()
    params = params_of(problem.size)
    before = params.copy()
    first, second = problem.grad(params), problem.grad(params)
    assert first is not second
    assert not np.shares_memory(first, params)
    np.testing.assert_array_equal(params, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_keeps_the_dtype(dtype):
    problem = small()
    assert problem.grad(params_of(problem.size, dtype)).dtype == dtype


def test_saturated_scores_give_a_finite_loss_without_a_warning():
    problem = small()
    for sign in (-1, 1):
        params = sign * 1e4 * np.abs(params_of(problem.size, np.float32))
        loss, grad = problem.loss_and_grad(params)
        assert np.isfinite(loss)
        assert np.isfinite(grad).all()


def test_many_runs_equal_one_run_after_another():
    problem = small()
    runs = params_of((problem.size, 2, 3))
    losses, grads = problem.loss(runs), problem.grad(runs, np.array([0, 3]))
    assert losses.shape == (2, 3)
    assert grads.shape == runs.shape
    alone = np.ascontiguousarray(runs[:, 1, 2])
    assert losses[1, 2] == problem.loss(alone)
    np.testing.assert_array_equal(grads[:, 1, 2], problem.grad(alone, np.array([0, 3])))


def test_an_epoch_visits_each_row_once_in_batches():
    batches = list(small().samples(2, seed=3))
    assert [len(each) for each in batches] == [4, 2]
    assert sorted(np.concatenate(batches)) == list(range(6))


def test_the_order_of_batches_hangs_on_the_seed_alone():
    first, again, other = (
        np.concatenate(list(small().samples(20, seed))).tolist() for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_a_run_on_mini_batches_records_the_losses_of_its_samples():
    problem = small()
    record = run(problem, Adam(lr=0.05), 40, seed=1)
    assert record.sample_loss is not None
    sample = next(iter(problem.samples(1, 1)))
    assert record.sample_loss[0] == problem.sample_loss(problem.start, sample)
    assert record.losses[-1] < record.losses[0]


@pytest.mark.data
@pytest.mark.parametrize(("dtype", "within"), [(np.float64, 1e-12), (np.float32, 1e-6)])
@pytest.mark.parametrize("model", MODELS)
def test_a_slice_equals_the_loss_at_its_points(real, model, dtype, within):
    settings = MODELS[model][2]
    size = problem_on(real, **settings).size
    origin = params_of(size, dtype, 0.1)
    problem = problem_on(real, start=origin, **settings)
    axes = np.linalg.qr(np.random.default_rng(2).normal(size=(size, 2)))[0].T
    alphas, betas = np.linspace(-20, 20, 51), np.linspace(-15, 25, 41)
    coords = np.stack(np.meshgrid(alphas, betas), axis=-1).reshape(-1, 2)
    grid = problem.plane_losses(origin, axes, coords).reshape(41, 51)
    for row, column in [(0, 0), (40, 50), (20, 25), (3, 47)]:
        point = origin + alphas[column] * axes[0] + betas[row] * axes[1]
        assert grid[row, column] == pytest.approx(problem.loss(point), rel=within)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"user": [0, 3]}, "indexes below 3 and 2"),
        ({"movie": [-1, 0]}, "got -1"),
        ({"rating": [1.0]}, "equally long"),
        ({"rating": [1.0, np.nan]}, "rating must be finite"),
        ({"bounds": (5.0, 1.0)}, "bounds must rise"),
        ({"batch": 0}, "batch and factors must be 1 or more"),
        ({"start": np.zeros(3)}, "start must have 25 numbers"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changes, words):
    given = {"user": [0, 2], "movie": [0, 1], "rating": [1.0, 5.0], "factors": 4}
    given |= {"users": 3, "movies": 2} | changes
    with pytest.raises(ValueError, match=words):
        DotBias(**given)

"""Torch modules as flat-vector problems, against torch itself."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.nn.utils import parameters_to_vector

from optviz.pytorch.module_problem import Batch, ModuleProblem
from optviz.recommenders.models import EmbeddingDotBias
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import SGD, Adam
from optviz.runs.loop import run


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(40, 3, generator=generator), torch.randn(40, 2, generator=generator)


def network(*middle) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), *middle, nn.Linear(5, 2))


def test_the_start_is_the_parameters_in_their_order(data):
    module = network()
    problem = ModuleProblem(module, mse_loss, *data)
    np.testing.assert_array_equal(
        problem.start, parameters_to_vector(module.parameters()).detach().numpy()
    )


def test_loss_and_gradient_equal_the_module_s_own(data):
    module = network()
    problem = ModuleProblem(module, mse_loss, *data)
    loss = mse_loss(module(data[0]), data[1])
    grads = torch.autograd.grad(loss, list(module.parameters()))
    assert problem.loss(problem.start) == loss.item()
    np.testing.assert_array_equal(
        problem.grad(problem.start), torch.cat([each.flatten() for each in grads]).numpy()
    )


def test_a_path_equals_that_of_torch_s_optimizer_on_the_same_batches(data):
    module = network()
    problem = ModuleProblem(module, mse_loss, *data, batch=8)
    record = run(problem, SGD(lr=0.1), 30, seed=4)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    for sample in problem.samples(30, 4):
        optimizer.zero_grad()
        mse_loss(module(data[0][sample.rows]), data[1][sample.rows]).backward()
        optimizer.step()
    end = parameters_to_vector(module.parameters()).detach().numpy()
    np.testing.assert_allclose(record.end, end, rtol=1e-5, atol=1e-7)


def test_the_module_is_only_read(data):
    module = network(nn.BatchNorm1d(5), nn.Dropout(0.5))
    module[2].eval()
    before = copy.deepcopy(module.state_dict())
    problem = ModuleProblem(module, mse_loss, *data, batch=8)
    run(problem, Adam(lr=0.1), 5)
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert [each.training for each in list(module)[1:4]] == [True, False, True]


def test_the_batch_norm_of_a_sample_uses_the_sample_s_own_average(data):
    module = network(nn.BatchNorm1d(5))
    problem = ModuleProblem(module, mse_loss, *data, batch=8)
    rows = np.arange(8)
    module.train()
    theirs = mse_loss(module(data[0][:8]), data[1][:8]).item()
    assert problem.sample_loss(problem.start, Batch(rows, 0)) == pytest.approx(theirs, rel=1e-6)


def test_dropout_hangs_on_the_sample_alone(data):
    problem = ModuleProblem(network(nn.Dropout(0.5)), mse_loss, *data, batch=8)
    rows = np.arange(8)
    first = problem.grad(problem.start, Batch(rows, 1))
    torch.rand(7)
    np.testing.assert_array_equal(problem.grad(problem.start, Batch(rows, 1)), first)
    assert not np.array_equal(problem.grad(problem.start, Batch(rows, 2)), first)


def test_the_full_loss_has_no_dropout(data):
    module = network(nn.Dropout(0.5))
    problem = ModuleProblem(module, mse_loss, *data)
    module.eval()
    assert problem.loss(problem.start) == mse_loss(module(data[0]), data[1]).item()


def test_torch_s_own_random_numbers_are_not_used_up(data):
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    problem = ModuleProblem(network_of_no_seed(), mse_loss, *data, batch=8)
    run(problem, SGD(lr=0.1), 3)
    assert torch.equal(torch.rand(3), expected)


def network_of_no_seed():
    """A network whose making draws nothing from torch's generator."""
    with torch.random.fork_rng():
        return network(nn.Dropout(0.5))


def test_the_loss_in_chunks_is_the_whole_loss(data):
    whole, chunked = (
        ModuleProblem(network().double(), mse_loss, data[0].double(), data[1].double(), chunk=chunk)
        for chunk in (None, 7)
    )
    assert chunked.loss(chunked.start) == pytest.approx(whole.loss(whole.start), rel=1e-14)


def test_frozen_parameters_are_no_part_of_the_vector(data):
    module = network()
    module[0].weight.requires_grad_(False)
    problem = ModuleProblem(module, mse_loss, *data)
    assert problem.start.shape == (5 + 10 + 2,)
    assert problem.grad(problem.start).shape == (17,)


def test_the_gradient_has_the_dtype_of_the_params_and_is_fresh(data):
    problem = ModuleProblem(network(), mse_loss, *data)
    params = problem.start.astype(np.float64)
    first, second = problem.grad(params), problem.grad(params)
    assert first.dtype == np.float64
    assert not np.shares_memory(first, second)


def test_many_runs_equal_one_run_after_another(data):
    problem = ModuleProblem(network(), mse_loss, *data)
    runs = np.stack([problem.start, 2 * problem.start], axis=1)
    np.testing.assert_array_equal(
        problem.loss(runs), [problem.loss(problem.start), problem.loss(2 * problem.start)]
    )
    assert problem.grad(runs).shape == runs.shape


def test_params_that_must_not_be_written_to_can_be_read(data):
    problem = ModuleProblem(network(), mse_loss, *data)
    params = problem.start.copy()
    params.flags.writeable = False
    assert problem.loss(params) == problem.loss(problem.start)


def test_load_puts_a_vector_into_the_module(data):
    problem = ModuleProblem(network(), mse_loss, *data)
    module = problem.load(problem.start + 1)
    np.testing.assert_array_equal(
        parameters_to_vector(module.parameters()).detach().numpy(), problem.start + 1
    )


def test_the_dot_product_model_is_one_problem_in_torch_and_in_numpy():
    user, movie = torch.tensor([0, 1, 2, 2, 1]), torch.tensor([1, 0, 0, 1, 1])
    stars = torch.tensor([1.0, 5.0, 3.0, 4.0, 2.0], dtype=torch.float64)
    module = EmbeddingDotBias(3, 2, 4).double()
    ours = DotBias(user.numpy(), movie.numpy(), stars.numpy(), factors=4)
    theirs = ModuleProblem(module, mse_loss, (user, movie), stars)
    params = np.random.default_rng(0).normal(size=ours.size)
    assert ours.loss(params) == pytest.approx(theirs.loss(params), rel=1e-14)
    np.testing.assert_allclose(ours.grad(params), theirs.grad(params), rtol=1e-10, atol=1e-14)


def test_a_module_without_free_parameters_is_refused(data):
    with pytest.raises(ValueError, match="no parameter that requires a gradient"):
        ModuleProblem(nn.Tanh(), mse_loss, *data)


def test_rows_that_do_not_fit_are_refused(data):
    with pytest.raises(ValueError, match="equally many rows"):
        ModuleProblem(network(), mse_loss, data[0], data[1][:5])


def test_params_of_another_size_are_refused(data):
    problem = ModuleProblem(network(), mse_loss, *data)
    with pytest.raises(ValueError, match=r"params must be \(32,\), got \(3,\)"):
        problem.loss(np.zeros(3))


class Attention(nn.Module):
    """A layer whose attention torch computes in ways of which it cannot derive some twice."""

    def __init__(self):
        super().__init__()
        self.inner = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, dropout=0.0)

    def forward(self, inputs):
        return self.inner(inputs)


def test_attention_has_second_derivatives():
    torch.manual_seed(0)
    module = Attention().double()
    inputs = torch.randn(6, 3, 4, dtype=torch.float64)
    problem = ModuleProblem(module, mse_loss, inputs, inputs.flip(0))
    direction = np.random.default_rng(0).normal(size=problem.start.size)
    with problem.hess_products(problem.start) as multiply:
        product = multiply(direction)
    ahead, back = (problem.grad(problem.start + each * direction) for each in (1e-6, -1e-6))
    np.testing.assert_allclose(product, (ahead - back) / 2e-6, rtol=1e-4, atol=1e-7)


def test_what_torch_cannot_derive_twice_is_refused_in_a_sentence():
    module = nn.Sequential(nn.EmbeddingBag(9, 2), nn.Linear(2, 1))
    problem = ModuleProblem(module, mse_loss, torch.arange(8).view(4, 2), torch.ones(4, 1))
    sentence = "torch has no second derivatives of this loss .*Embedding for EmbeddingBag"
    with (
        pytest.raises(ValueError, match=sentence),
        problem.hess_products(problem.start) as multiply,
    ):
        multiply(problem.start)

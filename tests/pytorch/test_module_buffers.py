"""Buffers of torch modules, such as a BatchNorm's running averages, against plain torch loops."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.nn.utils import parametrizations

from optviz.problems.base import Noisy
from optviz.pytorch import module_problem
from optviz.rules import SGD
from optviz.runs import forks, loop
from optviz.runs.trajectory import Trajectory
from optviz.specs import to_spec

# Of no type, since a record's buffers may be None and these never are.
ModuleProblem: Any = module_problem.ModuleProblem
run: Any = loop.run
fork: Any = forks.fork

GENERATOR = torch.Generator().manual_seed(0)
X = 2 * torch.randn(24, 3, generator=GENERATOR, dtype=torch.float64) + 1
Y = torch.randn(24, 2, generator=GENERATOR, dtype=torch.float64)
RULE = SGD(lr=0.05)


class Average(nn.Module):
    """A moving average that moves every fifth time, put anew each time."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.register_buffer("average", torch.zeros(3))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.count = self.count + 1
            if self.count % 5 == 0:
                self.average = 0.9 * self.average + 0.1 * x.mean(0)
        return self.linear(x - self.average)


class Instances(nn.Module):
    """An InstanceNorm with running averages."""

    def __init__(self):
        super().__init__()
        self.norm = nn.InstanceNorm1d(3, affine=True, track_running_stats=True)
        self.linear = nn.Linear(3, 2)

    def forward(self, x):
        places = torch.arange(1, 5, dtype=x.dtype)
        return self.linear(self.norm(x[:, :, None] * places).square().mean(2))


class Shared(nn.Module):
    """One BatchNorm at two places, and tied weights."""

    def __init__(self):
        super().__init__()
        self.norm = self.again = nn.BatchNorm1d(3)
        self.first, self.second = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
        self.second.weight = self.first.weight
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        return self.last(self.second(self.again(torch.tanh(self.first(self.norm(x))))))


class Counting(nn.Module):
    """A layer that counts its calls in an attribute; its output hangs on it if `matters`."""

    def __init__(self, matters):
        super().__init__()
        self.linear, self.matters = nn.Linear(3, 2), matters
        self.calls, self.seen, self.last = 0, [], None

    def forward(self, x):
        self.calls += 1
        self.seen.append(len(x))
        self.last = self.linear(x)
        return self.last * (1 + 1 / self.calls) if self.matters else self.last


def normed(norm: nn.Module, first: nn.Module | None = None) -> nn.Sequential:
    return nn.Sequential(first or nn.Linear(3, 4), norm, nn.Tanh(), nn.Linear(4, 2))


def freeze_weight(module):
    module[0].weight.requires_grad_(False)
    return module


def hold(module):
    module[1].eval()
    return module


def hook(module):
    module[0].weight.register_hook(lambda grad: 0.1 * grad)
    module[3].register_forward_hook(lambda *given: 2 * given[-1])
    return module


MODULES = {
    "batch norm": lambda: normed(nn.BatchNorm1d(4)),
    "plain average": lambda: normed(nn.BatchNorm1d(4, momentum=None)),
    "no averages": lambda: normed(nn.BatchNorm1d(4, track_running_stats=False)),
    "synchronized": lambda: normed(nn.SyncBatchNorm(4)),
    "instance norm": Instances,
    "layer norm": lambda: normed(nn.LayerNorm(4)),
    "spectral norm": lambda: normed(nn.Tanh(), parametrizations.spectral_norm(nn.Linear(3, 4))),
    "weight norm": lambda: normed(nn.Tanh(), parametrizations.weight_norm(nn.Linear(3, 4))),
    "moving average": Average,
    "shared": Shared,
    "dropout": lambda: normed(nn.Dropout(0.5)),
    "held": lambda: hold(normed(nn.BatchNorm1d(4))),
    "frozen": lambda: freeze_weight(normed(nn.BatchNorm1d(4))),
    "hooks": lambda: hook(normed(nn.BatchNorm1d(4))),
    "eval": lambda: normed(nn.BatchNorm1d(4)).eval(),
}


def build(name: str) -> nn.Module:
    torch.manual_seed(1)
    return MODULES[name]().double()


def train(module, samples):
    """Train a module as torch does, on the rows and with the dropout of our samples."""
    free = [each for each in module.parameters() if each.requires_grad]
    optimizer = torch.optim.SGD(free, lr=RULE.lr)
    for sample in samples:
        rows = slice(None) if sample is None else sample.rows
        torch.manual_seed(0 if sample is None else sample.seed)
        optimizer.zero_grad()
        mse_loss(module(X[rows]), Y[rows]).backward()
        optimizer.step()
    return torch.cat([each.detach().flatten() for each in free]).numpy()


def take_loss(module) -> float:
    with torch.no_grad():
        return mse_loss(module(X), Y).item()


@pytest.mark.parametrize("name", MODULES)
def test_points_and_buffers_equal_those_of_a_plain_loop(name):
    for batch in (8, None):
        problem = ModuleProblem(build(name), mse_loss, X, Y, batch=batch)
        record, module = run(problem, RULE, 12, seed=3), build(name)
        end = train(module, problem.samples(12, 3))
        np.testing.assert_allclose(record.end, end, rtol=0, atol=1e-12)
        theirs = dict(module.named_buffers())
        assert set(record.buffers or {}) == set(theirs)
        for key, each in theirs.items():
            np.testing.assert_allclose(record.buffers[key][-1], each.numpy(), atol=1e-12)
        assert record.losses[-1] == pytest.approx(take_loss(module.eval()), rel=1e-12)
        for point in (0, 5, 12):
            true = problem.true_loss(record.path[point], record.buffers_at(point))
            assert true == pytest.approx(record.losses[point], rel=1e-12)


def test_the_module_comes_out_as_it_went_in():
    def interrupt(output, target):
        raise KeyboardInterrupt

    counting = nn.Sequential(Counting(matters=False), nn.BatchNorm1d(2)).double()
    for module in (build("held"), build("spectral norm"), counting):
        before, modes = (
            copy.deepcopy(module.state_dict()),
            [each.training for each in module.modules()],
        )
        state = torch.get_rng_state()
        run(ModuleProblem(module, mse_loss, X, Y, batch=8, buffers="batch"), RULE, 3)
        with pytest.raises(KeyboardInterrupt):
            ModuleProblem(module, interrupt, X, Y)
        assert all(torch.equal(module.state_dict()[key], each) for key, each in before.items())
        assert [each.training for each in module.modules()] == modes
        assert torch.equal(torch.get_rng_state(), state)
    assert (counting[0].calls, counting[0].seen, counting[0].last) == (0, [], None)


def test_a_run_that_is_interrupted_leaves_the_problem_as_it_was():
    problem = ModuleProblem(build("batch norm"), mse_loss, X, Y, batch=8)
    buffers, loss = problem.buffers, problem.loss(problem.start)

    def interrupt(step):
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(problem, RULE, 5, on_step=interrupt)
    np.testing.assert_equal(problem.buffers, buffers)
    assert problem.loss(problem.start) == loss


def test_a_loss_that_hangs_on_an_attribute_is_refused():
    with pytest.raises(ValueError, match="what forward passes leave in attributes: keep it in buf"):
        ModuleProblem(Counting(matters=True).double(), mse_loss, X, Y)


def test_a_forward_pass_that_changes_a_parameter_is_refused():
    module = nn.Embedding(5, 2, max_norm=0.1).double()
    rows = torch.arange(24) % 5
    before = module.weight.clone()
    with pytest.raises(ValueError, match=r"changes the parameter weight.*max_norm=None"):
        ModuleProblem(module, mse_loss, rows, Y)
    assert torch.equal(module.weight, before)


def test_the_statistics_of_the_batch_are_those_of_train_mode_without_dropout():
    module = nn.Sequential(*normed(nn.BatchNorm1d(4)), nn.Dropout(0.5)).double()
    problem = ModuleProblem(module, mse_loss, X, Y, buffers="batch")
    twin = copy.deepcopy(module).eval()
    twin[1].train()
    assert problem.loss(problem.start) == pytest.approx(take_loss(twin), rel=1e-14)
    record = run(problem, RULE, 5)
    assert (np.diff(record.buffers["1.num_batches_tracked"]) == 1).all()
    twin.eval()
    problem.load(record.end, record.buffers_at(-1))
    true = problem.true_loss(record.end, record.buffers_at(-1))
    assert true == pytest.approx(take_loss(module.eval()), rel=1e-14)
    assert true != pytest.approx(record.losses[-1], rel=1e-5)


def test_frozen_buffers_stay_and_are_used_in_the_steps():
    module = build("batch norm")
    problem = ModuleProblem(module, mse_loss, X, Y, batch=8, buffers="frozen")
    record = run(problem, RULE, 12, seed=3)
    end = train(hold(module), problem.samples(12, 3))
    np.testing.assert_allclose(record.end, end, rtol=0, atol=1e-12)
    assert np.ptp(record.buffers["1.running_mean"], axis=0).max() == 0
    assert record.losses[-1] == pytest.approx(take_loss(module.eval()), rel=1e-12)


def test_a_problem_says_which_statistics_a_loss_is_taken_with():
    words = {"own": "buffers of the point itself", "batch": "statistics of all rows together"}
    words |= {"frozen": "one set of buffers"}
    for policy, expected in words.items():
        problem = ModuleProblem(build("batch norm"), mse_loss, X, Y, buffers=policy)
        assert expected in problem.statistics
        assert run(problem, RULE, 1).about["statistics"] == problem.statistics
        assert ModuleProblem(build("layer norm"), mse_loss, X, Y, buffers=policy).statistics == ""
    loader = [(X[:12], Y[:12]), (X[12:], Y[12:])]
    by_batch = ModuleProblem(build("batch norm"), mse_loss, loader, buffers="batch")
    assert "statistics of each batch" in by_batch.statistics
    with pytest.raises(ValueError, match=r'buffers must be "own", "batch" or "frozen", got 1'):
        ModuleProblem(build("batch norm"), mse_loss, X, Y, buffers=1)


def test_constant_buffers_are_no_part_of_a_point():
    module = normed(nn.LayerNorm(4)).double()
    module.register_buffer("scale", torch.ones(3))
    problem = ModuleProblem(module, mse_loss, X, Y)
    assert (problem.buffers, problem.statistics) == (None, "")
    assert run(problem, RULE, 2).buffers is None


def test_a_fork_goes_on_with_the_buffers_of_its_point():
    problem = ModuleProblem(build("batch norm"), mse_loss, X, Y, batch=8)
    record = run(problem, RULE, 10)
    rest = fork(problem, record, 4, RULE)
    np.testing.assert_array_equal(rest.losses, record.losses[4:])
    for name, each in record.buffers.items():
        np.testing.assert_array_equal(rest.buffers[name], each[4:])
    empty = forks.make_empty_fork(problem, record, 4, to_spec(RULE), 0)
    np.testing.assert_equal(empty.buffers_at(0), record.buffers_at(-1))


def test_many_runs_have_buffers_of_their_own():
    problem = ModuleProblem(build("batch norm"), mse_loss, X, Y, batch=8)
    lrs: Any = np.array([0.05, 0.2])
    several = run(problem, SGD(lr=lrs), 5)
    for i, lr in enumerate(lrs):
        alone = run(problem, SGD(lr=lr), 5)
        for ours, theirs in ((several.path, alone.path), (several.losses, alone.losses)):
            np.testing.assert_array_equal(ours[..., i], theirs)
        np.testing.assert_array_equal(several.sample_loss[..., i], alone.sample_loss)
        for name, each in alone.buffers.items():
            np.testing.assert_array_equal(several.buffers[name][..., i], each)
    again = problem.begin_run(several.end, several.buffers_at(-1))
    np.testing.assert_array_equal(again.loss(several.end), several.losses[-1])


def test_noise_on_the_gradient_keeps_to_the_buffers_given():
    problem = ModuleProblem(build("batch norm"), mse_loss, X, Y)
    noisy = Noisy(problem, 0.1)
    record = run(noisy, RULE, 3)
    assert noisy.statistics == problem.statistics
    np.testing.assert_equal(record.buffers_at(-1), problem.buffers)
    assert noisy.true_loss(record.end, record.buffers_at(-1)) == record.losses[-1]


def test_a_file_keeps_the_buffers(tmp_path):
    problem = ModuleProblem(build("moving average"), mse_loss, X, Y, batch=8)
    record = run(problem, RULE, 6, keep=2)
    again: Any = Trajectory.from_npz(record.to_npz(tmp_path / "run.npz"))
    np.testing.assert_equal(again.buffers, record.buffers)
    assert again.buffers["count"].tolist() == [0, 2, 4, 6]


def test_buffers_of_another_module_are_refused():
    problem = ModuleProblem(build("batch norm"), mse_loss, X, Y)
    for wrong in ({}, {"running_mean": np.zeros(4)}, problem.buffers | {"1.running_var": 1.0}):
        with pytest.raises(ValueError, match=r"buffers must be those of the module \(1\.running_m"):
            problem.true_loss(problem.start, wrong)


def test_a_long_record_counts_its_buffers():
    module = nn.Sequential(nn.Linear(3, 2), Average()).double()
    module[1].linear = nn.Linear(2, 2).double()
    module[1].average = torch.zeros(2, dtype=torch.float64)
    module[1].register_buffer("queue", torch.zeros(10**6))
    problem = ModuleProblem(module, mse_loss, X, Y)
    with pytest.raises(ValueError, match=r"keeping the path needs .* GB"):
        run(problem, RULE, 2000)


def test_dropout_in_eval_mode_is_seeded_alike_at_every_point():
    class Noise(nn.Linear):
        def forward(self, x):
            return nn.functional.dropout(super().forward(x), 0.5)

    for chunk in (None, 5):
        problem = ModuleProblem(Noise(3, 2).double(), mse_loss, X, Y, chunk=chunk)
        first = problem.loss(problem.start)
        torch.rand(3)
        assert problem.loss(problem.start) == first

"""Whole trainings in one batch: those of the loop, which are those of torch.optim."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from optviz import SGD, Adagrad, Adam, Cosine, Decoupled, Momentum, RMSProp
from optviz.pytorch import batched_training, training_plan
from optviz.pytorch.batched_training import train_many
from optviz.rules import L2, RULES, Maximize
from tests.support.cases import every

RATES: Any = np.array([0.003, 0.01, 0.03])
MSE = nn.functional.mse_loss


def make_data(dtype=torch.float64, rows=50):
    generator = torch.Generator().manual_seed(4)
    inputs = torch.randn(rows, 4, generator=generator, dtype=torch.float64)
    targets = torch.sin(inputs.sum(1, keepdim=True))
    return inputs.to(dtype), targets.to(dtype)


def make_net(dtype=torch.float64):
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).to(dtype)


def train(rule: Any, make=make_net, **more):
    given: Any = {"steps": 20, "seeds": [3, 1], "batch": 8, "evaluations": 4, "engine": "batch"}
    return train_many(make, MSE, make_data(), rule, **(given | more))


def assert_alike(rule, **more):
    batch, loop = (train(rule, engine=each, **more) for each in ("batch", "loop"))
    assert (batch.engine, loop.engine) == ("batch", "loop")
    np.testing.assert_allclose(batch.losses, loop.losses, rtol=1e-9)
    np.testing.assert_array_equal(batch.ended, loop.ended)
    assert len(np.unique(batch.losses[..., -1])) == batch.ended.size


@every("name", RULES)
def test_one_batch_gives_the_trainings_of_the_loop(name):
    assert_alike(RULES[name]().with_lr(RATES))


VARIANTS = {
    "l2 of each": L2(Momentum(lr=0.01), RATES * 3),
    "decoupled": Decoupled(Adam(lr=RATES, beta1=np.array([0.0, 0.5, 0.9])), 0.1),
    "maximize": Maximize(SGD(lr=RATES / 10)),
    "amsgrad": Adam(lr=RATES, amsgrad=True),
    "memory of moves": RMSProp(lr=RATES / 10, beta1=np.array([0.0, 0.5, 0.9]), centered=True),
    "decay of lr": Adagrad(lr=0.1, lr_decay=np.array([0.0, 0.1, 1.0]), initial=0.1),
    "eps and memory": Adam(eps=np.array([1e-8, 1e-2, 1.0]), beta2=np.array([0.5, 0.9, 0.999])),
    "cycled": "adam:lr=0.01,schedule=onecycle(cycle_momentum=yes)",
    "cosine": (Momentum(lr=RATES), Cosine()),
}


@every("name", VARIANTS)
def test_variants_and_schedules_are_the_same_in_one_batch(name):
    assert_alike(VARIANTS[name])


TWINS = {
    "sgd": (SGD(lr=RATES), lambda p, lr: torch.optim.SGD(p, lr)),
    "momentum": (Momentum(lr=RATES), lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)),
    "adam": (Adam(lr=RATES), lambda p, lr: torch.optim.Adam(p, lr)),
    "adamw": (
        Decoupled(Adam(lr=RATES), 0.1),
        lambda p, lr: torch.optim.AdamW(p, lr, weight_decay=0.1),
    ),
}


def train_by_torch(make_optimizer, rate, seed, data, make=make_net):
    """Return the loss over all rows after a training as any tutorial writes it."""
    inputs, targets = data
    torch.manual_seed(seed)
    net = make()
    optimizer = make_optimizer(net.parameters(), rate)
    order, made = np.random.default_rng([seed, 11]), 0
    while made < 20:
        rows = np.arange(len(inputs), dtype=np.int32)
        order.shuffle(rows)
        for cut in range(0, len(rows), 8)[: 20 - made]:
            picked = torch.as_tensor(rows[cut : cut + 8])
            optimizer.zero_grad()
            MSE(net(inputs[picked]), targets[picked]).backward()
            optimizer.step()
            made += 1
    return float(MSE(net(inputs), targets).detach())


@every("name", TWINS)
@pytest.mark.parametrize("engine", ["batch", "loop"])
def test_trainings_are_those_of_torch_optim(name, engine):
    rule, make_optimizer = TWINS[name]
    found = train(rule, engine=engine)
    for row, rate in enumerate(RATES.tolist()):
        for column, seed in enumerate((3, 1)):
            theirs = train_by_torch(make_optimizer, rate, seed, make_data())
            assert found.final[row, column] == pytest.approx(theirs, rel=1e-9)


def test_a_long_memory_is_exact_in_single_precision_too():
    data = make_data(torch.float32)

    def make():
        return make_net(torch.float32)

    rule = Adam(lr=RATES, beta2=np.full(3, 0.9999), beta1=np.full(3, 0.999))
    found = train_many(make, MSE, data, rule, 20, seeds=[3], batch=8, engine="batch")
    for row, rate in enumerate(RATES.tolist()):
        theirs = train_by_torch(
            lambda p, lr: torch.optim.Adam(p, lr, betas=(0.999, 0.9999)), rate, 3, data, make
        )
        assert found.final[row, 0] == pytest.approx(theirs, rel=2e-6)


class Counted(nn.Module):
    """A layer whose loss depends on a number that is read out of a tensor."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1, dtype=torch.float64)

    def forward(self, inputs):
        return self.linear(inputs) if inputs.sum().item() > 0 else 2 * self.linear(inputs)


class Idle(nn.Module):
    """A layer beside one that has no part in the loss."""

    def __init__(self):
        super().__init__()
        self.used, self.idle = (nn.Linear(4, 1, dtype=torch.float64) for _ in range(2))

    def forward(self, inputs):
        return self.used(inputs)


class OwnRule(SGD):
    """A rule that looks at a whole parameter."""

    def update(self, params, grad, state):
        return params - self.lr * grad / (1 + (grad**2).sum()), state


def make_mixed():
    return nn.Sequential(nn.Linear(4, 1, dtype=torch.float64), Cast(), nn.Linear(1, 1))


class Cast(nn.Module):
    def forward(self, inputs):
        return inputs.float()


OBSTACLES = {
    "batch norm": (
        lambda: nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)).double(),
        SGD(lr=RATES),
        "training moves its buffer 1.running_mean",
    ),
    "dropout": (
        lambda: nn.Sequential(nn.Linear(4, 3), nn.Dropout(), nn.Linear(3, 1)).double(),
        SGD(lr=RATES),
        "it draws random numbers in training, such as dropout",
    ),
    "a number read": (Counted, SGD(lr=RATES), "torch.func.vmap cannot make it: "),
    "an idle layer": (Idle, L2(SGD(lr=RATES), 0.1), "does not depend on its parameter idle.weight"),
    "an own rule": (make_net, OwnRule(lr=RATES), "the rule is your own"),
    "two dtypes": (make_mixed, SGD(lr=RATES), "neither all float32 nor all float64"),
}


@every("name", OBSTACLES)
def test_what_cannot_be_made_in_one_batch_is_made_in_the_loop_and_says_why(name):
    make, rule, why = OBSTACLES[name]
    found = train(rule, make)
    assert found.engine == "loop"
    assert why in found.why
    assert np.isfinite(found.losses).all()
    assert (found.final[2] < found.losses[2, :, 0]).all()
    np.testing.assert_array_equal(found.losses, train(rule, make).losses)


def test_a_seed_has_the_same_weights_and_batches_at_every_setting():
    found = train(SGD(lr=np.array([0.01, 0.03, 0.01])))
    assert len(np.unique(found.losses[:, 0, 0])) == len(np.unique(found.losses[:, 1, 0])) == 1
    np.testing.assert_allclose(found.losses[0], found.losses[2], rtol=1e-12)
    assert (found.losses[0, 0] != found.losses[0, 1]).all()
    alone = train(SGD(lr=0.03), seeds=[1])
    np.testing.assert_allclose(alone.losses[0, 0], found.losses[1, 1], rtol=1e-9)


@pytest.mark.parametrize("engine", ["batch", "loop"])
def test_a_training_that_diverges_is_infinite_and_leaves_the_others_alone(engine):
    rates = np.array([0.03, 1e20])
    found = train(SGD(lr=rates), engine=engine)
    assert np.isposinf(found.final[1]).all()
    assert np.isfinite(found.losses[:, :, 0]).all()
    assert (found.ended[0] == -1).all()
    assert (found.ended[1] > 0).all()
    np.testing.assert_allclose(found.losses[0], train(SGD(lr=0.03)).losses[0], rtol=1e-9)
    np.testing.assert_array_equal(found.ended, train(SGD(lr=rates)).ended)


def test_parts_that_do_not_train_are_those_of_each_seed():
    class Features(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mix", torch.randn(4, 6, dtype=torch.float64))
            self.first = nn.Linear(6, 5, dtype=torch.float64).requires_grad_(False)
            self.last = nn.Linear(5, 1, dtype=torch.float64)

        def forward(self, inputs):
            return self.last(torch.tanh(self.first(inputs @ self.mix)))

    assert_alike(Momentum(lr=RATES), make=Features)


def test_blocks_of_trainings_give_what_one_gives(monkeypatch):
    whole = train(Adam(lr=RATES))
    monkeypatch.setattr(training_plan, "BLOCK_BYTES", 2.5 * whole.bytes / whole.ended.size)
    parts = train(Adam(lr=RATES))
    assert parts.bytes < whole.bytes / 2
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-9)


def test_losses_are_taken_of_the_validation_data_in_eval_mode():
    valid = make_data(rows=2100)
    seen: list[Any] = []

    def make():
        return nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.5), nn.Linear(6, 1)).double()

    def loss_fn(outputs, targets):
        seen.append(len(targets))
        return MSE(outputs, targets)

    torch.manual_seed(2)
    net = make().eval()
    expected = float(MSE(net(valid[0]), valid[1]).detach())
    found = train_many(make, loss_fn, make_data(), SGD(), 3, seeds=[2], valid=valid, evaluations=3)
    assert found.losses[0, 0, 0] == pytest.approx(expected, rel=1e-12)
    assert max(seen) <= training_plan.ROWS
    assert found.at.tolist() == [0, 1, 2, 3]


def test_random_numbers_and_threads_are_as_before():
    torch.manual_seed(8)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    train(SGD(lr=RATES))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(("batch_seconds", "expected"), [(0.5, "batch"), (50.0, "loop")])
def test_the_faster_engine_is_chosen(monkeypatch, batch_seconds, expected):
    def time_steps(make, plan, runs):
        return batch_seconds if make is batched_training.train_batch else 1.0

    monkeypatch.setattr(batched_training, "time_steps", time_steps)
    found = train(SGD(lr=RATES), engine="auto")
    assert found.engine == expected
    assert found.why == f"one batch takes {batch_seconds / 6:.2g} of the loop's time by 2 steps"


def test_two_steps_of_each_engine_are_timed():
    assert "of the loop's time by 2 steps" in train(SGD(lr=RATES), engine="auto").why


@pytest.mark.parametrize("engine", ["batch", "loop"])
def test_progress_counts_all_steps_and_can_stop(engine):
    told: list[Any] = []
    train(SGD(lr=RATES), engine=engine, on_progress=lambda *each: told.append(each))
    assert told[-1] == (120, 120)
    assert all(one < other for one, other in pairwise(told))

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(SGD(lr=RATES), engine=engine, on_progress=stop)


def test_a_target_is_reached_at_the_first_evaluation_below_it():
    found = train(SGD(lr=np.array([0.03, 1e20])))
    target = float(found.losses[0, 0, 2])
    reached = found.find_first(target)
    assert reached[0, 0] == found.at[np.flatnonzero(found.losses[0, 0] <= target)[0]]
    assert np.isposinf(found.find_first(0.0)).all()
    assert "2 of 4 trainings diverged" in found.to_text()
    assert repr(found) == "Trainings('SGD lr=2 values': 2 settings x 2 seeds, batch)"


def test_trainings_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(training_plan, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match=r"one training needs .* GB: take a smaller module or bat"):
        train(SGD(lr=RATES))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"engine": "fast"}, "engine must be auto, batch or loop, got 'fast'"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"batch": 0}, "batch must be a whole number of at least 1"),
        ({"evaluations": 0}, "evaluations must be a whole number of at least 1"),
        ({"seeds": 3}, r"seeds must be a list of whole numbers, such as range\(3\), got 3"),
        ({"seeds": [-1]}, "seeds must be a whole number of at least 0"),
        ({"seeds": [1, 1]}, "each seed trains once, got 1, 1"),
        ({"data": torch.ones(3)}, r"data must be \(inputs, targets\), got a Tensor"),
        ({"rule": "adm"}, "nearest: adam"),
        ({"rule": SGD(lr=np.ones((2, 2)))}, r"a value for each setting, got \(2, 2\)"),
        (
            {"rule": L2(SGD(lr=RATES[:2]), RATES)},
            r"a value for each setting, got \(2,\), \(3,\)",
        ),
        ({"make_module": lambda: None}, "make_module must return a torch.nn.Module, got None"),
        ({"loss_fn": lambda a, b: (a - b) ** 2}, "a loss must be one real number"),
    ],
    ids=lambda each: "" if isinstance(each, dict) else each[:30],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"make_module": make_net, "loss_fn": MSE, "data": make_data(), "rule": SGD()}
    with pytest.raises(ValueError, match=sentence):
        train_many(**(given | {"steps": 3} | change))


def test_a_module_that_changes_its_shape_is_refused():
    sizes = iter(range(3, 100))

    def make():
        return nn.Sequential(nn.Linear(4, next(sizes)), nn.LazyLinear(1)).double()

    with pytest.raises(ValueError, match="has no shape yet"):
        train(SGD(), make)

    def make_wider():
        size = next(sizes)
        return nn.Sequential(nn.Linear(4, size), nn.Linear(size, 1)).double()

    with pytest.raises(ValueError, match="make_module must give the same parameters each time"):
        train(SGD(), make_wider)

"""The learning-rate finder: nothing moved, suggestions tried, warnings where they fail."""

import copy
import random
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from optviz import SGD
from optviz.pytorch.batches import ShuffledBatches
from optviz.pytorch.lr_finder import lr_find


def make_data(count=96):
    torch.manual_seed(5)
    inputs = torch.randn(count, 4)
    return TensorDataset(inputs, inputs.sum(1, keepdim=True) + 0.1 * torch.randn(count, 1))


def make_model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1))


def make_loader(**more):
    return DataLoader(make_data(), batch_size=16, shuffle=True, **more)


def read_world(model, loader):
    """All that a search could have moved."""
    generator = loader.generator
    return {
        "state": copy.deepcopy(model.state_dict()),
        "grads": [None if each.grad is None else each.grad.clone() for each in model.parameters()],
        "modes": [each.training for each in model.modules()],
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state(legacy=False)["state"]["key"].copy(),
        "python": random.getstate(),
        "loader": None if generator is None else generator.get_state(),
    }


def assert_same(one: Any, other: Any):
    assert type(one) is type(other)
    if isinstance(one, dict):
        for name in one:
            assert_same(one[name], other[name])
    elif isinstance(one, list | tuple):
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize("own", [False, True], ids=["torch's numbers", "a generator"])
def test_everything_is_as_before_to_the_bit(own):
    loader = make_loader(generator=torch.Generator().manual_seed(3)) if own else make_loader()
    model = make_model()
    model(next(iter(loader))[0]).sum().backward()
    model[1].eval()
    before = read_world(model, loader)
    lr_find(model, loader, nn.functional.mse_loss, steps=12, seeds=2, sweep=2)
    assert_same(read_world(model, loader), before)
    order = [each[0][0] for each in loader]
    torch.set_rng_state(before["torch"])
    if own:
        generator: Any = loader.generator
        generator.set_state(before["loader"])
    assert all(torch.equal(one, each[0][0]) for one, each in zip(order, loader, strict=True))


def test_everything_is_as_before_where_it_is_stopped():
    model, loader = make_model(), make_loader()
    before = read_world(model, loader)

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lr_find(model, loader, nn.functional.mse_loss, steps=12, sweep=2, on_progress=stop)
    assert_same(read_world(model, loader), before)


def test_the_same_call_gives_the_same_search_and_seeds_differ():
    first, second = (
        lr_find(make_model(), make_loader(), nn.functional.mse_loss, steps=30, sweep=3)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.losses, second.losses)
    np.testing.assert_array_equal(first.sweep_losses, second.sweep_losses)
    assert len(np.unique(first.losses[:, 3])) == 3


def test_the_largest_surviving_rate_of_a_quadratic_is_the_edge():
    torch.manual_seed(0)
    inputs = torch.randn(64, 3, dtype=torch.float64)
    targets = inputs @ torch.tensor([[1.0], [2.0], [-1.0]], dtype=torch.float64)
    model = nn.Linear(3, 1, bias=False, dtype=torch.float64)
    largest = torch.linalg.eigvalsh(2 * inputs.T @ inputs / 64).max().item()
    found = lr_find(
        model,
        [(inputs, targets)],
        nn.functional.mse_loss,
        rule=SGD(),
        low=0.05 * 2 / largest,
        high=4 * 2 / largest,
        steps=300,
        seeds=1,
        sweep=41,
    )
    at = 2 / largest
    following = found.sweep_rates[np.searchsorted(found.sweep_rates, at)]
    assert found.largest < at < following * 1.0001
    assert found.best <= found.largest


def test_a_suggestion_that_does_not_survive_is_warned_of():
    torch.manual_seed(0)
    inputs = torch.randn(64, 3)
    found = lr_find(
        nn.Linear(3, 1),
        [(inputs, inputs.sum(1, keepdim=True))],
        nn.functional.mse_loss,
        low=1e-3,
        high=100,
        steps=60,
        sweep=12,
    )
    assert 0 < found.largest < 100
    planted = {"steepest": 2 * found.largest, "valley": found.largest, "slide": np.nan}
    tried = replace(found, suggested={name: np.array([each]) for name, each in planted.items()})
    [said] = tried.warnings
    assert said.startswith("steepest suggests")
    assert f"warning: {said}" in tried.to_text()
    assert repr(found).startswith("RateSearch('SGD': best")


def test_a_training_that_leaves_the_finite_numbers_counts_as_infinite():
    inputs = torch.full((8, 1), 1e20)
    found = lr_find(
        nn.Linear(1, 1),
        [(inputs, inputs)],
        nn.functional.mse_loss,
        low=1.0,
        high=10.0,
        steps=10,
        seeds=1,
        sweep=2,
    )
    assert np.isposinf(found.sweep_losses).all()
    assert found.largest == 0


class Product(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(4))

    def forward(self, one, other):
        return (self.scale * one * other).sum(1)


def test_a_tuple_of_inputs_goes_to_the_module_as_its_arguments():
    one, other = torch.randn(2, 48, 4)
    loader = ShuffledBatches((one, other), (one * other).sum(1), 16)
    found = lr_find(Product(), loader, nn.functional.mse_loss, low=0.01, high=1, steps=30)
    assert found.sweep_losses.min() < 0.1 * found.still.min()


def test_shuffled_batches_hold_every_row_once_in_an_order_of_the_generator():
    rows = torch.arange(10)
    loader = ShuffledBatches(rows, 2 * rows, 4)
    loader.generator.manual_seed(1)
    first = [inputs.tolist() for inputs, _ in loader]
    assert [len(each) for each in first] == [4, 4, 2]
    order = [*chain(*first)]
    assert sorted(order) == rows.tolist() != order
    assert [inputs.tolist() for inputs, _ in loader] != first
    loader.generator.manual_seed(1)
    assert [inputs.tolist() for inputs, _ in loader] == first
    assert all(torch.equal(targets, 2 * inputs) for inputs, targets in loader)


def test_the_rows_of_a_search_are_all_its_losses():
    found = lr_find(make_model(), make_loader(), nn.functional.mse_loss, steps=12, sweep=2)
    rows = found.rows()
    tests = [each["loss"] for each in rows if each["part"] == "range test"]
    np.testing.assert_array_equal(tests, found.losses[~np.isnan(found.losses)])
    ends = [
        (each["seed"], each["lr"], each["loss"]) for each in rows if each["part"] != "range test"
    ]
    assert ends[4] == (1, found.sweep_rates[0], found.sweep_losses[1, 0])
    assert ends[6] == (2, 0.0, found.still[2])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"low": 1.0, "high": 0.1}, "low must be above 0 and below high"),
        ({"low": 0.0}, "low must be above 0"),
        ({"steps": 5}, "steps must be a whole number of at least 10"),
        ({"seeds": 0}, "seeds must be a whole number of at least 1"),
        ({"rule": "sgd:schedule=cosine"}, "leave the schedule out"),
        ({"rule": "adm"}, "nearest: adam"),
        ({"loader": []}, "the loader has no batches"),
        ({"loader": [torch.ones(3, 4)]}, r"the loader must yield \(inputs, targets\)"),
    ],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"loader": make_loader(), "steps": 10, "seeds": 1, "sweep": 2} | change
    with pytest.raises(ValueError, match=sentence):
        lr_find(make_model(), given.pop("loader"), nn.functional.mse_loss, **given)

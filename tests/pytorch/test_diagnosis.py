"""The audit of a model: planted faults are found and named, and the trial step is undone."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from optviz.pytorch import Adam, RuleOptimizer
from optviz.pytorch.diagnosis import audit
from optviz.recommenders import EmbeddingDotBias
from optviz.rules import Momentum

ROWS = torch.linspace(-1, 1, 24).reshape(8, 3)
TARGETS = ROWS.sum(1, keepdim=True).sin()


class Planted(nn.Module):
    """A small net whose output is changed by one more tensor, `extra`, in a way of its own."""

    def __init__(self, change: Callable[[Any, Tensor], Tensor], extra: Any = None):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 1)
        self.extra = nn.Parameter(torch.full((4,), 0.5)) if extra is None else extra
        self.change = change

    def forward(self, rows: Tensor) -> Tensor:
        return self.last(self.change(self, torch.tanh(self.first(rows))))


def diagnose(model: nn.Module, optimizer: Any = None, name: str = "extra") -> str:
    """Return the diagnosis of one tensor, all others being told to learn."""
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    found = audit(model, optimizer, lambda: functional.mse_loss(model(ROWS), TARGETS))
    others = [each for each in found.faults if not each.name.startswith(name)]
    assert not others, others
    return next(each.diagnosis for each in found.rows if each.name.startswith(name))


def add(model: Any, hidden: Tensor) -> Tensor:
    return hidden + model.extra


def keep(_: Any, hidden: Tensor) -> Tensor:
    return hidden


def test_a_sound_parameter_learns():
    assert diagnose(Planted(add)) == "learns"


CUTS: dict[str, tuple[Callable[[Any, Tensor], Tensor], str]] = {
    "detach": (lambda m, h: h + m.extra.detach(), "by detach"),
    "data": (lambda m, h: h + m.extra.data, "by data"),
    "no_grad": (lambda m, h: h + multiply_without_gradient(m.extra), "by mul under no_grad"),
    "item": (lambda m, h: h + m.extra[0].item(), "by item"),
    "numpy": (lambda m, h: h + torch.tensor(m.extra.detach().numpy()), "by detach"),
    "argmax": (lambda m, h: h + m.extra.argmax(), "by argmax"),
    "compared": (lambda m, h: h + (m.extra > 0), "by gt"),
    "further on": (lambda m, h: h + (m.extra * 2).exp().detach(), "by detach"),
    "copied": (lambda m, h: h + torch.tensor(m.extra.tolist()), "by tolist"),
}


def multiply_without_gradient(tensor: Tensor) -> Tensor:
    with torch.no_grad():
        return tensor * 2


@pytest.mark.parametrize("case", CUTS)
def test_what_is_cut_off_in_the_forward_pass_names_the_operation(case):
    change, words = CUTS[case]
    assert words in diagnose(Planted(change))


def test_a_log_beside_the_way_of_the_gradient_is_no_fault():
    assert diagnose(Planted(lambda m, h: h + m.extra + 0 * m.extra.detach().sum())) == "learns"


def test_what_is_not_used_is_told_apart_from_what_is_cut():
    assert "not used" in diagnose(Planted(keep))


STOPPED: dict[str, tuple[Callable[[Any, Tensor], Tensor], str]] = {
    "dead relu": (lambda m, h: h + torch.relu(m.extra - 5), "stopped by relu"),
    "round": (lambda m, h: h + torch.round(m.extra), "stopped by round"),
    "sign": (lambda m, h: h + torch.sign(m.extra), "stopped by sign"),
    "clamp": (lambda m, h: h + m.extra.clamp(1, 2), "stopped by clamp"),
    "times zero": (lambda m, h: h + 0 * m.extra, "stopped by a product whose other factor is 0"),
    "saturated to the last bit": (lambda m, h: h + (m.extra * 90).sigmoid(), "stopped by sigmoid"),
    "saturated": (lambda m, h: h + torch.sigmoid(m.extra * 24), "saturated: sigmoid"),
    "saturated tanh": (lambda m, h: h + torch.tanh(m.extra * 12), "saturated: tanh"),
    "not finite": (lambda m, h: h + 0 * torch.sqrt(m.extra - 0.5), "broken by sqrt"),
}


@pytest.mark.parametrize("case", STOPPED)
def test_a_gradient_that_dies_names_where(case):
    change, words = STOPPED[case]
    assert words in diagnose(Planted(change))


def test_a_second_way_around_a_saturated_unit_is_no_fault():
    assert diagnose(Planted(lambda m, h: h + torch.sigmoid(m.extra * 40) + m.extra)) == "learns"


def test_a_hook_that_stops_the_gradient_is_named():
    model = Planted(add)
    model.extra.register_hook(torch.zeros_like)
    assert "a hook" in diagnose(model)


UNREGISTERED = {
    "a plain tensor": (torch.ones(4), "wrap it in nn.Parameter"),
    "one with a gradient": (torch.ones(4, requires_grad=True), "parameters() leaves it out"),
    "in a list": ([nn.Parameter(torch.ones(4))], "nn.ParameterList"),
    "in a dict": ({"k": nn.Parameter(torch.ones(4))}, "nn.ParameterDict"),
    "deeper": ([{"k": [nn.Parameter(torch.ones(4))]}], "hidden in a list"),
}


def add_first(model: Any, hidden: Tensor) -> Tensor:
    value = model.extra
    while not isinstance(value, Tensor):
        value = value[0] if isinstance(value, list) else value["k"]
    return hidden + value


@pytest.mark.parametrize("case", UNREGISTERED)
def test_an_unregistered_tensor_is_found(case):
    extra, words = UNREGISTERED[case]
    found = diagnose(Planted(add_first, extra))
    assert "not registered" in found
    assert words in found


def test_the_result_of_an_operation_is_no_parameter_and_neither_is_the_leaf_behind_it():
    model = Planted(add, torch.ones(4, requires_grad=True) * 2)
    given = torch.optim.SGD(model.parameters(), lr=0.1)
    found = audit(model, given, lambda: functional.mse_loss(model(ROWS), TARGETS))
    named, behind = (each.diagnosis for each in found.faults)
    assert "result of an operation" in named
    assert "neither in the model" in behind


def test_modules_in_a_plain_list_are_found():
    model = Planted(lambda m, h: m.extra[0](h), [nn.Linear(4, 4)])
    assert "nn.ModuleList" in diagnose(model)


def test_a_leaf_outside_the_model_is_found():
    outside = torch.ones(4, requires_grad=True)
    assert "neither in the model" in diagnose(
        Planted(lambda _, h: h + outside, torch.ones(0)), name="(outside"
    )


def test_a_parameter_that_the_optimizer_lacks_is_named():
    model = Planted(add)
    given = [each for name, each in model.named_parameters() if name != "extra"]
    assert "not in the optimizer: " in diagnose(model, torch.optim.Adam(given))


def test_a_parameter_replaced_after_the_optimizer_was_made_is_named():
    model = Planted(add)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.extra = nn.Parameter(torch.ones(4))
    found = audit(model, optimizer, lambda: functional.mse_loss(model(ROWS), TARGETS))
    by_name = {each.name: each.diagnosis for each in found.faults}
    assert "made, or replaced, after the optimizer" in by_name.pop("extra")
    assert "no tensor of the model" in by_name.popitem()[1]
    assert not by_name


@pytest.mark.parametrize("lr", [0.0, torch.tensor(0.0)])
def test_a_learning_rate_of_zero_is_named(lr):
    model = Planted(add)
    others = [each for name, each in model.named_parameters() if name != "extra"]
    groups = [{"params": others}, {"params": [model.extra], "lr": lr}]
    assert "learning rate" in diagnose(model, torch.optim.SGD(groups, lr=0.1))


def test_a_step_below_the_rounding_is_named():
    model = Planted(lambda m, h: h + 1e-9 * m.extra, nn.Parameter(torch.full((4,), 1e3)))
    assert "rounding" in diagnose(model)


def test_a_frozen_parameter_is_named():
    model = Planted(add)
    model.extra.requires_grad_(False)
    assert "frozen" in diagnose(model)


def test_a_parameter_that_the_forward_pass_overwrites_is_named():
    def overwrite(model: Any, hidden: Tensor) -> Tensor:
        model.extra.data.fill_(0.25)
        return hidden + model.extra

    assert "overwritten" in diagnose(Planted(overwrite))


def test_tied_weights_are_listed_under_each_name():
    model = Planted(lambda m, h: h @ m.extra)
    model.second = model.extra = nn.Parameter(torch.eye(4))
    found = audit(model, Adam(model.parameters()), lambda: model(ROWS).square().mean())
    named = {each.name: each.diagnosis for each in found.rows}
    assert named["extra"] == "learns, tied to second"
    assert not found.faults


def test_without_a_loss_the_last_gradients_are_taken():
    model = Planted(keep)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    functional.mse_loss(model(ROWS), TARGETS).backward()
    found = audit(model, optimizer)
    assert [each.name for each in found.faults] == ["extra"]
    first = next(each for each in found.rows if each.name == "first.weight")
    assert first.grad is not None
    assert first.moved == pytest.approx(0.1 * first.grad)


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p),
    "ours": lambda p: RuleOptimizer(p, Momentum(lr=0.1)),
    "a closure": lambda p: torch.optim.LBFGS(p),
}


class Restless(nn.Module):
    """A net with dropout and running averages, which draws from three generators."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 1)
        )

    def forward(self, rows: Tensor) -> Tensor:
        return self.layers(rows) * (1 + 0.01 * random.random() + 0.01 * np.random.rand())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_step_is_undone_bit_for_bit(name):
    def go_on(audited: bool) -> list[bytes]:
        for seed in (torch.manual_seed, random.seed, np.random.seed):
            seed(3)
        model = Restless()
        optimizer = OPTIMIZERS[name](model.parameters())

        def loss() -> Tensor:
            optimizer.zero_grad()
            value = functional.mse_loss(model(ROWS), TARGETS)
            value.backward()
            return value

        for step in range(4):
            if audited and step:
                grads = [each.grad for each in model.parameters()]
                model.eval() if step == 2 else model.train()
                before = [each.training for each in model.modules()]
                audit(model, optimizer, lambda: functional.mse_loss(model(ROWS), TARGETS))
                assert [each.training for each in model.modules()] == before
                assert all(
                    each.grad is old for each, old in zip(model.parameters(), grads, strict=True)
                )
                model.train()
            optimizer.step(loss)
        return [each.numpy().tobytes() for each in model.state_dict().values()]

    assert go_on(True) == go_on(False)


def test_a_saturated_rating_model_is_found(ml100k):
    model = EmbeddingDotBias(ml100k.users, ml100k.movies)
    with torch.no_grad():
        model.movie_bias.weight.fill_(40.0)
    user, movie = (
        torch.from_numpy(each[:64].astype(np.int64)) for each in (ml100k.user, ml100k.movie)
    )
    stars = torch.from_numpy(ml100k.rating[:64]).float()
    found = audit(
        model,
        torch.optim.Adam(model.parameters()),
        lambda: functional.mse_loss(model(user, movie), stars),
    )
    assert {each.name for each in found.faults} == {
        f"{name}.weight" for name in ("user", "movie", "user_bias", "movie_bias")
    }
    assert all("sigmoid" in each.diagnosis for each in found.faults)


@pytest.mark.parametrize("value", [3.0, (1, 2), torch.ones(3)])
def test_what_is_no_loss_is_refused(value):
    model = Planted(add)
    with pytest.raises(ValueError, match="must return a tensor of one number"):
        audit(model, torch.optim.SGD(model.parameters(), lr=0.1), lambda: value)


def test_the_table_is_text_and_a_frame():
    model = Planted(keep)
    found = audit(model, torch.optim.SGD(model.parameters(), lr=0.1), lambda: model(ROWS).mean())
    assert found.to_text().splitlines()[0].endswith("1 of 5 tensors with a fault")
    assert len(found.to_frame()) == 5
    assert "extra" in found._repr_html_()


def test_parameters_without_values_are_refused():
    model = nn.Sequential(nn.Linear(3, 2), nn.LazyLinear(1))
    with pytest.raises(ValueError, match=r"without values yet \(1.weight\)"):
        audit(model, torch.optim.SGD(model[0].parameters(), lr=0.1))

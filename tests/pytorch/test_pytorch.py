"""The rules as torch optimizers: torch's own optimizers are the oracle, on a real module."""

import copy
import inspect
import io
import pickle
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

import optviz as ov
import optviz.pytorch as ours
from optviz.pytorch.lazy import Lazy
from optviz.rules import DECAYS, RULES, Adam, Rule, hyper

STEPS = 300


class Net(nn.Module):
    """A small network with embeddings, a bias that is frozen and a layer that is never used."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 4)
        self.hidden = nn.Linear(4, 5)
        self.out = nn.Linear(5, 1)
        self.unused = nn.Linear(2, 2)
        self.hidden.bias.requires_grad_(False)

    def forward(self, rows):
        return self.out(torch.tanh(self.hidden(self.table(rows)))).squeeze(1)


ROWS = torch.arange(70) % 7
TARGETS = torch.sin(torch.arange(70, dtype=torch.float64))


def net(dtype=torch.float64) -> Net:
    torch.manual_seed(0)
    return Net().to(dtype)


def loss_of(model: Net, step: int = 0) -> torch.Tensor:
    """The loss of one mini-batch of 10."""
    batch = slice(10 * (step % 7), 10 * (step % 7) + 10)
    return ((model(ROWS[batch]) - TARGETS[batch].to(model.out.weight.dtype)) ** 2).mean()


def train(model: Net, optimizer: Any, steps: int = STEPS, first: int = 0, scheduler: Any = None):
    """The usual loop."""
    for step in range(first, first + steps):
        optimizer.zero_grad()
        loss_of(model, step).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def numbers(model: nn.Module) -> np.ndarray:
    """Every parameter of a model, in one row."""
    return torch.cat([each.detach().flatten() for each in model.parameters()]).numpy()


def both(name: str, keywords: dict[str, Any], make_scheduler: Any = None) -> tuple[Any, Any]:
    """The end of the same loop with our optimizer and with torch's."""
    ends = []
    for home in (ours, torch.optim):
        model = net()
        optimizer = getattr(home, name)(model.parameters(), **keywords)
        train(model, optimizer, scheduler=make_scheduler and make_scheduler(optimizer))
        ends.append(numbers(model))
    assert not np.array_equal(ends[0], numbers(net()))
    return ends[0], ends[1]


SAME = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": torch.tensor(0.1)}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 1e-3, "alpha": 0.9, "eps": 1e-6}),
    ("RMSprop", {"lr": 1e-3, "weight_decay": 0.01, "maximize": True}),
    ("RMSprop", {"lr": 1e-3, "momentum": 0.9}),
    ("RMSprop", {"lr": 1e-3, "momentum": 0.9, "centered": True, "weight_decay": 0.01}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-6}),
    ("Adam", {"lr": 0.01, "betas": [0.8, 0.99], "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "betas": (0.5, 0.7), "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.01, "amsgrad": True, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "eps": 1e-6, "weight_decay": 0.01}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.95, "eps": 1e-5, "weight_decay": 0.01}),
]


@pytest.mark.parametrize(("name", "keywords"), SAME, ids=str)
def test_a_loop_that_changes_its_import_gives_torchs_numbers(name, keywords):
    mine, theirs = both(name, keywords)
    np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", ours.__all__[:-1])
def test_defaults_and_positions_are_torchs(name):
    import inspect

    mine, theirs = (inspect.signature(getattr(home, name)) for home in (ours, torch.optim))
    for key, parameter in mine.parameters.items():
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and key != "params":
            assert parameter.default == theirs.parameters[key].default
            assert list(mine.parameters).index(key) == list(theirs.parameters).index(key)


@pytest.mark.parametrize("name", ours.__all__[:-1])
def test_every_keyword_of_torch_is_taken_at_its_default(name):
    theirs = getattr(torch.optim, name)([nn.Parameter(torch.ones(1))]).defaults
    given = {key: value for key, value in theirs.items() if key != "decoupled_weight_decay"}
    mine = getattr(ours, name)([nn.Parameter(torch.ones(1))], **given)
    assert {key: mine.defaults[key] for key in theirs} == theirs


UNSUPPORTED = [
    ("SGD", "fused", True),
    ("RMSprop", "differentiable", True),
    ("Adam", "capturable", True),
    ("AdamW", "foreach", True),
    ("AdamW", "capturable", True),
    ("Adagrad", "differentiable", True),
    ("Adadelta", "differentiable", True),
]


@pytest.mark.parametrize(("name", "key", "value"), UNSUPPORTED)
def test_a_keyword_that_is_not_supported_is_refused_in_a_sentence(name, key, value):
    sentence = f"{name} does not support {key}={value}: leave it at {key}=.*torch.optim.{name}"
    with pytest.raises(ValueError, match=sentence):
        getattr(ours, name)(net().parameters(), **{key: value})
    with pytest.raises(ValueError, match=sentence):
        getattr(ours, name)([{"params": net().parameters(), key: value}])


def test_an_unknown_keyword_is_refused_with_the_known_ones():
    with pytest.raises(TypeError, match='Adam has no keyword "momentum"; it has lr, betas, eps'):
        ours.Adam(net().parameters(), momentum=0.9)


@pytest.mark.parametrize(
    ("name", "keywords", "sentence"),
    [
        ("SGD", {"lr": -0.1}, "lr must be at least 0 and finite, got -0.1"),
        ("SGD", {"momentum": 1.0}, "momentum must be at least 0 and below 1, got 1"),
        ("SGD", {"nesterov": True}, "nesterov needs a momentum and no dampening"),
        ("Adam", {"betas": (0.9, 1.0)}, r"betas\[1\] must be at least 0 and below 1, got 1"),
        ("Adam", {"betas": 0.9}, "betas must be two numbers, got 0.9"),
        ("Adam", {"eps": float("nan")}, "eps must be at least 0 and finite, got nan"),
        ("RMSprop", {"alpha": -1}, "alpha must be at least 0 and below 1, got -1"),
        ("Adadelta", {"rho": "high"}, "rho must be a number, got 'high'"),
        ("Adagrad", {"lr": torch.ones(2)}, "lr must be one number, got"),
    ],
)
def test_a_value_out_of_range_is_refused_under_torchs_name(name, keywords, sentence):
    with pytest.raises(ValueError, match=sentence):
        getattr(ours, name)(net().parameters(), **keywords)


# -- any rule --------------------------------------------------------------------------------------

ANY_RULE: dict[str, Rule] = {name: kind().with_lr(0.02) for name, kind in RULES.items()}
ANY_RULE |= {
    "momentum damped": ov.Momentum(0.1, 0.9, damped=True),
    "rmsprop lagged": ov.RMSProp(1e-3, 0.9, eps=1e-2, lagged=True),
    "adam without bias correction": ov.Adam(0.01, debias=False),
}
ANY_RULE |= {
    f"{name} {key}": decay(rule, 0.1)  # type: ignore[call-arg]
    for name, rule in ANY_RULE.items()
    for key, decay in DECAYS.items()
}
ANY_RULE["both decays"] = ov.L2(ov.Decoupled(ov.Adam(0.01), 0.1), 0.2)


@pytest.mark.parametrize("name", ANY_RULE)
def test_any_rule_moves_a_module_as_its_text_on_tensors_says(name):
    rule, model, expected = ANY_RULE[name], net(), net()
    optimizer = ours.RuleOptimizer(model.parameters(), rule)
    params = [each for each in expected.parameters() if each.requires_grad]
    states = [rule.init(each.detach()) for each in params]
    for step in range(20):
        train(model, optimizer, 1, first=step)
        for each in params:
            each.grad = None
        loss_of(expected, step).backward()
        for i, each in enumerate(params):
            if each.grad is not None:
                new, states[i] = rule.update(each.detach(), each.grad, states[i])
                each.data = new
        np.testing.assert_allclose(numbers(model), numbers(expected), rtol=1e-12, atol=1e-14)


class SignState(NamedTuple):
    last_grad: Any


@dataclass(frozen=True, eq=False)
class SignOfTwo(Rule):
    """A rule that needs torch, branches and keeps the gradient itself."""

    lr: float = hyper(0.1)

    def init(self, params):
        return SignState(torch.zeros_like(params))

    def update(self, params, grad, state):
        both = grad + state.last_grad
        return torch.where(both > 0, params - self.lr, params + self.lr), SignState(grad)


@pytest.mark.parametrize("set_to_none", [True, False])
def test_a_rule_of_ones_own_may_use_torch_and_keep_the_gradient(set_to_none):
    param = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = ours.RuleOptimizer([param], SignOfTwo(0.25))
    for grad, expected in [([1.0, -1.0], [0.75, 1.25]), ([-3.0, 0.5], [1.0, 1.5])]:
        optimizer.zero_grad(set_to_none=set_to_none)
        (param * torch.tensor(grad)).sum().backward()
        optimizer.step()
        assert param.tolist() == expected
    optimizer.zero_grad(set_to_none=set_to_none)
    assert optimizer.state[param]["last_grad"].tolist() == [-3.0, 0.5]


@pytest.mark.parametrize("not_a_rule", ["adam", ov.Adam, None], ids=str)
def test_what_is_not_a_rule_is_refused(not_a_rule):
    with pytest.raises(ValueError, match=r"rule must be a rule such as Adam\(\), got"):
        ours.RuleOptimizer(net().parameters(), not_a_rule)


def test_an_array_of_settings_is_refused():
    with pytest.raises(ValueError, match="lr must be one number for a torch optimizer"):
        ours.RuleOptimizer(net().parameters(), ov.SGD(np.array([0.1, 0.2])))  # type: ignore[arg-type]


# -- groups and schedulers -------------------------------------------------------------------------


def groups(model: Net, **second: Any) -> list[dict[str, Any]]:
    return [{"params": model.table.parameters()}, {"params": model.out.parameters(), **second}]


def test_each_group_keeps_its_own_values():
    ends = []
    for home in (ours, torch.optim):
        model = net()
        own = {"lr": 0.001, "betas": (0.5, 0.9), "weight_decay": 0.3}
        train(model, home.AdamW(groups(model, **own), lr=0.02))
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-10)


def test_the_groups_of_any_rule_go_by_the_rules_own_names():
    models = net(), net()
    mine = ours.RuleOptimizer(groups(models[0], lr=0.5, wd=0.2), ov.L2(ov.SGD(0.1), 0.0))
    theirs = torch.optim.SGD(groups(models[1], lr=0.5, weight_decay=0.2), lr=0.1)
    for model, optimizer in zip(models, (mine, theirs), strict=True):
        train(model, optimizer, 50)
    assert mine.param_groups[1]["wd"] == 0.2
    np.testing.assert_allclose(numbers(models[0]), numbers(models[1]), rtol=1e-10, atol=1e-12)


def test_a_group_added_later_starts_its_own_count():
    ends = []
    for home in (ours, torch.optim):
        model = net()
        optimizer = home.Adam(model.table.parameters(), lr=0.01)
        train(model, optimizer, 20)
        optimizer.add_param_group({"params": model.out.parameters(), "lr": 0.02})
        train(model, optimizer, 20)
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


def test_parameters_of_one_group_that_joined_later_have_their_own_bias_correction():
    ends = []
    for home in (ours, torch.optim):
        model = net()
        model.out.requires_grad_(False)
        optimizer = home.Adam(model.parameters(), lr=0.01)
        train(model, optimizer, 20)
        model.out.requires_grad_(True)
        train(model, optimizer, 20)
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


def test_a_bad_group_is_refused_and_not_kept():
    model = net()
    optimizer = ours.SGD(model.table.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="lr must be at least 0 and finite, got -1"):
        optimizer.add_param_group({"params": model.out.parameters(), "lr": -1})
    assert len(optimizer.param_groups) == 1


SCHEDULERS = {
    "step": lambda opt: torch.optim.lr_scheduler.StepLR(opt, 50, 0.3),
    "cosine": lambda opt: torch.optim.lr_scheduler.CosineAnnealingLR(opt, STEPS),
    "one cycle, momentum too": lambda opt: torch.optim.lr_scheduler.OneCycleLR(
        opt, max_lr=0.1, total_steps=STEPS + 1
    ),
    "cycles, momentum too": lambda opt: torch.optim.lr_scheduler.CyclicLR(
        opt, base_lr=1e-3, max_lr=0.02, step_size_up=20
    ),
}


@pytest.mark.parametrize("schedule", SCHEDULERS)
@pytest.mark.parametrize(
    ("name", "keywords"),
    [("SGD", {"lr": 0.05, "momentum": 0.9}), ("Adam", {"lr": 0.01}), ("AdamW", {"lr": 0.01})],
)
def test_torchs_schedulers_drive_our_optimizers(name, keywords, schedule):
    mine, theirs = both(name, keywords, SCHEDULERS[schedule])
    np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10)


CYCLED = {
    "SGD": [{}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{}, {"amsgrad": True}],
    "AdamW": [{}],
    "RMSprop": [{"lr": 1e-3}, {"lr": 1e-3, "centered": True, "eps": 1e-2}],
}


@pytest.mark.parametrize("schedule", ["one cycle, momentum too", "cycles, momentum too"])
@pytest.mark.parametrize("name", CYCLED)
def test_schedulers_that_cycle_momentum_drive_every_rule_that_has_one(name, schedule):
    make_scheduler = SCHEDULERS[schedule]
    for keywords in CYCLED[name]:
        models = net(), net(), net()
        named = getattr(ours, name)(models[0].parameters(), **keywords)
        theirs = getattr(torch.optim, name)(models[1].parameters(), **keywords)
        rule = named.build_rule(named.param_groups[0] | {"momentum": 0.5})
        if name == "AdamW":
            assert isinstance(rule, ov.Decoupled)
        mine = ours.RuleOptimizer(models[2].parameters(), rule)
        for model, optimizer in zip(models, (named, theirs, mine), strict=True):
            train(model, optimizer, 60, scheduler=make_scheduler(optimizer))
        np.testing.assert_array_equal(numbers(models[0]), numbers(models[1]))
        np.testing.assert_array_equal(numbers(models[2]), numbers(models[1]))


def test_the_momentum_of_a_group_is_its_beta1_and_a_rule_without_one_has_none():
    model = net()
    optimizer = ours.RuleOptimizer(model.parameters(), ov.L2(ov.Momentum(), 0.1))
    (group,) = optimizer.param_groups
    group["momentum"] = 0.3
    assert group["beta1"] == group["momentum"] == 0.3
    built: Any = optimizer.build_rule(group)
    assert built.rule.beta1 == 0.3
    (copied,) = copy.deepcopy(optimizer).param_groups
    copied["momentum"] = 0.4
    assert copied["beta1"] == 0.4
    given = [{"params": model.table.parameters(), "momentum": 0.6}]
    assert ours.RuleOptimizer(given, ov.Momentum()).param_groups[0]["beta1"] == 0.6
    for rule in (ov.SGD(0.1), ov.Adagrad()):
        bare = ours.RuleOptimizer(model.parameters(), rule)
        assert "momentum" not in bare.defaults
        with pytest.raises(ValueError, match="must support momentum or beta1"):
            torch.optim.lr_scheduler.OneCycleLR(bare, max_lr=0.1, total_steps=10)
        with pytest.raises(KeyError, match="momentum"):
            bare.param_groups[0]["momentum"]


@dataclass(frozen=True, eq=False)
class Both(ov.SGD):
    """A rule that has a momentum of its own beside beta1."""

    beta1: float = hyper(0.5)
    momentum: float = hyper(0.7)


def test_a_rules_own_momentum_is_no_other_name_of_beta1():
    optimizer = ours.RuleOptimizer([nn.Parameter(torch.ones(1))], Both())
    (group,) = copy.deepcopy(optimizer).param_groups
    group["momentum"] = 0.1
    assert (group["beta1"], group["momentum"]) == (0.5, 0.1)


def test_a_scheduler_drives_any_rule():
    model = net()
    optimizer = ours.RuleOptimizer(model.parameters(), ov.Decoupled(ov.Adam(0.02), 0.1))
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    train(model, optimizer, 3, scheduler=scheduler)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.02 * 0.9**3)
    assert optimizer.build_rule(optimizer.param_groups[0]).lr == optimizer.param_groups[0]["lr"]


def test_a_learning_rate_that_is_a_tensor_may_change_in_place():
    ends = []
    for home in (ours, torch.optim):
        model, lr = net(), torch.tensor(0.1)
        optimizer = home.SGD(model.parameters(), lr=lr)
        train(model, optimizer, 5)
        lr.fill_(0.01)
        train(model, optimizer, 5)
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta"])
def test_every_hyperparameter_may_be_a_tensor_that_changes_in_place(name):
    twin = getattr(torch.optim, name)
    found = inspect.signature(twin).parameters
    changes = {"lr": 0.03, "betas": (0.8, 0.99), "momentum": 0.5, "dampening": 0.25, "alpha": 0.9}
    changes |= {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.05}
    changes = {key: each for key, each in changes.items() if key in found}
    if name == "RMSprop":
        del changes["momentum"]  # which the rule has not
    ends = []
    for optimizer in (getattr(ours, name), twin):
        model, given = net(), {}
        for key, value in changes.items():
            first: Any = 0.9 if key == "momentum" else found[key].default
            pair = isinstance(value, tuple)
            if optimizer is twin:
                given[key] = first
            else:
                given[key] = tuple(map(make_tensor, first)) if pair else make_tensor(first)
        made = optimizer(model.parameters(), **given)
        train(model, made, 3)
        for key, value in changes.items():
            if optimizer is twin:
                made.param_groups[0][key] = value
            elif isinstance(value, tuple):
                for tensor, each in zip(given[key], value, strict=True):
                    tensor.fill_(each)
            else:
                given[key].fill_(value)
        train(model, made, 3)
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


def make_tensor(value):
    return torch.tensor(float(value), dtype=torch.float64)


@pytest.mark.parametrize("kind", [np.array, list], ids=["array", "list"])
def test_betas_in_an_array_or_a_list_may_change_in_place(kind):
    ends = []
    for home in (ours, torch.optim):
        model = net()
        betas: Any = kind([0.9, 0.999]) if home is ours else (0.9, 0.999)
        optimizer = home.Adam(model.parameters(), betas=betas)
        train(model, optimizer, 3)
        if home is ours:
            betas[0] = 0.5
        else:
            optimizer.param_groups[0]["betas"] = (0.5, 0.999)
        train(model, optimizer, 3)
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


def test_rule_optimizer_follows_tensors_too():
    ends = []
    for use_tensor in (True, False):
        model, tensor = net(), make_tensor(0.9)
        optimizer = ours.RuleOptimizer(model.parameters(), Adam(0.01))
        (group,) = optimizer.param_groups
        for beta1 in (0.9, 0.6):
            group["beta1"] = tensor.fill_(beta1) if use_tensor else beta1
            train(model, optimizer, 3)
        ends.append(numbers(model))
    np.testing.assert_array_equal(*ends)


def test_switches_of_torchs_implementation_may_be_off():
    for name in ("Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta"):
        known = inspect.signature(getattr(torch.optim, name)).parameters
        off = dict.fromkeys(known.keys() & {"foreach", "fused", "capturable"}, False)
        train(model := net(), getattr(ours, name)(model.parameters(), **off), 1)
    with pytest.raises(ValueError, match="does not support fused=True"):
        ours.Adam(net().parameters(), fused=True)


def test_a_value_changed_to_nonsense_is_refused_at_the_next_step():
    model = net()
    optimizer = ours.Adam(model.parameters())
    optimizer.param_groups[0]["lr"] = float("nan")
    with pytest.raises(ValueError, match="lr must be at least 0 and finite, got nan"):
        train(model, optimizer, 1)


def test_momentum_switched_on_later_starts_as_torchs_does():
    ends = []
    for home in (ours, torch.optim):
        model = net()
        optimizer = home.SGD(model.parameters(), lr=0.05)
        for momentum in (0, 0.9, 0):
            optimizer.param_groups[0]["momentum"] = momentum
            train(model, optimizer, 10)
        ends.append(numbers(model))
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-12)


# -- saving and loading ----------------------------------------------------------------------------

SAVED = {
    "SGD": lambda params: ours.SGD(params, lr=0.05, momentum=0.9, dampening=0.1),
    "RMSprop": lambda params: ours.RMSprop(params, lr=1e-3),
    "AdamW": lambda params: ours.AdamW(params, lr=0.01),
    "Adadelta": lambda params: ours.Adadelta(params),
    "any rule": lambda params: ours.RuleOptimizer(params, ov.L2(ov.Adam(0.01, debias=True), 0.1)),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", SAVED)
def test_a_saved_optimizer_goes_on_bit_for_bit(name, dtype):
    model = net(dtype)
    optimizer = SAVED[name](model.parameters())
    train(model, optimizer, 15)
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    other = net(dtype)
    fresh = SAVED[name](other.parameters())
    other.load_state_dict(saved["model"])
    fresh.load_state_dict(saved["optimizer"])
    for each, its in ((model, optimizer), (other, fresh)):
        train(each, its, 15, first=15)
    np.testing.assert_array_equal(numbers(model), numbers(other))


def test_loading_brings_the_groups_values_back():
    model = net()
    saved = ours.Adam(model.parameters(), lr=0.123, betas=(0.1, 0.2)).state_dict()
    fresh = ours.Adam(model.parameters())
    fresh.load_state_dict(saved)
    rule: Any = fresh.build_rule(fresh.param_groups[0])
    assert (rule.lr, rule.beta1, rule.beta2) == (0.123, 0.1, 0.2)


@pytest.mark.parametrize("copied", ["deepcopy", "pickle"])
@pytest.mark.parametrize("name", SAVED)
def test_a_copied_optimizer_goes_on_bit_for_bit_with_its_own_parameters(name, copied):
    model = net()
    optimizer = SAVED[name](model.parameters())
    train(model, optimizer, 15)
    pair = (model, optimizer)
    twin, its = copy.deepcopy(pair) if copied == "deepcopy" else pickle.loads(pickle.dumps(pair))  # noqa: S301
    before = numbers(model)
    train(twin, its, 15, first=15)
    np.testing.assert_array_equal(numbers(model), before)
    train(model, optimizer, 15, first=15)
    np.testing.assert_array_equal(numbers(model), numbers(twin))


def test_the_state_is_a_plain_dict_with_the_rules_own_columns():
    model = net()
    optimizer = ours.Adam(model.parameters())
    train(model, optimizer, 3)
    state = optimizer.state[model.out.weight]
    assert type(state) is dict
    assert list(state) == ["grad_avg", "sqr_avg", "count"]
    assert state["count"] == 3
    assert state["grad_avg"].shape == model.out.weight.shape


# -- the rest of what a torch optimizer does -------------------------------------------------------


def test_parameters_keep_their_storage():
    model = net()
    before = [each.data_ptr() for each in model.parameters()]
    for optimizer in (SAVED["AdamW"], SAVED["any rule"]):
        train(model, optimizer(model.parameters()), 2)
    assert [each.data_ptr() for each in model.parameters()] == before


def test_frozen_and_unused_parameters_stay_and_get_no_state():
    model, fresh = net(), net()
    optimizer = ours.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)
    train(model, optimizer, 5)
    for still in ("hidden.bias", "unused.weight", "unused.bias"):
        param = model.get_parameter(still)
        assert torch.equal(param, fresh.get_parameter(still))
        assert param not in optimizer.state


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad_clears_the_gradients(set_to_none):
    model = net()
    optimizer = ours.Adam(model.parameters())
    loss_of(model).backward()
    optimizer.zero_grad(set_to_none=set_to_none)
    grad: Any = model.out.weight.grad
    assert grad is None if set_to_none else not grad.any()


def test_a_closure_is_evaluated_with_gradients_and_its_loss_returned():
    model, expected = net(), net()
    optimizer = ours.SGD(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == loss_of(expected).item()
    train(expected, torch.optim.SGD(expected.parameters(), lr=0.1), 1)
    np.testing.assert_allclose(numbers(model), numbers(expected), rtol=1e-12, atol=1e-15)


def test_a_step_without_a_closure_returns_nothing():
    assert ours.SGD(net().parameters()).step() is None


def test_a_sparse_gradient_is_refused_with_the_way_out():
    table = nn.Embedding(6, 3, sparse=True)
    optimizer = ours.Adam(table.parameters())
    table(torch.tensor([1, 2])).sum().backward()
    with pytest.raises(ValueError, match=r"sparse gradient \(of a parameter 6 x 3\).*sparse=False"):
        optimizer.step()


def test_complex_parameters_are_refused():
    with pytest.raises(ValueError, match="complex parameters are not supported"):
        ours.SGD([nn.Parameter(torch.ones(2, dtype=torch.complex64))])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_lower_precision_is_kept(dtype):
    param = nn.Parameter(torch.ones(3, dtype=dtype))
    optimizer = ours.AdamW([param], lr=0.1)
    param.grad = torch.ones_like(param)
    optimizer.step()
    assert param.dtype == optimizer.state[param]["grad_avg"].dtype == dtype
    assert param[0].item() == pytest.approx(0.899, abs=4e-3)


def test_one_group_may_hold_several_dtypes():
    params = [nn.Parameter(torch.ones(2, dtype=each)) for each in (torch.float32, torch.float64)]
    optimizer = ours.Adam(params, lr=0.1)
    sum(each.sum() for each in params).backward()  # type: ignore[union-attr]
    optimizer.step()
    for each in params:
        assert each.tolist() == pytest.approx([0.9, 0.9], abs=1e-6)


def test_parameters_need_not_be_contiguous():
    ends = []
    for home in (ours, torch.optim):
        param = nn.Parameter(torch.arange(6.0, dtype=torch.float64).reshape(2, 3).t())
        optimizer = home.Adam([param], lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            (param**2).sum().backward()
            optimizer.step()
        ends.append(param.detach().numpy())
    np.testing.assert_allclose(*ends, rtol=1e-12)


def test_hooks_see_every_step():
    model, seen = net(), []
    optimizer = ours.Adam(model.parameters())
    optimizer.register_step_post_hook(lambda *_: seen.append(1))
    train(model, optimizer, 3)
    assert len(seen) == 3


# -- the arithmetic that waits ---------------------------------------------------------------------

EXPRESSIONS = {
    "a scaled sum": lambda a, b: 0.5 * a + (1 - 0.2) * b,
    "a sum plus a number": lambda a, b: (a + b + 3.0) * 2.0,
    "a number minus": lambda a, b: 1.0 - a - b,
    "a number plus": lambda a, b: 1.0 + 2.0 * a + b,
    "a product of sums": lambda a, b: (a + b) * (a - 2.0 * b),
    "a scaled product": lambda a, b: 3.0 * (a * b) - 0.5 * a,
    "a quotient": lambda a, b: a + 0.1 * a / (b**0.5 / 0.3 + 1e-8),
    "a divided number": lambda a, b: 2.0 / (a + 1.0) + b / 4.0,
    "a quotient of a scaled tensor": lambda a, b: (2.0 * a) / (3.0 * b),
    "powers": lambda a, b: a**2 + b**3 - (a * b) ** 2 + a**-1,
    "a negative": lambda a, b: -(a / b) + -b,
    "a product used twice": lambda a, b: (lambda c: c**2 + c)(a * b),
    "a sum used twice": lambda a, b: (lambda c: c * c - 0.3 * c)(a + b),
    "times nought": lambda a, b: 0.0 * a + b,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_waiting_arithmetic_equals_torchs(name):
    rng = torch.Generator().manual_seed(0)
    draws = [torch.rand(size, generator=rng, dtype=torch.float64) + 0.5 for size in (3, 4, 3, 4)]
    left, right = draws[:2], draws[2:]
    kept = [each.clone() for each in draws]
    lazy = EXPRESSIONS[name](Lazy(left), Lazy(right))
    for a, b, value in zip(left, right, lazy.value(), strict=True):
        torch.testing.assert_close(value, EXPRESSIONS[name](a, b), rtol=1e-14, atol=1e-14)
    for now, then in zip(draws, kept, strict=True):
        assert torch.equal(now, then)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_waiting_arithmetic_writes_its_value_over_what_it_was_made_of(name):
    a, b = torch.tensor([0.7, 1.9], dtype=torch.float64), torch.tensor([2.0, 3.0]).double()
    expected, params = EXPRESSIONS[name](a.clone(), b), [a]
    EXPRESSIONS[name](Lazy(params), Lazy([b])).write(params)
    torch.testing.assert_close(a, expected, rtol=1e-14, atol=1e-14)


@dataclass(frozen=True, eq=False)
class Bounded(Rule):
    """A rule with more than arithmetic."""

    lr: float = hyper(0.1)

    def update(self, params, grad, state):
        return params - self.lr * grad * (abs(grad) < 1), state


def test_a_rule_of_ones_own_runs_on_tensors_also_once_it_has_a_name(monkeypatch):
    monkeypatch.setitem(RULES, "bounded", Bounded)
    param = torch.nn.Parameter(torch.tensor([0.5, 2.0]))
    (param**2).sum().backward()
    ours.RuleOptimizer([param], Bounded(0.1)).step()
    torch.testing.assert_close(param.data, torch.tensor([0.5, 2.0]))
    param.grad = 0.1 * param.grad  # type: ignore[operator]
    ours.RuleOptimizer([param], Bounded(0.1)).step()
    torch.testing.assert_close(param.data, torch.tensor([0.49, 1.96]))

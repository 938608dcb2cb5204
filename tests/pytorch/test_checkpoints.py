"""Checkpoints of torch.optim and ours, each loaded by the other: torch alone is the oracle."""

import copy
import io
import re
from typing import Any

import pytest
import torch
from torch import nn

import optviz as ov
import optviz.pytorch as ours
from tests.pytorch.test_pytorch import Net, groups, net, train

NAMES = ["SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta"]
SAME: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "maximize": True}),
    ("RMSprop", {"lr": 1e-3}),
    ("RMSprop", {"lr": 1e-3, "momentum": 0.9, "weight_decay": 0.01}),
    ("RMSprop", {"lr": 1e-3, "centered": True, "eps": 1e-3, "maximize": True}),
    ("RMSprop", {"lr": 1e-3, "centered": True, "momentum": 0.5, "eps": 1e-3}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.99), "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "betas": (0.5, 0.7), "maximize": True}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
    ("AdamW", {"lr": 0.01, "amsgrad": True, "betas": (0.5, 0.7)}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.3, "maximize": True}),
    ("Adadelta", {"lr": 0.5, "rho": 0.95, "weight_decay": 0.01, "maximize": True}),
]
each_pair = pytest.mark.parametrize(("name", "keywords"), SAME, ids=str)


def store(state: Any) -> Any:
    """What a file gives back of a state, read without unpickling."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def make_named(name: str, keywords: dict[str, Any]) -> Any:
    return lambda model: getattr(ours, name)(groups(model, lr=0.02), **keywords)


def make_rule_optimizer(name: str, keywords: dict[str, Any]) -> Any:
    """The maker of a RuleOptimizer of the rule that these keywords ask for."""
    named = getattr(ours, name)([nn.Parameter(torch.ones(1))], **keywords)
    (group,) = named.param_groups
    return lambda model: ours.RuleOptimizer(groups(model, lr=0.02), named.build_rule(group))


def go_on(make: Any, model: Net, optimizer: Any, first: int) -> tuple[Net, Any]:
    """Ten more steps, in a model and an optimizer that begin with what the last ones saved."""
    fresh = net(model.out.weight.dtype)
    other = make(fresh)
    fresh.load_state_dict(model.state_dict())
    other.load_state_dict(store(optimizer.state_dict()))
    train(fresh, other, 10, first=first)
    return fresh, other


def assert_same(one: Any, other: Any) -> None:
    """Compare two states of any depth to the last bit."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    elif isinstance(one, (list, tuple)):
        for each, its in zip(one, other, strict=True):
            assert_same(each, its)
    else:
        assert one == other


@pytest.mark.parametrize("make_ours", [make_named, make_rule_optimizer])
@each_pair
def test_a_training_of_torchs_goes_on_here_and_back_bit_for_bit(name, keywords, make_ours):
    for dtype in (torch.float32, torch.float64):
        alone = net(dtype)
        theirs = getattr(torch.optim, name)(groups(alone, lr=0.02), **keywords)
        train(alone, theirs, 10)
        begun = net(dtype)
        optimizer: Any = getattr(torch.optim, name)(groups(begun, lr=0.02), **keywords)
        train(begun, optimizer, 10)
        model, mine = go_on(make_ours(name, keywords), begun, optimizer, 10)
        train(alone, theirs, 10, first=10)
        assert_same(model.state_dict(), alone.state_dict())
        assert_same(theirs.state_dict()["state"], mine.state_dict()["state"])
        back = lambda each: getattr(torch.optim, name)(groups(each))  # noqa: E731
        model, other = go_on(back, model, mine, 20)
        train(alone, theirs, 10, first=20)
        assert_same(model.state_dict(), alone.state_dict())
        assert_same(theirs.state_dict(), other.state_dict())


# -- every pair of classes -------------------------------------------------------------------------

TORCHS = [
    each
    for each in vars(torch.optim).values()
    if isinstance(each, type) and each.__module__ not in ("torch.optim.optimizer",)
    if each not in (torch.optim.Optimizer, torch.optim.SparseAdam, torch.optim.LBFGS)
]
"""All of torch's optimizers that take a dense gradient and no closure."""
RULES = [*(kind() for kind in ov.RULES.values()), ov.L2(ov.Adam(), 0.1), ov.Decoupled(ov.Adam())]
RULES += [ov.Adam(debias=False), ov.Momentum(damped=True), ov.RMSProp(lagged=True)]


def make_all_ours(param: nn.Parameter) -> dict[str, Any]:
    """Every optimizer of ours, on one parameter."""
    named: dict[str, Any] = {name: getattr(ours, name)([param]) for name in NAMES}
    return named | {ov.specs.format_spec(rule): ours.RuleOptimizer([param], rule) for rule in RULES}


def load(optimizer: Any, state: Any) -> str:
    """Load a state and return the sentence with which it is refused; "" if it is taken."""
    try:
        optimizer.load_state_dict(state)
    except ValueError as error:
        said = str(error)
    else:
        return ""
    assert re.fullmatch(".{20,250}", said)
    return said


def take_step(optimizer: Any, param: nn.Parameter) -> None:
    param.grad = torch.ones_like(param)
    optimizer.step()


@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("kind", TORCHS)
def test_each_pair_of_classes_converts_or_refuses_in_a_sentence_and_moves_nothing(kind, steps):
    param = nn.Parameter(torch.ones(2, 3))
    theirs = kind([param])
    for _ in range(steps):
        take_step(theirs, param)
    converted = set()
    for name, mine in make_all_ours(param).items():
        take_step(mine, param)
        before = copy.deepcopy((mine.state_dict(), dict(mine.state[param])))
        said = load(mine, copy.deepcopy(theirs.state_dict()))
        if said:
            assert_same((mine.state_dict(), dict(mine.state[param])), before)
        else:
            converted.add(name)
        take_step(mine, param)
    expected = {
        "SGD": {"SGD", "sgd:lr=0.01", "momentum:lr=0.01", "nesterov:lr=0.01"},  # at momentum 0
        "RMSprop": {"RMSprop", "rmsprop:lr=0.01"},
        "Adagrad": {"Adagrad", "adagrad:lr=0.01"},
        "Adadelta": {"Adadelta", "adadelta:lr=1"},
        "Adam": {"Adam", "AdamW", "adam:lr=0.001", "adam:lr=0.001,l2=0.1", "adam:lr=0.001,wd=0.01"},
        "AdamW": {"Adam", "AdamW", "adam:lr=0.001,wd=0.01"},
    }
    assert converted == expected.get(kind.__name__, set())


def test_every_pair_of_ours_converts_or_refuses_in_a_sentence():
    param = nn.Parameter(torch.ones(2, 3))
    for mine in make_all_ours(param).values():
        take_step(mine, param)
        for other in make_all_ours(param).values():
            if load(other, store(mine.state_dict())):
                assert not other.state
            take_step(other, param)


def list_bad_states() -> dict[str, tuple[Any, str]]:
    """What is wrong with a state of Adam's, and the sentence."""
    param = nn.Parameter(torch.ones(2, 3))
    optimizer = torch.optim.Adam([param])
    take_step(optimizer, param)
    good = optimizer.state_dict()

    def change(columns: dict[str, Any] | None = None, **keywords: Any) -> Any:
        bad = copy.deepcopy(good)
        bad["state"][0] |= columns or {}
        bad["param_groups"][0] |= keywords
        return bad

    listed = change() | {"state": {0: [1, 2]}}
    lacking, whole = change(), {"model": {}, "optimizer": good}
    del lacking["state"][0]["exp_avg_sq"]
    return {
        "another shape": (change({"exp_avg": torch.ones(3, 2)}), "exp_avg .* is 3 x 2, .* 2 x 3"),
        "a strange column": (change({"mu": torch.ones(1)}), "the loaded state has mu; Adam keeps"),
        "a column less": (lacking, "the loaded state has no exp_avg_sq, which Adam needs"),
        "a rate that is none": (change(lr=float("nan")), "lr must be at least 0 and finite, got"),
        "a memory of 1": (change(betas=(0.9, 1.0)), r"betas\[1\] must be at least 0 and below 1"),
        "gradients wanted": (change(differentiable=True), "does not support differentiable=True"),
        "amsgrad without its memory": (change(amsgrad=True), "has no max_exp_avg_sq, which Adam"),
        "a step that is none": (
            change({"step": torch.tensor(float("nan"))}),
            "step .* whole .* nan",
        ),
        "half a step": (change({"step": torch.tensor(0.5)}), "step .* whole number, got 0.5"),
        "a number": (change({"exp_avg": 3.0}), "exp_avg .* is a number, its parameter 2 x 3"),
        "a list": (listed, r"state of a parameter must be a dict, got \[1, 2\]"),
        "a group without params": (good | {"param_groups": [{"lr": 1}]}, "the .* has no params: "),
        "a whole checkpoint": (whole, "the loaded state has no state: load what an optimizer's"),
    }


@pytest.mark.parametrize("bad", list_bad_states())
def test_a_state_that_does_not_fit_is_refused_at_load_and_nothing_moves(bad):
    state, sentence = list_bad_states()[bad]
    param = nn.Parameter(torch.ones(2, 3))
    for mine in (ours.Adam([param], lr=0.3), ours.RuleOptimizer([param], ov.Adam(0.3))):
        take_step(mine, param)
        before = copy.deepcopy(mine.state_dict())
        with pytest.raises(ValueError, match=sentence):
            mine.load_state_dict(state)
        assert_same(mine.state_dict(), before)


def test_a_state_from_another_implementation_of_torchs_goes_on():
    param = nn.Parameter(torch.ones(2, 3))
    for flags in ({"fused": True}, {"foreach": True}):
        make: Any = torch.optim.Adam
        theirs, mine = make([param], **flags), ours.Adam([param])
        take_step(theirs, param)
        mine.load_state_dict(theirs.state_dict())
        take_step(mine, param)
        assert mine.state[param]["count"] == 2


def test_parameters_without_gradients_and_a_schedulers_own_keys_are_kept():
    for home, other in ((torch.optim, ours), (ours, torch.optim)):
        model, twin = net(), net()
        first = home.Adagrad(model.parameters(), initial_accumulator_value=0.5)
        scheduler = torch.optim.lr_scheduler.StepLR(first, 3, 0.5)
        train(model, first, 8, scheduler=scheduler)
        second = other.Adagrad(twin.parameters())
        again = torch.optim.lr_scheduler.StepLR(second, 3, 0.5)
        again.load_state_dict(scheduler.state_dict())
        second.load_state_dict(store(first.state_dict()))
        twin.load_state_dict(model.state_dict())
        first.zero_grad()
        twin.unused.weight.grad = model.unused.weight.grad = torch.ones(2, 2).double()
        for each, its, plan in ((model, first, scheduler), (twin, second, again)):
            its.step()
            train(each, its, 8, first=8, scheduler=plan)
        assert_same(twin.state_dict(), model.state_dict())


def test_a_loaded_state_is_not_shared_with_the_optimizer_that_saved_it():
    param = nn.Parameter(torch.ones(2, 3))
    theirs, mine = torch.optim.Adam([param]), ours.Adam([param])
    take_step(theirs, param)
    mine.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(mine.state_dict())
    before = copy.deepcopy(mine.state_dict())
    take_step(theirs, param)
    assert_same(mine.state_dict(), before)


def test_a_state_that_ours_saved_in_the_rules_own_words_still_loads():
    param = nn.Parameter(torch.ones(3))
    averages = {"grad_avg": torch.full((3,), 0.5), "sqr_avg": torch.full((3,), 0.25), "count": 7}
    defaults = ours.Adam([param]).defaults
    named = {"params": [0], **defaults, "lr": 0.3}
    own = {"params": [0], "lr": 0.3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "debias": True}
    for mine, group in (
        (ours.Adam([param]), named),
        (ours.RuleOptimizer([param], ov.Adam(0.1)), own),
    ):
        mine.load_state_dict({"state": {0: averages}, "param_groups": [group]})
        assert_same(dict(mine.state[param]), averages)
        assert mine.param_groups[0]["lr"] == 0.3
        take_step(mine, param)
        assert mine.state[param]["count"] == 8


def test_whatever_ours_saves_it_loads_again_even_where_a_number_is_0():
    param = nn.Parameter(torch.ones(3))
    for rule in (*RULES, ov.Momentum(beta1=0.0), ov.L2(ov.Nesterov(beta1=0.0), 0.0), ov.Adam(0.0)):
        mine, other = (ours.RuleOptimizer([param], each) for each in (rule, rule.with_lr(0.5)))
        take_step(mine, param)
        other.load_state_dict(store(mine.state_dict()))
        assert_same(other.state_dict(), mine.state_dict())
        take_step(other, param)
    for nothing in (None, 3, {}):
        with pytest.raises(ValueError, match="the loaded state has no state: load what"):
            ours.Adam([param]).load_state_dict(nothing)  # type: ignore[arg-type]


def test_a_rule_without_a_twin_saves_its_own_words_and_goes_on():
    param = nn.Parameter(torch.ones(3))
    mine = ours.RuleOptimizer([param], ov.RMSProp(0.1, lagged=True))
    take_step(mine, param)
    saved = store(mine.state_dict())
    assert saved["param_groups"][0]["lagged"] is True
    other = ours.RuleOptimizer([param], ov.RMSProp(0.2, lagged=True))
    other.load_state_dict(saved)
    assert_same(other.state_dict(), mine.state_dict())

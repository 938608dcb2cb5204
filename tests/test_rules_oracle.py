"""Every rule against its twin in torch.optim, in float64, on many surfaces, step by step and whole.

Decay twins: L2 is torch's `weight_decay`; Decoupled is AdamW for Adam, and for the other rules the
torch twin preceded by `p.mul_(1 - lr*wd)`.
"""

import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import optviz as ov
from optviz.problems.line import Line
from optviz.problems.surfaces import surface
from optviz.rules import RULES, Rule

STEPS = 1000
WD = 0.01
SURFACES = [
    surface(name)
    for name in (
        *("bowl", "ravine", "booth", "matyas", "kinked_valley", "two_wells", "rosenbrock"),
        *("beale", "himmelblau", "branin", "three_hump_camel", "six_hump_camel", "mccormick"),
        *("styblinski_tang", "rastrigin", "ackley", "griewank", "peaks"),
    )
]


class Twin(NamedTuple):
    """A rule and what makes the same steps in torch."""

    rule: Rule
    kind: type[torch.optim.Optimizer]
    keywords: dict[str, Any]
    columns: dict[str, str]
    """Columns of our state by the name that torch gives them."""
    zero_buffer: bool = False
    """Whether torch's momentum buffer must be set to zero first, or it starts as the gradient."""
    steps: int = STEPS
    """Fewer where a constant gradient leaves no variance: torch's own root is lost to rounding."""


MOMENTUM = {"momentum_buffer": "grad_avg"}
ADADELTA = {"square_avg": "sqr_avg", "acc_delta": "sqr_step_avg"}
ADAM = {"exp_avg": "grad_avg", "exp_avg_sq": "sqr_avg"}
CENTERED = {"square_avg": "sqr_avg", "grad_avg": "grad_avg"}
MOVING = {"square_avg": "sqr_avg", "momentum_buffer": "move_avg"}

TWINS = {
    "sgd": Twin(ov.SGD(1e-3), torch.optim.SGD, {"lr": 1e-3}, {}),
    "momentum": Twin(
        ov.Momentum(1e-3, 0.9), torch.optim.SGD, {"lr": 1e-3, "momentum": 0.9}, MOMENTUM
    ),
    "momentum damped": Twin(
        ov.Momentum(1e-2, 0.9, damped=True),
        torch.optim.SGD,
        {"lr": 1e-2, "momentum": 0.9, "dampening": 0.9},
        MOMENTUM,
        zero_buffer=True,
    ),
    "momentum dampening": Twin(
        ov.Momentum(1e-3, 0.8, dampening=0.3),
        torch.optim.SGD,
        {"lr": 1e-3, "momentum": 0.8, "dampening": 0.3},
        MOMENTUM,
    ),
    "nesterov": Twin(
        ov.Nesterov(1e-3, 0.9),
        torch.optim.SGD,
        {"lr": 1e-3, "momentum": 0.9, "nesterov": True},
        MOMENTUM,
    ),
    "adagrad": Twin(ov.Adagrad(0.1), torch.optim.Adagrad, {"lr": 0.1}, {"sum": "sqr_sum"}),
    "adadelta": Twin(
        ov.Adadelta(1.0, 0.99), torch.optim.Adadelta, {"lr": 1.0, "rho": 0.99}, ADADELTA
    ),
    "adadelta short memory": Twin(
        ov.Adadelta(1.0, 0.9), torch.optim.Adadelta, {"lr": 1.0, "rho": 0.9}, ADADELTA
    ),
    "rmsprop": Twin(
        ov.RMSProp(0.01, 0.9),
        torch.optim.RMSprop,
        {"lr": 0.01, "alpha": 0.9},
        {"square_avg": "sqr_avg"},
    ),
    "adagrad from a sum": Twin(
        ov.Adagrad(0.1, initial=0.3),
        torch.optim.Adagrad,
        {"lr": 0.1, "initial_accumulator_value": 0.3},
        {"sum": "sqr_sum"},
        steps=200,
    ),
    "adagrad slowing down": Twin(
        ov.Adagrad(0.1, eps=1e-3, initial=0.1, lr_decay=0.05),
        torch.optim.Adagrad,
        {"lr": 0.1, "eps": 1e-3, "initial_accumulator_value": 0.1, "lr_decay": 0.05},
        {"sum": "sqr_sum"},
        steps=200,
    ),
    "rmsprop centered": Twin(
        ov.RMSProp(1e-3, 0.9, 1e-2, centered=True),
        torch.optim.RMSprop,
        {"lr": 1e-3, "alpha": 0.9, "eps": 1e-2, "centered": True},
        CENTERED,
        steps=40,
    ),
    "rmsprop with momentum": Twin(
        ov.RMSProp(1e-3, 0.9, beta1=0.5),
        torch.optim.RMSprop,
        {"lr": 1e-3, "alpha": 0.9, "momentum": 0.5},
        MOVING,
        steps=200,
    ),
    "rmsprop centered with momentum": Twin(
        ov.RMSProp(1e-3, 0.9, 1e-2, beta1=0.5, centered=True),
        torch.optim.RMSprop,
        {"lr": 1e-3, "alpha": 0.9, "eps": 1e-2, "momentum": 0.5, "centered": True},
        CENTERED | MOVING,
        steps=20,
    ),
    "adam": Twin(ov.Adam(0.01), torch.optim.Adam, {"lr": 0.01}, ADAM),
    "adam short memory": Twin(
        ov.Adam(0.02, 0.7, 0.95, 1e-3),
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.7, 0.95), "eps": 1e-3},
        ADAM,
    ),
    "amsgrad": Twin(
        ov.Adam(0.02, 0.8, 0.9, amsgrad=True),
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.9), "amsgrad": True},
        ADAM | {"max_exp_avg_sq": "sqr_max"},
        steps=200,
    ),
}
"""The torch twin of each rule and spelling. The workbook's spellings have none: see below."""

DECAYS = ("no decay", "L2", "Decoupled")


class TorchTwin:
    """The torch side of a pair: steps taken on a tensor of float64."""

    def __init__(self, twin: Twin, decay: str, params: np.ndarray):
        keywords, kind = dict(twin.keywords), twin.kind
        self.shrink = 1.0
        if decay == "L2":
            keywords["weight_decay"] = WD
        elif decay == "Decoupled" and kind is torch.optim.Adam:
            kind, keywords["weight_decay"] = torch.optim.AdamW, WD
        elif decay == "Decoupled":
            self.shrink = 1 - keywords["lr"] * WD
        self.param = torch.nn.Parameter(torch.tensor(params))
        self.optimizer = kind([self.param], **keywords)
        if twin.zero_buffer:
            self.optimizer.state[self.param]["momentum_buffer"] = torch.zeros_like(self.param)

    @property
    def params(self) -> np.ndarray:
        return self.param.detach().numpy().copy()

    @torch.no_grad()
    def step(self, params: np.ndarray, grad: np.ndarray) -> np.ndarray:
        """The params after one step from these params."""
        self.param.copy_(torch.tensor(params))
        self.param.mul_(self.shrink)
        self.param.grad = torch.tensor(grad)
        self.optimizer.step()
        return self.params


def add_decay(rule: Rule, decay: str) -> Rule:
    return {"no decay": rule, "L2": ov.L2(rule, WD), "Decoupled": ov.Decoupled(rule, WD)}[decay]


def compute_grads(params: np.ndarray) -> np.ndarray:
    """The gradient of every surface at its own column of params."""
    return np.stack([each.grad(params[:, i]) for i, each in enumerate(SURFACES)], axis=1)


def draw_starts() -> np.ndarray:
    return np.stack([each.start for each in SURFACES], axis=1)


def measure_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest relative difference; numbers below 1 are compared as if they were 1."""
    return float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1.0)))


def test_every_rule_has_a_torch_twin():
    assert {type(twin.rule) for twin in TWINS.values()} == set(RULES.values())


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("name", TWINS)
def test_each_step_from_shared_params_equals_the_torch_twins(name, decay):
    twin, rule = TWINS[name], add_decay(TWINS[name].rule, decay)
    params = draw_starts()
    torch_twin, state = TorchTwin(twin, decay, params), rule.init(params)
    worst, compared = 0.0, 0
    for _ in range(twin.steps):
        grad = compute_grads(params)
        new, state = rule.update(params, grad, state)
        worst = max(worst, measure_error(new, torch_twin.step(params, grad)))
        compared += np.isfinite(new).sum()
        params = new
    assert compared == twin.steps * 2 * len(SURFACES)
    assert worst <= 1e-14
    for theirs, ours in twin.columns.items():
        average = torch_twin.optimizer.state[torch_twin.param][theirs].numpy()
        assert measure_error(getattr(state, ours), average) <= 1e-14


@pytest.mark.parametrize("decay", DECAYS)
def test_each_step_uphill_equals_the_torch_twins(decay):
    for name, twin in TWINS.items():
        uphill = twin._replace(keywords=twin.keywords | {"maximize": True})
        rule, params = ov.Maximize(add_decay(twin.rule, decay)), draw_starts()
        torch_twin, state = TorchTwin(uphill, decay, params), rule.init(params)
        for _ in range(30):
            grad = -compute_grads(params)
            new, state = rule.update(params, grad, state)
            assert measure_error(new, torch_twin.step(params, grad)) <= 1e-14, name
            params = new
        assert np.isfinite(params).all(), name


# These amplify rounding: near a minimum they divide a tiny gradient by the root of a short memory
# of tiny squares, so that the step stays large while its direction hangs on the last digits. When
# the start moves by one unit in the last place, torch's own path moves by up to 7e-2. Their steps,
# above, agree; a whole path cannot be held to more than torch holds itself to.
AMPLIFYING = {"adadelta short memory", "adam short memory"}
AMPLIFYING |= {name for name in TWINS if name.startswith("rmsprop")}
WHOLE = [name for name in TWINS if name not in AMPLIFYING]


def test_every_rule_but_rmsprop_is_held_to_whole_paths():
    assert {type(TWINS[name].rule) for name in WHOLE} == set(RULES.values()) - {ov.RMSProp}


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_path_equals_the_torch_twins(name, decay):
    twin, rule = TWINS[name], add_decay(TWINS[name].rule, decay)
    torch_twin = TorchTwin(twin, decay, draw_starts())
    theirs = [torch_twin.params]
    for _ in range(twin.steps):
        theirs.append(torch_twin.step(theirs[-1], compute_grads(theirs[-1])))
    ours = np.stack([ov.run(each, rule, twin.steps).path for each in SURFACES], axis=-1)
    assert ours.shape == (twin.steps + 1, 2, len(SURFACES))
    assert np.isfinite(ours).all()
    assert measure_error(ours, np.stack(theirs)) <= 1e-10


# -- the workbook's own spellings, which torch does not have ---------------------------------------


class Sheet:
    """A tab of the workbook: its cells as numbers, by the sheet's row and the column from 0."""

    def __init__(self, file: Path):
        with file.open(newline="") as lines:
            self.cells = list(csv.reader(lines))

    def number(self, row: int, column: int) -> float:
        return float(self.cells[row - 1][column])

    def rows(self, first: int, last: int, columns: tuple[int, int]) -> np.ndarray:
        rows = range(first, last + 1)
        return np.array([[self.number(row, column) for column in columns] for row in rows])


J, K, L, M = 9, 10, 11, 12
SHEETS = {
    "momentum": (lambda lr, beta: ov.Momentum(lr, beta, damped=True), (J,), ((J, K),)),
    "rmsprop": (lambda lr, beta: ov.RMSProp(lr, beta, eps=0.0, lagged=True), (J,), ((J, K),)),
    "adam": (
        lambda lr, beta1, beta2: ov.Adam(lr, beta1, beta2, eps=0.0, debias=False),
        (J, L),
        ((J, K), (L, M)),
    ),
}
"""Each tab's rule, the cells of row 1 with its betas, and the columns of its averages of (b, a)."""


@pytest.mark.reference
@pytest.mark.parametrize("tab", SHEETS)
def test_a_tab_of_the_workbook_is_reproduced_row_by_row(tab, reference):
    make_rule, betas, columns = SHEETS[tab]
    sheet = Sheet(reference / "workbook" / f"{tab}.csv")
    rule = make_rule(sheet.number(2, 3), *[sheet.number(1, column) for column in betas])
    kind = type(rule.init(np.zeros(2)))
    entry = [sheet.rows(3, 3, pair)[0] for pair in columns]
    state = kind(*entry, *[0] * (len(kind._fields) - len(entry)))
    start = [sheet.number(1, 2), sheet.number(2, 2)]
    ours = ov.run(Line(), rule, 29, start=start, state=state)
    pairs = [(ours.params, (2, 3)), (ours.grad, (5, 6)), (ours.new, (7, 8))]
    pairs += list(zip(ours.state.values(), columns, strict=False))
    for values, cells in pairs:
        np.testing.assert_allclose(values, sheet.rows(4, 32, cells), rtol=1e-12, atol=0)

"""The schedules against their twins in torch.optim.lr_scheduler, and what they refuse."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

import optviz as ov
from optviz.schedules import SCHEDULES, fit_schedule

LR = 0.37
STEPS = 120

TWINS = {
    "constant": (ov.Constant(), lambda sgd: lr_scheduler.ConstantLR(sgd, 1.0)),
    "step": (ov.Step(every=17, factor=0.3), lambda sgd: lr_scheduler.StepLR(sgd, 17, 0.3)),
    "step that grows": (ov.Step(50, 1.5), lambda sgd: lr_scheduler.StepLR(sgd, 50, 1.5)),
    "exponential": (ov.Exponential(0.97), lambda sgd: lr_scheduler.ExponentialLR(sgd, 0.97)),
    "warmup": (
        ov.LinearWarmup(steps=40, start=0.05),
        lambda sgd: lr_scheduler.LinearLR(sgd, 0.05, 1.0, total_iters=40),
    ),
    "cosine": (
        ov.Cosine(steps=STEPS),
        lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, T_max=STEPS),
    ),
    "cosine to an end": (
        ov.Cosine(steps=STEPS, end=0.1),
        lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, T_max=STEPS, eta_min=0.1 * LR),
    ),
    "onecycle": (
        ov.OneCycle(steps=STEPS + 1),
        lambda sgd: lr_scheduler.OneCycleLR(
            sgd, max_lr=LR, total_steps=STEPS + 1, cycle_momentum=False
        ),
    ),
    "onecycle with other settings": (
        ov.OneCycle(steps=STEPS + 1, peak=0.45, start=0.1, end=0.002),
        lambda sgd: lr_scheduler.OneCycleLR(
            sgd,
            max_lr=LR,
            total_steps=STEPS + 1,
            pct_start=0.45,
            div_factor=10,
            final_div_factor=50,
            cycle_momentum=False,
        ),
    ),
}


def torch_rates(make_scheduler) -> list[float]:
    """The learning rate that torch uses at steps 0 to STEPS."""
    param = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([param], lr=LR)
    scheduler, rates = make_scheduler(optimizer), []
    for _ in range(STEPS + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) <= STEPS:
            scheduler.step()
    return rates


def test_every_schedule_has_a_torch_twin():
    assert {type(ours) for ours, _ in TWINS.values()} == set(SCHEDULES.values())


@pytest.mark.parametrize("name", TWINS)
def test_a_schedule_equals_its_torch_twin_at_every_step(name):
    ours, make_scheduler = TWINS[name]
    rates = [LR * ours(step) for step in range(STEPS + 1)]
    np.testing.assert_allclose(rates, torch_rates(make_scheduler), rtol=1e-12, atol=1e-12 * LR)


@pytest.mark.parametrize(
    ("ours", "end"),
    [
        (ov.LinearWarmup(steps=40), 1.0),
        (ov.Cosine(steps=40), 0.0),
        (ov.Cosine(steps=40, end=0.2), 0.2),
        (ov.OneCycle(steps=41, end=0.01), 0.01),
    ],
    ids=str,
)
def test_a_schedule_holds_its_end_afterwards(ours, end):
    assert [ours(step) for step in (40, 41, 1000)] == pytest.approx([end] * 3, abs=1e-15)


@pytest.mark.parametrize("peak", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("steps", [1, 2, 3, 100])
def test_a_cycle_of_any_length_stays_between_its_ends_and_its_peak(steps, peak):
    cycle = ov.OneCycle(steps=steps, peak=peak)
    factors = [cycle(step) for step in range(steps + 2)]
    assert all(cycle.end <= factor <= 1 for factor in factors)
    assert factors[steps - 1] == pytest.approx(cycle.end)


@pytest.mark.parametrize("open_ended", [ov.Cosine(end=0.1), ov.OneCycle(peak=0.2)], ids=str)
def test_a_schedule_without_a_length_takes_the_runs(open_ended):
    filled = fit_schedule(open_ended, 77)
    assert isinstance(filled, type(open_ended))
    assert filled.steps == 77
    assert open_ended.steps is None


def test_a_schedule_with_a_length_keeps_it():
    assert fit_schedule(ov.Cosine(steps=10), 77) == ov.Cosine(steps=10)


def test_no_schedule_is_the_constant_one():
    assert fit_schedule(None, 77) == ov.Constant()


def test_any_function_of_the_step_is_a_schedule():
    lr = ov.run(ov.surface("bowl"), ov.SGD(0.1), 4, schedule=lambda step: 1 / (1 + step)).lr
    np.testing.assert_allclose(lr, [0.1, 0.05, 0.1 / 3, 0.025])


@pytest.mark.parametrize("not_callable", [3, "cosine"])
def test_what_cannot_be_called_is_refused(not_callable):
    with pytest.raises(ValueError, match="schedule must be a function of the step, got"):
        fit_schedule(not_callable, 10)


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (ov.Step, {"every": 0}, "every must be a whole number of at least 1, got 0"),
        (ov.Step, {"every": 2.5}, "every must be a whole number of at least 1, got 2.5"),
        (ov.Step, {"every": float("nan")}, "every must be a whole number of at least 1, got nan"),
        (ov.Step, {"every": None}, "every must be a whole number of at least 1, got None"),
        (ov.Step, {"factor": -0.1}, "factor must be at least 0 and finite, got -0.1"),
        (ov.Exponential, {"factor": float("inf")}, "factor must be at least 0 and finite, got inf"),
        (ov.Exponential, {"factor": "fast"}, "factor must be at least 0 and finite, got 'fast'"),
        (ov.LinearWarmup, {"steps": True}, "steps must be a whole number of at least 1, got True"),
        (ov.Cosine, {"steps": float("inf")}, "steps must be a whole number of at least 1, got inf"),
        (ov.Cosine, {"end": float("nan")}, "end must be at least 0 and finite, got nan"),
        (ov.OneCycle, {"peak": 0.0}, "peak must lie between 0 and 1, got 0.0"),
        (ov.OneCycle, {"peak": 1}, "peak must lie between 0 and 1, got 1.0"),
    ],
)
def test_a_bad_setting_is_refused_in_a_sentence(kind, settings, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        kind(**settings)

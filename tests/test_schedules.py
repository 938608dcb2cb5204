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
    "onecycle of three phases": (
        ov.OneCycle(steps=STEPS + 1, three_phase=True),
        lambda sgd: lr_scheduler.OneCycleLR(
            sgd, max_lr=LR, total_steps=STEPS + 1, three_phase=True, cycle_momentum=False
        ),
    ),
    "onecycle of three phases, the second without an end": (
        ov.OneCycle(steps=STEPS + 1, peak=0.6, start=0.1, end=0.002, three_phase=True),
        lambda sgd: lr_scheduler.OneCycleLR(
            sgd,
            max_lr=LR,
            total_steps=STEPS + 1,
            pct_start=0.6,
            div_factor=10,
            final_div_factor=50,
            three_phase=True,
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


@pytest.mark.parametrize("three_phase", [False, True])
def test_a_cycle_of_momentum_is_torchs_at_every_step(three_phase):
    for peak, base, top in ((0.3, 0.85, 0.95), (0.45, 0.0, 0.7)):
        cycle = ov.OneCycle(STEPS, peak, 0.04, 4e-6, three_phase, True, base, top)
        sgd = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR, momentum=0.5)
        scheduler = lr_scheduler.OneCycleLR(
            sgd,
            max_lr=LR,
            total_steps=STEPS,
            pct_start=peak,
            base_momentum=base,
            max_momentum=top,
            three_phase=three_phase,
        )
        for step in range(STEPS):
            (group,) = sgd.param_groups
            assert cycle.beta1(step) == pytest.approx(group["momentum"], rel=1e-14, abs=1e-15)
            assert LR * cycle(step) == pytest.approx(group["lr"], rel=1e-12)
            sgd.step()
            if step < STEPS - 1:
                scheduler.step()
    assert ov.OneCycle(STEPS).beta1(3) is None


CYCLED = {
    "momentum": (ov.Momentum(0.02), torch.optim.SGD, {"lr": 0.02, "momentum": 0.9}),
    "nesterov l2": (
        ov.L2(ov.Nesterov(0.02), 0.1),
        torch.optim.SGD,
        {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    "adam": (ov.Adam(0.1), torch.optim.Adam, {"lr": 0.1}),
    "rmsprop": (ov.RMSProp(0.01), torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9}),
}


def test_a_run_with_a_cycle_of_momentum_equals_torchs_and_so_does_its_fork():
    problem = ov.surface("ravine")
    for name, (rule, kind, keywords) in CYCLED.items():
        param = torch.nn.Parameter(torch.tensor(problem.start))
        optimizer = kind([param], **keywords)
        lr_cycle = {"max_lr": keywords["lr"], "total_steps": 60, "three_phase": True}
        scheduler, path = lr_scheduler.OneCycleLR(optimizer, **lr_cycle), [param.tolist()]
        for step in range(60):
            param.grad = torch.tensor(problem.grad(param.detach().numpy()))
            optimizer.step()
            path.append(param.tolist())
            if step < 59:
                scheduler.step()
        spec = f"{ov.specs.format_spec(rule)},schedule=onecycle(three_phase=yes,cycle_momentum=yes)"
        entry = ov.parse_spec(spec)
        made = ov.run(problem, entry.rule, 60, schedule=entry.schedule)
        np.testing.assert_allclose(made.path, path, rtol=1e-10, atol=1e-12, err_msg=name)
        forked = ov.fork(problem, made, 30, entry)
        np.testing.assert_array_equal(forked.path, made.path[30:])
        for step in (0, 30, 59):
            assert ov.explain(made, step).change.tolist() == made.update[step].tolist()


def test_a_cycle_of_momentum_is_refused_where_there_is_none_to_cycle():
    cycle, sentence = ov.OneCycle(cycle_momentum=True), "Adagrad has no beta1 to cycle: leave out"
    with pytest.raises(ValueError, match=sentence):
        ov.run(ov.surface("bowl"), ov.L2(ov.Adagrad(), 0.1), 5, schedule=cycle)
    with pytest.raises(ValueError, match=sentence):
        ov.parse_spec("adagrad:schedule=onecycle(cycle_momentum=yes)")


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
@pytest.mark.parametrize("three_phase", [False, True])
def test_a_cycle_of_any_length_stays_between_its_ends_and_its_peak(steps, peak, three_phase):
    cycle = ov.OneCycle(steps=steps, peak=peak, three_phase=three_phase)
    if three_phase and 2 * peak * steps - 2 > steps - 1:
        return  # torch's second phase does not end
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
        (ov.OneCycle, {"three_phase": 1}, "three_phase must be True or False, got 1"),
        (ov.OneCycle, {"base_momentum": 1}, "base_momentum must be at least 0 and below 1, got 1"),
        (ov.OneCycle, {"max_momentum": 0}, "max_momentum must be between 0 and 1, got 0"),
    ],
)
def test_a_bad_setting_is_refused_in_a_sentence(kind, settings, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        kind(**settings)

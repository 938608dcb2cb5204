"""Schedules raced: one rule, every schedule tuned alike, curves that are those of the runs."""

from typing import Any

import numpy as np
import pytest
import torch

from optviz import Line, Momentum, Noisy, run, surface
from optviz.schedules import SCHEDULES, Cosine
from optviz.sweeps import BaseWorkload, Workload, race, race_schedules
from optviz.sweeps.schedule_races import list_schedules
from optviz.sweeps.trials import set_trials

ROUGH = Workload(Noisy(surface("rosenbrock"), 0.5), steps=60)
SMALL: Any = {"trials": 6, "choosing": 3, "reporting": 10}
MADE = race_schedules(ROUGH, "momentum", **SMALL)


def test_every_named_schedule_races_at_the_same_budget():
    assert [each.partition("(")[0] for each in MADE.names] == list(SCHEDULES)
    assert MADE.race.evaluations == 6 * 6 * 13 * 60
    first = MADE.race.contestants[0]
    for each in MADE.race.contestants:
        assert each.space == first.space
        np.testing.assert_array_equal(each.values["lr"], first.values["lr"])
        np.testing.assert_array_equal(each.values["beta1"], first.values["beta1"])


def test_a_warm_up_is_no_unfairness_where_schedules_are_what_races():
    assert MADE.race.unfair == []
    two = race(ROUGH, ["sgd", "adam:schedule=warmup(steps=6)"], **SMALL)
    assert any("warm-up" in each for each in two.unfair)


def test_curves_end_where_the_race_says():
    for curve, score in zip(MADE.curves, MADE.race.scores[0], strict=True):
        np.testing.assert_array_equal(curve[-1], score.losses)


def test_each_curve_is_its_run_alone():
    starts = ROUGH.draw_starts(MADE.race.reporting)
    for place, rival in enumerate(MADE.race.contestants):
        trial = MADE.race.scores[0][place].trial
        rule = set_trials(rival.rule, {name: float(v[trial]) for name, v in rival.values.items()})
        alone = run(
            ROUGH.problem,
            rule,
            60,
            start=starts[:, 2],
            seed=MADE.race.reporting[2],
            schedule=rival.schedule,
        )
        curve = MADE.curves[place, :, 2]
        assert curve[: len(alone.losses)] == pytest.approx(alone.losses, rel=1e-12)


SCHEDULERS: dict[str, Any] = {
    "constant": lambda each: torch.optim.lr_scheduler.ConstantLR(each, 1.0),
    "step(every=15)": lambda each: torch.optim.lr_scheduler.StepLR(each, 15, 0.5),
    "exponential(factor=0.92612)": lambda each: torch.optim.lr_scheduler.ExponentialLR(
        each, 0.92612
    ),
    "warmup(steps=6)": lambda each: torch.optim.lr_scheduler.LinearLR(each, 0.1, 1.0, 6),
    "cosine": lambda each: torch.optim.lr_scheduler.CosineAnnealingLR(each, 60),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_learning_rates_are_those_of_torch(name):
    place = MADE.names.index(name)
    score, rival = MADE.race.scores[0][place], MADE.race.contestants[place]
    lr = float(rival.values["lr"][score.trial])
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
    scheduler, rates = SCHEDULERS[name](optimizer), []
    for _ in range(60):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert MADE.rates[place] == pytest.approx(rates, rel=1e-9)


def test_medians_and_bands_are_those_of_the_seeds():
    middle = MADE.curves[3, 40]
    low, high = MADE.bands[:, 3, 40]
    assert MADE.medians[3, 40] == np.median(middle)
    assert (middle <= high).sum() >= 7
    assert (middle >= low).sum() >= 7
    assert low <= MADE.medians[3, 40] <= high


def test_a_run_that_diverged_stays_so_in_its_curve():
    space = {"lr": (0.5, 1.0)}
    made = race_schedules(
        Workload(surface("rosenbrock"), 40), "sgd", ["constant", "cosine"], space=space, **SMALL
    )
    over = np.isinf(made.curves)
    assert over[:, -1].all()
    assert (np.diff(over.astype(int), axis=1) >= 0).all()
    assert not np.isnan(made.curves).any()
    assert "do not allow a winner" in made.conclude()


def test_a_falling_rate_wins_on_a_noisy_bowl_and_is_named():
    bowl = Workload(Noisy(surface("bowl"), 3.0), steps=150)
    made = race_schedules(bowl, "sgd", ["constant", "cosine"], space={"lr": (0.2, 0.21)}, **SMALL)
    assert made.winner == "cosine"
    assert made.conclude() == "cosine beats every other schedule here."
    assert made.conclude() in made.to_text()


@pytest.mark.parametrize("steps", [1, 3, 200])
def test_fitted_schedules_fit_any_budget(steps):
    kinds = [type(each) for each in list_schedules(steps)]
    assert kinds == list(SCHEDULES.values())
    exponential: Any = list_schedules(steps)[2]
    assert exponential(steps) == pytest.approx(0.01, rel=0.02)


def test_it_tells_itself():
    rows = MADE.rows()
    assert [each["schedule"] for each in rows] == list(MADE.names)
    assert rows[0]["tuned loss"] == MADE.race.scores[0][0].loss
    assert rows[0]["settings"].startswith("lr=")
    head = "Momentum on Rosenbrock, 60 steps, 6 schedules: 6 trials each, chosen by 3 seeds"
    assert head in MADE.to_text()
    assert repr(MADE).startswith("ScheduleRace(Rosenbrock")
    assert "<pre>" in MADE._repr_html_()


class Written(BaseWorkload):
    """A workload whose losses are not those of a problem."""

    title = "written"  # type: ignore[assignment]
    steps = 5
    find_levels = make_trials = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rule": "sgd:schedule=cosine"}, 'without a schedule, got "sgd:schedule=cosine"'),
        ({"rule": ["sgd", "adam"]}, "needs one rule"),
        ({"rule": "adm"}, 'no rule "adm"; nearest: adam'),
        ({"schedules": ["cosin", "constant"]}, 'no schedule "cosin"; nearest: cosine'),
        ({"schedules": ["cosine"]}, "a race of schedules needs two, got 1"),
        ({"schedules": "cosine"}, 'a list of schedules such as ["constant", "cosine"]'),
        ({"schedules": ["cosine", Cosine()]}, "each schedule races once, got cosine, cosine"),
        ({"schedules": ["constant", 3]}, "schedule must be a function of the step, got 3"),
        ({"space": {"beta2": (0, 0.9)}}, 'Momentum has no number "beta2"'),
        ({"reporting": 3}, "reporting must be a whole number of at least 10, got 3"),
        ({"workload": Written()}, "schedules race on a surface or a formula, got written"),
        ({"workload": Line()}, "draws samples"),
        ({"workload": "rosenbrock"}, "problem must be a problem such as"),
    ],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"workload": ROUGH, "rule": Momentum()} | SMALL | change
    with pytest.raises(ValueError) as told:
        race_schedules(given.pop("workload"), given.pop("rule"), **given)
    assert sentence in str(told.value)

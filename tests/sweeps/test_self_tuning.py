"""Rules that tune themselves: every step is on the clock, and no seed chooses for another."""

from typing import Any

import numpy as np
import pytest

from optviz import Noisy, surface
from optviz.sweeps import Workload, race
from optviz.sweeps.contestants import make_contestants
from optviz.sweeps.self_tuning import CLOCK, plan_rounds, tune_itself

RAVINE = Workload(Noisy(surface("ravine"), 0.1), steps=80)
SMALL: Any = {"trials": 8, "reporting": 10}


@pytest.mark.parametrize(
    ("trials", "steps"), [(1, 50), (2, 50), (8, 200), (20, 200), (64, 100), (90, 1)]
)
def test_the_whole_budget_is_spent_and_no_more(trials, steps):
    plan, last = plan_rounds(trials, steps)
    assert sum(count * length for count, length in plan) + last == CLOCK * steps
    assert all(count >= 1 and length >= 1 for count, length in plan)
    assert [count for count, _ in plan] == sorted((count for count, _ in plan), reverse=True)
    assert last >= CLOCK * steps / 2


def test_a_table_of_rounds_made_by_hand():
    assert plan_rounds(8, 200) == ([(8, 12), (4, 25), (2, 50)], 600 - 96 - 100 - 100)


def test_the_rounds_are_those_made_one_by_one():
    seeds = (3, 4)
    [rival, _] = make_contestants(["momentum", "sgd"], {}, 8, 0)
    levels = RAVINE.find_levels(seeds)
    made = tune_itself(RAVINE, rival, seeds, levels)
    plan, last = plan_rounds(8, RAVINE.steps)
    targets = RAVINE.find_targets(levels)
    for place, seed in enumerate(seeds):
        left, clock, first = list(range(8)), 0, np.full(3, np.inf)
        for count, steps in plan:
            losses = {}
            for trial in left[:count]:
                short = Workload(RAVINE.problem, steps)
                one = short.make_trials(rival, [trial], [seed], levels)
                losses[trial] = one.final[0, 0]
                first = np.minimum(first, clock + one.reached[:, 0, 0])
                clock += steps
            left = sorted(left[:count], key=lambda each: losses[each])[: -(-count // 2)]
        end = Workload(RAVINE.problem, last).make_trials(rival, left[:1], [seed], levels)
        first = np.minimum(first, clock + end.reached[:, 0, 0])
        assert made.final[place, 0] == end.final[0, 0]
        assert made.reached[:, place, 0].tolist() == first.tolist()
    assert len(targets) == 3


def test_a_race_of_rules_that_tune_themselves_has_no_seeds_that_choose():
    made = race(RAVINE, ["sgd", "momentum", "adam"], tuning="self", **SMALL)
    assert made.choosing == ()
    assert len(made.reporting) == 10
    assert made.unfair == []
    assert made.evaluations == 3 * 10 * CLOCK * 80
    assert {each["settings"] for each in made.rows()} == {"its own choice with each seed"}
    assert "by itself with each of 10 seeds, on 3 times the steps" in made.to_text()
    assert made.trial_rows() == []


def test_the_clock_makes_targets_later_than_runs_tuned_from_outside():
    outside = race(RAVINE, ["sgd", "momentum"], **SMALL)
    itself = race(RAVINE, ["sgd", "momentum"], tuning="self", **SMALL)
    for one, other in zip(outside.rows(), itself.rows(), strict=True):
        assert one["steps to middle"] < other["steps to middle"]


def test_another_way_of_tuning_gets_a_sentence():
    with pytest.raises(ValueError, match='tuning must be "outside" or "self", got \'both\''):
        race(RAVINE, ["sgd", "momentum"], tuning="both", **SMALL)


def test_the_rows_of_trials_hold_every_setting_and_no_interval():
    made = race(RAVINE, ["sgd", "momentum"], trials=4, choosing=3, reporting=10)
    rows = made.trial_rows()
    assert len(rows) == 2 * 4
    first = rows[0]
    assert first["lr"] == made.contestants[0].values["lr"][0]
    assert first["median loss"] == np.median(made.results[0][0].final[:, 0])

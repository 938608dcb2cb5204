"""The choice of settings on other seeds than those that report."""

import numpy as np
import pytest

from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies import StudyError, Watch, average
from optviz.recommenders.studies.descent import build_problem, draw_weights, split_twice
from optviz.recommenders.studies.tuning import (
    TUNING_SEEDS,
    draw_trials,
    fit_steps,
    is_close,
    spell_range,
    tune_and_report,
)
from optviz.rules import L2, Adam
from optviz.runs.loop import run
from optviz.schedules import Cosine
from tests.support.movielens_made import made_ratings


def test_trials_fill_the_logarithms_of_their_ranges_evenly():
    made = draw_trials(64, lr=(1e-4, 1.0), l2=(1e-6, 1e-2))
    logs = np.log10([[each["lr"], each["l2"]] for each in made])
    counts, *_ = np.histogram2d(*logs.T, bins=4, range=[[-4, 0], [-6, -2]])
    assert counts.min() >= 2
    assert counts.sum() == 64


def test_the_best_trial_on_the_tuning_seeds_reports_on_the_others():
    seen = []

    def fit(halves, seed, lr):
        seen.append((halves, seed, lr))
        return {"last": (lr - 3) ** 2 + (100 if halves == "report" and lr == 3 else 0)}

    trials = [{"lr": each} for each in (1, 3, 5)]
    rows = tune_and_report(("tuning", "report"), [7, 8], trials, fit)  # type: ignore[arg-type]
    assert seen[-2:] == [("report", 7, 3), ("report", 8, 3)]
    assert {seed for halves, seed, _ in seen if halves == "tuning"} == set(TUNING_SEEDS)
    assert [row["last"] for row in rows if row["part"] == "report"] == [100, 100]


def test_with_a_share_each_seed_chooses_among_trials_of_its_own():
    trials = [{"lr": each} for each in range(12)]
    rows = tune_and_report(
        ("tuning", "report"),  # type: ignore[arg-type]
        range(20),
        trials,
        lambda _halves, _seed, lr: {"last": float(lr)},
        share=0.5,
    )
    chosen = [row["lr"] for row in rows if row["part"] == "report"]
    assert min(chosen) == 0
    assert len(set(chosen)) > 2
    assert max(chosen) <= 6  # the best of six of twelve


def test_a_seed_that_settings_are_chosen_on_is_refused():
    with pytest.raises(StudyError, match="seed 1001 is one that settings are chosen on"):
        tune_and_report(("tuning", "report"), [1, 1001], [{"lr": 1}], lambda *_, **__: {"last": 0})  # type: ignore[arg-type]


def test_ratings_of_the_report_have_no_part_in_the_choice():
    tuning, report = split_twice(made_ratings())

    def pairs(ratings):
        return set(zip(ratings.user.tolist(), ratings.movie.tolist(), strict=True))

    assert not (pairs(tuning.train) | pairs(tuning.valid)) & pairs(report.valid)
    assert pairs(tuning.train) | pairs(tuning.valid) == pairs(report.train)


def test_steps_are_those_of_run():
    halves = split_twice(made_ratings())[1]
    rule, schedule = L2(Adam(lr=0.05), 0.001), Cosine()
    found = fit_steps(halves, rule, schedule, 30, 16, 3, Watch())
    problem = build_problem(DotBias, halves.train, 16, bounds=(1.0, 5.0))
    start = draw_weights(problem.size, 3)
    end = run(problem, rule, 30, start=start, seed=3, schedule=schedule, keep="ends").path[-1]
    valid = build_problem(DotBias, halves.valid, 16, bounds=(1.0, 5.0))
    assert found["last"] == pytest.approx(valid.loss(end), rel=1e-6)


def test_an_error_that_is_not_finite_counts_as_infinite():
    halves = split_twice(made_ratings())[1]
    assert fit_steps(halves, Adam(lr=1e38), None, 5, 16, 0, Watch())["last"] == np.inf


def test_intervals_overlap_or_not():
    assert is_close(average([1.0, 2.0]), average([1.5, 2.5]))
    assert not is_close(average([1.0, 1.01]), average([2.0, 2.01]))


def test_a_range_of_values_is_spelled():
    assert spell_range([0.02, 0.005, 0.01]) == "0.005 to 0.02"
    assert spell_range([0.02, 0.02]) == "0.02"

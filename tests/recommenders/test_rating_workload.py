"""The rating model in a race: trials are the trainings one by one, judged on held back ratings."""

from typing import Any

import numpy as np
import pytest

from optviz import Adam, Cosine, run
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.rating_workload import RatingWorkload
from optviz.recommenders.training.preparation import split_ratings
from optviz.sweeps import race
from optviz.sweeps.contestants import make_contestants
from optviz.sweeps.trials import set_trials
from optviz.sweeps.workloads import Levels
from tests.support.embeddings_made import genre_ratings

LOAD = RatingWorkload(genre_ratings(30, 20), steps=30, batch=16, factors=3)
LEVELS = Levels(0.5, 3.0)


def find_rival(text="adam"):
    return make_contestants([text, "sgd"], {}, 4, 0)[0]


def test_each_trial_is_its_training_alone():
    rival = find_rival("adam:schedule=cosine")
    made = LOAD.make_trials(rival, [3, 1], [5, 6], LEVELS)
    for row, seed in enumerate([5, 6]):
        training, held = LOAD.make_problems(seed)
        for column, trial in enumerate([3, 1]):
            rule = set_trials(Adam(), {n: float(v[trial]) for n, v in rival.values.items()})
            alone = run(training, rule, 30, seed=seed, schedule=Cosine())
            assert made.final[row, column] == held.loss(alone.path[-1])


def test_a_target_is_reached_where_a_look_first_sees_it():
    rival = find_rival()
    training, held = LOAD.make_problems(2)
    rule = set_trials(Adam(), {n: float(v[2]) for n, v in rival.values.items()})
    path = run(training, rule, 30, seed=2).path
    looks = {step: float(held.loss(path[step])) for step in range(0, 31, 3)}
    target = sorted(looks.values())[4]
    made = LOAD.make_trials(rival, [2], [2], Levels(target, target))
    first = next(step for step, loss in looks.items() if loss <= target)
    assert made.reached[:, 0, 0].tolist() == [first] * 3


def test_every_seed_has_its_own_split_weights_and_order():
    one, other = LOAD.make_problems(1), LOAD.make_problems(2)
    rows: list[Any] = [each.rows for each in (*one, *other)]
    assert not np.array_equal(rows[0], rows[2])
    assert not np.array_equal(one[0].start, other[0].start)
    assert set(rows[0]) & set(rows[1]) == set()


def test_the_hard_target_is_the_loss_of_the_bias_only_model():
    levels = LOAD.find_levels([4, 5, 6])
    assert LOAD.find_targets(levels)[2] == bias_only(*split_ratings(LOAD.data, 4, 0.2)).mse
    assert levels.first == pytest.approx(
        np.median([h.loss(h.start) for _, h in map(LOAD.make_problems, [4, 5, 6])])
    )


def test_a_training_that_leaves_the_finite_numbers_is_a_loss_and_no_crash():
    wild: Any = {"SGD": {"lr": (1e200, 1e300)}}
    [_, rival] = make_contestants(["adam", "sgd"], wild, 2, 0)
    loose = RatingWorkload(LOAD.data, steps=6, batch=16, factors=3)
    training, held = loose.make_problems(0)
    for each in training, held:
        each.bounds = None
    rule = set_trials(rival.rule, {"lr": 1e300})
    assert loose.train(rule, None, 0, training, held)[6] == np.inf


def test_rules_race_on_ratings_with_the_same_result_anywhere(tmp_path):
    few: Any = {"trials": 3, "choosing": 2, "reporting": 10}
    made = race(LOAD, ["sgd", "adam"], store=tmp_path / "kept.sqlite", **few)
    assert made.rows() == race(LOAD, ["adam", "sgd"], **few).rows()[::-1]
    assert made.rows()[0]["workload"] == "ratings of made"


@pytest.mark.parametrize("name", ["steps", "batch", "factors"])
def test_counts_that_are_none_are_refused(name):
    changed: Any = {name: 0}
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1, got 0"):
        RatingWorkload(LOAD.data, **changed)

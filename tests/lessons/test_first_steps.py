"""What six races of the lessons show, in numbers."""

from dataclasses import replace

import numpy as np
import pytest

from optviz.experiments.surface import Experiment
from optviz.lessons.library import read_library

PLACES = [("momentum", 1), ("saddle", 1), ("starts", 1), ("noise", 1)]
PLACES += [("learning_rate", 2), ("adam", 4)]
RAVINE, SADDLE, WELLS, NOISE, TOO_HIGH, AGAINST = (
    read_library()[name].steps[part - 1].shown.experiment or Experiment() for name, part in PLACES
)


def runs(experiment):
    return list(experiment.perform().trajectories.values())


def arrives(trajectory, target):
    """The first step from which the loss stays at or below the target; past the end if none."""
    return int(np.flatnonzero(~(trajectory.losses <= target))[-1]) + 1


def test_in_the_ravine_momentum_stays_below_the_target_in_a_third_of_the_steps():
    comparison = RAVINE.perform()
    sgd, momentum = [arrives(run, comparison.target) for run in comparison.trajectories.values()]
    assert momentum <= sgd / 3
    assert sgd < RAVINE.steps


def test_adam_leaves_the_map_of_the_saddle_while_sgd_is_on_the_saddle():
    sgd, adam = runs(SADDLE)
    assert abs(adam.end[1]) >= SADDLE.surface().window[1][1]
    assert np.linalg.norm(sgd.end) < 0.1


def test_momentum_rolls_out_of_the_well_that_keeps_sgd():
    sgd, momentum = runs(WELLS)
    shallow, deep = sgd.end, np.array(WELLS.surface().minima[0])
    assert np.linalg.norm(shallow - deep) > 1
    assert np.linalg.norm(momentum.path - shallow, axis=1).min() < 0.2
    assert np.linalg.norm(momentum.end - deep) < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_only_the_falling_lr_comes_to_rest_in_noise(seed):
    constant, falling = runs(replace(NOISE, seed=seed))
    moves = [np.linalg.norm(np.diff(run.path[-20:], axis=0), axis=1) for run in (constant, falling)]
    assert moves[0].min() > 5 * moves[1][-5:].max()


def test_too_high_an_lr_makes_every_zigzag_wider():
    slow, right, high = [run.losses for run in runs(TOO_HIGH)]
    assert (np.diff(high[2:]) > 0).all()
    assert right[-1] < 0.01 < slow[-1]


def test_rotation_takes_adams_advantage():
    sgd, adam = [run.losses[-1] for run in runs(AGAINST)]
    assert adam < 1e-6 < 0.1 < sgd
    turned = replace(AGAINST, parameters=(("condition", 1000.0), ("rotation", 0.785)))
    sgd, adam = [run.losses[-1] for run in runs(turned)]
    assert adam > sgd

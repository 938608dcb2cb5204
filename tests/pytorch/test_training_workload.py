"""The training of a module as a workload: the trials of a race are single trainings."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from optviz.extras import MissingPackageError
from optviz.pytorch import training_workload
from optviz.pytorch.batched_training import train_many
from optviz.pytorch.training_workload import TrainingWorkload, digits_net
from optviz.runs.store import make_key
from optviz.sweeps import Here, race
from optviz.sweeps.contestants import make_contestants
from optviz.sweeps.trials import set_trials

MSE = nn.functional.mse_loss
SEEDS = 5, 2, 9


def make_data(rows):
    inputs = torch.randn(rows, 3, generator=torch.Generator().manual_seed(rows)).double()
    return inputs, torch.sin(inputs).sum(1, keepdim=True)


def make_net():
    return nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1)).double()


def make_workload(**more):
    return TrainingWorkload(
        make_net, MSE, make_data(60), **({"valid": make_data(20), "steps": 30, "batch": 10} | more)
    )


def make_rival(trials=6, **more):
    spaces = {"Momentum": {"lr": (1e-3, 0.05), "beta1": (0.5, 0.9)} | more}
    return make_contestants(["momentum", "sgd"], spaces, trials, 0)[0]


def test_trials_are_single_trainings():
    workload, rival = make_workload(), make_rival()
    levels = workload.find_levels(SEEDS)
    made = workload.make_trials(rival, range(6), SEEDS, levels)
    for trial in range(6):
        own = {name: float(each[trial]) for name, each in rival.values.items()}
        for row, seed in enumerate(SEEDS):
            alone = train_many(
                make_net,
                MSE,
                make_data(60),
                set_trials(rival.rule, own),
                30,
                seeds=[seed],
                batch=10,
                valid=make_data(20),
                evaluations=15,
                engine="loop",
            )
            assert made.final[row, trial] == pytest.approx(alone.final[0, 0], rel=1e-9)
            for place, target in enumerate(workload.find_targets(levels)):
                assert made.reached[place, row, trial] == alone.find_first(target)[0, 0]
    assert 0 < np.isfinite(made.reached).sum() < made.reached.size


def test_the_order_of_trials_and_seeds_does_not_matter():
    workload, rival = make_workload(), make_rival()
    levels = workload.find_levels(SEEDS)
    made = workload.make_trials(rival, range(6), SEEDS, levels)
    turned = workload.make_trials(rival, [5, 0, 3], SEEDS[::-1], levels)
    np.testing.assert_allclose(turned.final, made.final[::-1, [5, 0, 3]], rtol=1e-9)
    np.testing.assert_array_equal(turned.reached, made.reached[:, ::-1, [5, 0, 3]])


def test_a_trial_that_leaves_the_finite_numbers_is_infinite():
    workload, rival = make_workload(), make_rival(lr=(1e-3, 1e30))
    made = workload.make_trials(rival, range(6), SEEDS, workload.find_levels(SEEDS))
    is_wild = rival.values["lr"] > 1e10
    assert is_wild.any()
    assert np.isposinf(made.final[:, is_wild]).all()
    assert np.isfinite(made.final[:, rival.values["lr"] < 0.05]).all()
    assert np.isposinf(made.reached[:, :, is_wild]).all()


def test_the_levels_are_no_loss_and_the_median_first_loss():
    workload, (inputs, targets) = make_workload(), make_data(20)
    firsts = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        firsts.append(float(MSE(make_net()(inputs), targets).detach()))
    lowest, first = workload.find_levels(SEEDS)
    assert lowest == 0
    assert first == pytest.approx(np.median(firsts), rel=1e-12)


def test_a_workload_travels_and_its_key_tells_its_content():
    workload = make_workload()
    other: Any = pickle.loads(pickle.dumps(workload))  # noqa: S301
    rival, levels = make_rival(2), workload.find_levels(SEEDS)
    own, theirs = (each.make_trials(rival, [0, 1], SEEDS, levels) for each in (workload, other))
    np.testing.assert_array_equal(own.final, theirs.final)
    key = make_key(workload)
    assert make_key(other) == key
    changed = [
        replace(workload, steps=31),
        replace(workload, valid=make_data(21)),
        replace(workload, make_module=training_workload.make_digits_net),
    ]
    assert len({key, *map(make_key, changed)}) == 4


def test_a_race_finds_its_trials_in_the_store(tmp_path, monkeypatch):
    given: Any = {"trials": 3, "choosing": 2, "reporting": 10, "executor": Here()}
    given["store"] = tmp_path / "trials.sqlite"
    first = race(make_workload(), ["sgd", "adam"], **given)
    assert {row["workload"] for row in first.rows()} == {"make_net"}
    levels = make_workload().find_levels([*first.choosing, *first.reporting])
    monkeypatch.setattr(TrainingWorkload, "make_trials", None)
    monkeypatch.setattr(TrainingWorkload, "find_levels", lambda *_: levels)
    assert race(make_workload(), ["sgd", "adam"], **given).rows() == first.rows()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"make_module": lambda: make_net()}, "make_module cannot be sent to another process: wr"),
        ({"loss_fn": lambda a, b: MSE(a, b)}, "loss_fn cannot be sent to another process: write"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"looks": 1.5}, "looks must be a whole number of at least 1"),
        ({"valid": make_data(3)[0]}, r"valid must be \(inputs, targets\), got a Tensor"),
    ],
    ids=["a lambda", "a lambda as loss", "no steps", "half a look", "no targets"],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"make_module": make_net, "loss_fn": MSE, "data": make_data(9)} | change
    with pytest.raises(ValueError, match=sentence):
        TrainingWorkload(**given)


def test_the_net_on_digits_learns():
    workload = digits_net(steps=200)
    held: Any = workload.valid
    assert [len(each) for each in (*workload.data, *held)] == [1437, 1437, 360, 360]
    assert len(torch.unique(torch.cat([workload.data[0], held[0]]), dim=0)) == 1797
    made = workload.train("adam:lr=0.01", 200, 5, [0, 1])
    assert made.losses[0, :, 0] == pytest.approx(np.log(10), abs=0.15)
    assert (made.final < 0.25).all()
    assert workload.title == "digits"


def test_without_scikit_learn_the_digits_say_what_to_install(monkeypatch):
    monkeypatch.setattr(training_workload, "find_spec", lambda _: None)
    sentence = r'the net on digits needs scikit-learn: pip install "optviz\[dev\]"'
    with pytest.raises(MissingPackageError, match=sentence):
        digits_net()

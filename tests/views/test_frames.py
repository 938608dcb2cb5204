"""Every chart of runs: a run that diverges leaves the frame, with a note, and the others stay."""

import numpy as np
import pytest

from optviz import Experiment, views
from optviz.views.parameter_curves import build_state_parts

RACE = Experiment(
    problem="bowl",
    rules=("momentum:lr=0.05", "momentum:lr=2.2", "nesterov:lr=2.4", "adam:lr=0.05"),
    steps=300,
)
"""Two of four go off, one of them beyond all numbers."""
RUNS = list(RACE.perform().trajectories.values())
CALM = [RUNS[0], RUNS[3]]
DRAWN = {
    "losses": views.losses,
    "distances": lambda runs: views.distances(runs, RACE.surface().minima),
    "state": views.state,
}


def list_ranges(figure):
    """Return the ends of each vertical axis that has a range, in values."""
    for name, axis in figure.to_dict()["layout"].items():
        if name.startswith("yaxis") and "range" in axis:
            ends = np.array(axis["range"], dtype=float)
            yield 10**ends if axis.get("type") == "log" else ends


@pytest.mark.parametrize("name", DRAWN)
def test_most_runs_may_diverge_and_the_others_keep_the_frame(name):
    tops = [high for _, high in list_ranges(DRAWN[name](RUNS))]
    assert tops
    assert max(tops) < 1e4


@pytest.mark.parametrize("name", DRAWN)
def test_each_run_that_leaves_is_named_once_at_an_edge(name):
    notes = [each["text"] for each in DRAWN[name](RUNS).to_dict()["layout"]["annotations"]]
    words = "<br>".join(each for each in notes if "off the chart" in each)
    assert words.count("Momentum lr=2.2: off the chart") == 1
    assert words.count("Nesterov lr=2.4: diverged at step 174") == 1
    assert "lr=0.05" not in words


def test_healthy_runs_stay_in_the_frame_however_far_apart_they_are():
    """Effective learning rates differ by six decades where gradients do: nothing leaves."""
    figure = views.rates(Experiment(rules=("sgd:lr=0.001", "adam:lr=0.05")).perform().trajectories)
    assert not any("chart" in each["text"] for each in figure.to_dict()["layout"]["annotations"])
    assert not list(list_ranges(figure))


def test_a_fork_that_brings_a_diverged_run_back_does_not_widen_the_frame():
    forked = Experiment(problem="bowl", rules=RACE.rules, steps=300, forks=("2@100:sgd:lr=0.1",))
    runs = list(forked.perform().trajectories.values())
    (ends,) = list_ranges(views.losses(runs))
    assert ends[1] < 1e4


def test_more_runs_than_a_note_has_lines_are_counted():
    many = Experiment(
        problem="bowl", rules=("sgd:lr=0.1", *[f"sgd:lr={1.1 + i / 10}" for i in range(9)])
    )
    figure = views.losses(many.perform().trajectories).to_dict()
    (note,) = figure["layout"]["annotations"]
    assert note["text"].count("<br>") == 3
    assert note["text"].endswith("▲ 6 more runs leave the chart")


def test_a_run_at_rest_judges_nobody():
    runs = Experiment(
        problem="bowl", rules=("sgd:lr=1e-12", "sgd:lr=0.1", "sgd:lr=0.2,maximize=yes"), steps=3
    )
    figure = views.losses(runs.perform().trajectories).to_dict()
    assert not figure["layout"].get("annotations")


def test_a_value_that_no_browser_draws_is_a_gap_on_a_linear_axis():
    panels = build_state_parts(RUNS)["data"]
    linear = [each for each in panels if each["yaxis"] in ("y", "y2")]
    assert all(np.nanmax(np.abs(each["y"])) < 1e32 for each in linear)
    assert max(np.nanmax(np.abs(run.state["grad_avg"])) for run in RUNS) > 1e100


def test_the_name_of_the_target_stands_clear_of_a_note():
    texts = [
        views.losses(runs, target=5.0).to_dict()["layout"]["shapes"][0]["label"]["textposition"]
        for runs in (RUNS, CALM)
    ]
    assert texts == ["start", "end"]

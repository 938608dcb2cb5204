"""Performance profiles and learning rates of a race: against tables made by hand."""

from typing import Any

import numpy as np
import pytest

from optviz import surface
from optviz.sweeps import race
from optviz.sweeps.scores import measure_profiles
from optviz.views import profile_figure, sensitivity_figure
from optviz.views.drawing.theme import THEMES
from optviz.views.profiles import measure_ratios, trace_profile


@pytest.fixture(scope="module")
def held():
    problems = [surface("ravine"), surface("himmelblau")]
    return race(problems, ["sgd", "momentum", "adam"], trials=8, choosing=2, reporting=10)


def test_ratios_are_the_steps_over_the_fewest_of_each_problem():
    steps = np.array([[10.0, 20.0], [np.inf, 30.0], [np.inf, np.inf], [0.0, 2.0]])
    expected = [[1, 2], [np.inf, 1], [np.inf, np.inf], [1, 2]]
    np.testing.assert_array_equal(measure_ratios(steps), expected)


def test_a_profile_rises_where_problems_are_solved():
    x, y = trace_profile(np.array([1.0, 2.0, 2.0, np.inf]))
    np.testing.assert_array_equal(x, [1, 2, 4])
    np.testing.assert_array_equal(y, [0.25, 0.75, 0.75])


def test_the_area_under_each_line_is_the_profile_of_the_table(held):
    lines: Any = profile_figure(held).data
    areas = [float((np.diff(line.x) * np.array(line.y)[:-1]).sum()) / 3 for line in lines]
    np.testing.assert_allclose(areas, held.standing.profiles)
    assert [line.name for line in lines] == list(held.labels)


def test_the_area_agrees_with_the_scores_on_any_table():
    steps = np.random.default_rng(0).integers(1, 50, (30, 4)).astype(float)
    steps[steps > 40] = np.inf
    areas = []
    for ratios in measure_ratios(steps).T:
        x, y = trace_profile(ratios)
        areas.append((np.diff(x) * y[:-1]).sum() / 3)
    np.testing.assert_allclose(areas, measure_profiles(steps))


def test_every_trial_stands_at_its_learning_rate_with_its_loss(held):
    traces: Any = sensitivity_figure(held).data
    assert len(traces) == 2 * 3
    rows = held.trial_rows()
    for trace in traces[:3]:
        mine = [each for each in rows if (each["workload"], each["rule"]) == ("Ravine", trace.name)]
        np.testing.assert_array_equal(trace.x, [each["lr"] for each in mine])
        losses = np.array([each["median loss"] for each in mine])
        drawn = np.array(trace.y)
        assert np.isfinite(drawn).all()
        np.testing.assert_array_equal(drawn[drawn < drawn.max()], losses[drawn < drawn.max()])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_figures_are_drawn_in_both_themes(held, theme):
    for draw in (profile_figure, sensitivity_figure):
        figure: Any = draw(held, theme=theme)
        assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].page

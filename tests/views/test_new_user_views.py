"""Facts about the figures of a new user: the surface, the path, the optimum, the intervals."""

from typing import Any

import numpy as np
import pytest

from optviz.recommenders import slice_new_user
from optviz.recommenders.new_users.asking import trace_answers
from optviz.views import interval_bars, interval_widths, new_user_surface
from tests.support.cases import every
from tests.support.recommenders_made import made_model

MINE = {"Movie A (1990)": 5, 20: 1, "Movie C (1992)": 4}


def list_traces(figure: Any) -> list[Any]:
    return list(figure.data)


def name_traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


@every("rule", ["adam:lr=0.05", "sgd:lr=0.2", None])
def test_every_loss_on_the_surface_is_the_problem_s_own(rule):
    someone = made_model().new_user(MINE, rule)
    cut = slice_new_user(someone, size=9)
    for row, column in [(0, 0), (4, 7), (8, 3)]:
        point = cut.plane.point([cut.alphas[column], cut.betas[row]])
        assert cut.losses[row, column] == pytest.approx(someone.problem.loss(point), rel=1e-12)
    coords, off = cut.plane.project(np.stack([someone.problem.mean, someone.optimum]))
    assert off.max() < 1e-6
    assert (cut.alphas[0] < coords[:, 0]).all()
    assert (coords[:, 0] < cut.alphas[-1]).all()
    assert cut.losses.min() >= someone.problem.loss(someone.optimum)


def test_the_surface_shows_path_start_and_optimum_and_says_what_is_off_it():
    someone = made_model().new_user(MINE, "adam:lr=0.05", steps=30)
    cut = slice_new_user(someone, size=15)
    figure: Any = new_user_surface(someone, cut)
    traces = name_traces(figure)
    star = traces["the optimum"]
    place = cut.plane.project(someone.optimum)[0][0]
    assert (star.marker.symbol, star.x[0], star.y[0]) == ("star", *place)
    assert traces["the mean user"].x[0] == pytest.approx(0, abs=1e-12)
    path = next(trace for trace in list_traces(figure) if trace.name == "Adam lr=0.05")
    assert len(path.x) == 31
    assert someone.trajectory is not None
    off = cut.plane.project(someone.trajectory.path)[1]
    words = figure.layout.title.subtitle.text.replace("<br>", " ")
    assert f"{off[-1]:.0%} is off the plane at the end, at most {off.max():.0%}" in words
    assert figure.layout.title.text == "A new user with 3 ratings"


def test_without_a_rule_there_is_no_path():
    someone = made_model("dot").new_user(MINE)
    figure: Any = new_user_surface(someone, slice_new_user(someone, size=9), theme="dark")
    assert set(name_traces(figure)) == {"loss", "the mean user", "the optimum"}
    assert "found by Newton's method" in figure.layout.title.subtitle.text.replace("<br>", " ")


def test_the_mean_user_has_no_surface_to_draw():
    with pytest.raises(ValueError, match="a user without ratings is the mean user: there is nothi"):
        slice_new_user(made_model().new_user({}))


def test_widths_go_on_with_the_questions_asked_next():
    model = made_model()
    traced, asked = trace_answers(model.tables, MINE), model.ask(4, MINE)
    given, planned = list_traces(interval_widths(traced, asked))
    np.testing.assert_array_equal(given.y, traced.half)
    assert list(planned.x) == [3, 4, 5, 6, 7]
    assert list(planned.y) == [traced.half[-1], *(each.after for each in asked)]
    assert asked[0].before == pytest.approx(traced.half[-1], rel=1e-9)
    assert planned.text[1] == f"ask: {asked[0].title}"
    figure: Any = interval_widths(traced)
    assert len(figure.data) == 1
    assert figure.layout.shapes[0].y0 == traced.noise < min(given.y)


def test_bars_hold_each_movie_s_interval_before_and_now():
    model = made_model()
    followed = ["Movie D (1993)", "Movie G (1996)"]
    before, now = list_traces(interval_bars(trace_answers(model.tables, MINE, followed)))
    someone = model.new_user(MINE)
    for place, title in enumerate(now.text):
        found = someone.predict(title)
        assert now.x[place] == found.rating
        assert tuple(now.customdata[place]) == pytest.approx((found.low, found.high))
        assert before.x[place] == model.new_user({}).predict(title).rating
    assert len(list_traces(interval_bars(trace_answers(model.tables, {}, followed)))) == 1

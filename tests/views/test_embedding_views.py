"""The drift film, the bias lists and the singular values by their data."""

from functools import cache

import numpy as np
import pytest

from optviz import views
from optviz.recommenders import Training, train
from optviz.recommenders.embeddings import (
    film_drift,
    measure_rank,
    measure_spectra,
    rank_biases,
)
from optviz.views.drawing.colors import COLORS
from tests.support.embeddings_made import genre_ratings, plant_random
from tests.views.test_views import data, decode, layout

DATA = genre_ratings(40, 30)
RANKING = rank_biases(plant_random(DATA), DATA, n=3, least=11)


@cache
def train_made(rule: str) -> Training:
    return train("dot_bias", DATA, rule, epochs=2, batch=64, keep=3)


@cache
def film_made():
    return film_drift(train_made("adam:lr=0.01"), DATA)


@cache
def spectra_made():
    return measure_spectra([train_made("sgd:lr=1"), train_made("adam:lr=0.01")], DATA, 4)


EVERY = {
    "film": lambda theme: views.embedding_drift(film_made(), theme=theme),
    "biases": lambda theme: views.bias_lists(RANKING, theme=theme),
    "spectra": lambda theme: views.spectra(spectra_made(), theme=theme),
    "ranks": lambda theme: views.effective_ranks(spectra_made(), theme=theme),
}


@pytest.mark.parametrize("view", EVERY)
def test_light_and_dark_differ_in_the_template_alone(view):
    light, dark = (EVERY[view](theme).to_dict() for theme in ("light", "dark"))
    assert light["layout"].pop("template") != dark["layout"].pop("template")
    assert repr(light) == repr(dark)


@pytest.mark.parametrize("view", EVERY)
def test_zoom_is_kept_and_nothing_is_asked_of_the_network(view):
    figure = EVERY[view]("light")
    assert layout(figure)["uirevision"]
    assert "http" not in str(figure.to_json())


# -- film --------------------------------------------------------------------------------------


def read_frames(figure) -> list[list[dict]]:
    return [[decode(trace) for trace in frame["data"]] for frame in figure.to_dict()["frames"]]


def test_a_film_has_a_frame_a_point_and_moves_all_movies():
    film = film_made()
    figure = views.embedding_drift(film)
    frames, traces = figure.to_dict()["frames"], data(figure)
    assert [frame["name"] for frame in frames] == [str(step) for step in film.step]
    for place, (frame, moved) in enumerate(zip(frames, read_frames(figure), strict=True)):
        for number, trace in zip(frame["traces"], moved, strict=True):
            if "customdata" in traces[number]:
                rows = traces[number]["customdata"]
                np.testing.assert_allclose(trace["x"], film.points[place, rows, 0], rtol=1e-6)
                np.testing.assert_allclose(trace["y"], film.points[place, rows, 1], rtol=1e-6)
    shown = [row for trace in traces for row in trace.get("customdata", [])]
    assert sorted(shown) == list(range(30))


def test_a_film_stands_at_the_frame_that_is_asked_for():
    film = film_made()
    last, first = views.embedding_drift(film), views.embedding_drift(film, frame=0)
    for figure, place in ((last, len(film.step) - 1), (first, 0)):
        trace = next(each for each in data(figure) if "customdata" in each)
        np.testing.assert_allclose(
            trace["y"], film.points[place, trace["customdata"], 1], rtol=1e-6
        )
        [slider] = layout(figure)["sliders"]
        assert slider["active"] == place
        assert slider["steps"][place]["label"].startswith(f"{film.step[place]:,}, loss ")
    with pytest.raises(ValueError, match=f"from 0 to {len(film.step) - 1}, got 99"):
        views.embedding_drift(film, frame=99)


def test_no_frame_leaves_the_axes():
    film = film_made()
    drawn = layout(views.embedding_drift(film))
    for axis, values in (("xaxis", film.points[..., 0]), ("yaxis", film.points[..., 1])):
        low, high = drawn[axis]["range"]
        assert low < values.min() <= values.max() < high


def test_the_slider_and_the_buttons_name_frames_that_exist():
    figure = views.embedding_drift(film_made())
    names = {frame["name"] for frame in figure.to_dict()["frames"]}
    drawn = layout(figure)
    assert {step["args"][0][0] for step in drawn["sliders"][0]["steps"]} == names
    assert [each["label"] for each in drawn["updatemenus"][0]["buttons"]] == ["▶", "❚❚"]


@pytest.mark.data
def test_the_real_film_is_a_small_file(ml100k):
    training = train("dot_bias", ml100k, epochs=2, keep=5)
    film = film_drift(training, ml100k)
    assert film.points.shape[:2] == (60, 200)
    assert len(str(views.embedding_drift(film).to_json())) < 400_000


# -- biases ------------------------------------------------------------------------------------


def test_every_bias_stands_in_its_row_with_its_interval():
    figure = views.bias_lists(RANKING)
    free, best, worst = data(figure)
    assert best["y"] == [str(each.id) for each in RANKING.best]
    assert worst["y"] == [str(each.id) for each in reversed(RANKING.worst)]
    for trace, rows in ((best, RANKING.best), (worst, RANKING.worst[::-1])):
        assert trace["x"] == [each.bias for each in rows]
        high = np.add(trace["x"], trace["error_x"]["array"])
        low = np.subtract(trace["x"], trace["error_x"]["arrayminus"])
        np.testing.assert_allclose(high, [each.high for each in rows])
        np.testing.assert_allclose(low, [each.low for each in rows])
    assert free["x"] == [each.free for each in (*RANKING.best, *RANKING.worst[::-1])]
    axis = layout(figure)["yaxis"]
    assert axis["ticktext"][0] == f"Movie {RANKING.best[0].id - 10}, The · {RANKING.best[0].count}"
    assert axis["autorange"] == "reversed"


def test_movies_of_one_title_keep_rows_of_their_own():
    figure = views.bias_lists(RANKING)
    assert len(set(layout(figure)["yaxis"]["tickvals"])) == 6


# -- singular values ---------------------------------------------------------------------------


def test_a_rule_has_its_color_and_its_values_in_four_plots():
    sgd, adam = spectra_made()
    traces = data(views.spectra([sgd, adam]))
    assert [trace["line"]["color"] for trace in traces[::4]] == [COLORS["sgd"], COLORS["adam"]]
    assert [trace["yaxis"] for trace in traces[:4]] == ["y", "y2", "y3", "y4"]
    expected = [sgd.weights["movie"], sgd.weights["user"], sgd.grads["movie"], sgd.grads["user"]]
    for trace, values in zip(traces[:4], expected, strict=True):
        last = values[-1]
        drawn = last > 1e-12 * last[0]
        np.testing.assert_array_equal(np.asarray(trace["y"])[drawn], last[drawn])
        assert np.isnan(np.asarray(trace["y"])[~drawn]).all()
        assert trace["x"][0] == 1
    axes = layout(views.spectra([sgd, adam]))
    assert {axes[f"yaxis{number}"]["type"] for number in ("", "2", "3", "4")} == {"log"}


def test_effective_ranks_are_drawn_over_the_steps():
    sgd, adam = spectra_made()
    trace = data(views.effective_ranks([sgd, adam]))[4]
    assert trace["name"] == adam.label
    np.testing.assert_array_equal(trace["x"], adam.step)
    ranks = [measure_rank(values) for values in adam.weights["movie"]]
    np.testing.assert_allclose(trace["y"], ranks)


def test_movies_and_users_are_named_above_their_plots():
    notes = layout(views.spectra(spectra_made()))["annotations"]
    assert [note["text"] for note in notes] == ["movies", "users"]


def test_no_trainings_give_a_picture_that_says_so():
    assert "No trainings" in layout(views.spectra([]))["annotations"][0]["text"]

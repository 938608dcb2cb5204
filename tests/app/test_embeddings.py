"""The Embeddings tab without a browser: what is asked, what is answered, what a training leaves."""

import json

import pytest
from dash import no_update
from optviz_app.pages.movielens.embeddings.respond import (
    list_spots,
    make_map,
    read_click,
    show_embeddings,
)
from optviz_app.pages.movielens.results import find_chosen, find_shown

from optviz.experiments.ratings import RatingsExperiment
from tests.support.callback_bodies import to_json
from tests.support.trained_result import train_result

HOSTILE = [None, True, -1, 1e308, "", "9" * 500, [], {}, [[]], {"query": 5}, {"points": [{}]}]
HOSTILE += [{"points": [{"customdata": [0, {}]}]}, {"points": [{"customdata": 7}]}]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished training on made ratings."""
    with train_result(tmp_path_factory.mktemp("cache")) as made:
        yield made


def show(trained, drawn=None, **asked):
    query = trained.ask(panel="embeddings", **asked)
    return show_embeddings(trained.jobs, trained.result, query, drawn)


def text(part) -> str:
    return json.dumps(to_json(part), ensure_ascii=False)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("dims=4", "dims must be 2 or 3, got 4"),
        ("dims=nan", "dims must be 2 or 3, got nan"),
        ("spot=-1", "spot must be a whole number from 0"),
        ("spot=x", 'spot must be a number, got "x"'),
    ],
)
def test_wrong_part_of_a_link_gets_a_sentence(query, sentence):
    asked, sentences = RatingsExperiment.from_query(query)
    assert (asked.dims, asked.spot) == (2, None)
    assert sentence in sentences[0]


def test_map_is_drawn_with_its_trust_and_what_hangs_on_the_model(trained):
    out = show(trained)
    assert out["body"] is False
    assert "Trust" in out["map_words"]
    assert (out["no_map"], out["no_near"]) == (False, True)
    assert len(out["drift"]["frames"]) > 2
    assert out["drift"]["frames"][-1]["name"].startswith("step 16 · loss ")
    assert "effective rank" in out["spectra_words"]
    assert "ranked by bias" in out["biases_words"]


def test_neighbors_are_those_of_the_full_space_and_say_if_the_map_keeps_them(trained):
    out = show(trained, spot=7)
    chosen = find_chosen(trained.jobs, trained.result, trained.ask())
    assert chosen
    shown = make_map(chosen.recommender.trained, chosen.recommender.data, 2)
    listed = text(out["near"])
    assert all(shown.titles[row] in listed for row in shown.list_neighbors(7))
    nearest = chosen.recommender.similar(7, n=1, least=1)[0].title
    assert nearest == shown.titles[shown.list_neighbors(7)[0]]
    assert out["near_title"] == "Nearest to Movie 7 (1999) in the full space"
    assert any(trace["name"] == "its nearest" for trace in out["map"]["data"] if "name" in trace)


def test_three_dimensions_are_drawn_in_space(trained):
    kinds = {trace["type"] for trace in show(trained, dims=3)["map"]["data"]}
    assert kinds == {"scatter3d"}


def test_only_the_map_is_drawn_anew_where_only_the_movie_is_another(trained):
    before = show(trained)["drawn"]
    again = show(trained, drawn=before, spot=3)
    assert again["map"] is not no_update
    assert (again["drift"], again["biases"]) == (no_update, no_update)
    assert show(trained, drawn=before)["map"] is no_update


def test_movie_that_the_map_does_not_have_is_told(trained):
    assert show(trained, spot=999)["map_words"].startswith("The movie is not on the map.")


def test_result_of_an_earlier_version_has_no_films(trained, tmp_path):
    result = find_shown(trained.jobs, trained.result["query"])
    assert result
    assert len(result.read_films()["drift"]) == 2
    assert type(result)(tmp_path, {}).read_films() == {"drift": [], "spectra": None}


def test_click_on_a_point_chooses_its_movie():
    assert read_click({"points": [{"customdata": [3, 50, 9]}]}) == "50"


@pytest.mark.parametrize("sent", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_browser_sends_is_answered(trained, sent):
    assert read_click(sent) is no_update
    show_embeddings(trained.jobs, sent, sent, sent)
    list_spots(sent, sent, sent)
    list_spots(trained.result, sent, sent)
    assert show(trained, drawn=sent)["body"] is False

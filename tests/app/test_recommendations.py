"""The Recommend tab without a browser: ratings in the link, what is asked, what is answered."""

import json
from dataclasses import replace

import numpy as np
import pytest
from dash import no_update
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.recommendations.figures import draw_path
from optviz_app.pages.movielens.recommendations.respond import (
    list_titles,
    rate,
    show_recommendations,
    skip,
)
from optviz_app.pages.movielens.recommendations.solver import edit_solver
from optviz_app.pages.movielens.results import choose_model, find_chosen, list_models
from optviz_app.pages.movielens.training_task import read_ratings

from optviz.experiments.ratings import RatingsExperiment
from tests.support.callback_bodies import to_json
from tests.support.trained_result import train_result

HOSTILE = [None, True, -1, 1e308, "", "9" * 500, [], {}, [[]], {"query": 5}, ["50:5", 3], "rated=x"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished training on made ratings."""
    with train_result(tmp_path_factory.mktemp("cache")) as made:
        yield made


def show(trained, picked=None, presses=None, drawn=None, **asked):
    query = trained.ask(panel="recommend", **asked)
    return show_recommendations(trained.jobs, trained.result, query, picked, presses, drawn)


def text(part) -> str:
    return json.dumps(to_json(part), ensure_ascii=False)


# -- the link


def test_ratings_go_into_the_link_and_back():
    asked = RatingsExperiment(rated=("50:5", "181:4.5"), known=7, like=3, least=5, optimizer=2)
    query = asked.to_query()
    assert "rated=50:5,181:4.5" in query
    assert RatingsExperiment.from_query(query) == (asked, [])
    assert asked.stars == {50: 5.0, 181: 4.5}


@pytest.mark.parametrize(
    ("query", "kept", "sentence"),
    [
        ("rated=50:5,50:4", ("50:5",), "movie 50 is rated twice: give it once"),
        ("rated=50:9,7:3", ("7:3",), "(movie, stars from 0.5 to 5), got \"50:9\""),
        ("rated=50:4.3", (), 'got "50:4.3"'),
        ("rated=50:0", (), 'got "50:0"'),
        ("rated=%D9%A1:5", (), "a rating reads like 50:4.5"),
        ("rated=__proto__:5", (), 'got "__proto__:5"'),
        ("rated=9999999999:5", (), "a rating reads like"),
        ("solver=adm:lr=1", (), 'no rule "adm"'),
        ("known=-1", (), "known must be a whole number from 0"),
        ("least=0", (), "least must be a whole number from 1 to 1000, got 0"),
        ("optimizer=99", (), "optimizer must be a whole number from 0 to 12, got 99"),
    ],
)  # fmt: skip
def test_wrong_part_of_a_link_gets_a_sentence_and_leaves_the_rest(query, kept, sentence):
    asked, sentences = RatingsExperiment.from_query(f"epochs=3&{query}")
    assert (asked.epochs, asked.rated) == (3, kept)
    assert sentence in " ".join(sentences)


def test_link_holds_at_most_sixty_ratings():
    many = ",".join(f"{movie}:3" for movie in range(1, 100))
    asked, sentences = RatingsExperiment.from_query(f"rated={many}")
    assert len(asked.rated) == 60
    assert "rated must be a list of at most 60" in sentences[0]


def test_ratings_that_the_data_cannot_have_are_named_and_left_out(trained):
    data = read_ratings("ml-latest-small", trained.jobs.cache)
    assert data
    asked = RatingsExperiment(data="ml-latest-small", rated=("1:5", "999:4", "2:4.5", "3:0.5"))
    kept, sentences = state.drop_unknown(asked, data)
    assert kept == replace(asked, rated=("1:5",))
    assert sentences[0] == "ml-latest-small has no movie 999: its 4 stars are left out."
    assert "takes 1 to 5 in whole stars, got 4.5 for movie 2" in " ".join(sentences)


# -- rating


def test_stars_are_added_changed_and_taken_off():
    assert rate(["1:5"], {"role": "stars", "movie": 2}, 3) == (["1:5", "2:3"], "")
    assert rate(["1:5", "2:3"], {"role": "stars", "movie": 1}, 2.5) == (["1:2.5", "2:3"], "")
    assert rate(["1:5", "2:3"], {"role": "unrate", "movie": 1}, 1) == (["2:3"], "")
    assert rate(["1:5"], {"role": "stars", "movie": 1}, 5) == (no_update, "")


def test_one_rating_too_many_is_refused_in_words():
    full = [f"{movie}:3" for movie in range(60)]
    after, said = rate(full, {"role": "stars", "movie": 99}, 3)
    assert after is no_update
    assert said == "rated must be a list of at most 60, got 61"


@pytest.mark.parametrize("sent", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_browser_sends_is_answered(trained, sent):
    for touched in (sent, {"role": sent, "movie": sent}, {"role": "stars", "movie": 1}):
        rate(sent, touched, sent)
    list_titles(sent, sent)
    skip(sent, {"role": "skip", "movie": sent})
    show_recommendations(trained.jobs, sent, sent, sent, sent, sent)
    query = trained.ask(panel="recommend")
    out = show_recommendations(trained.jobs, trained.result, query, sent, sent, sent, sent)
    assert out["body"] is False


def test_rule_is_changed_with_a_rate_that_suits_it_and_keeps_its_settings_with_another_rate():
    assert edit_solver("adam:lr=0.05", "sgd", "0.05") == "sgd:lr=0.1"
    assert edit_solver("adam:lr=0.05,beta1=0.5", None, "0.2") == "adam:lr=0.2,beta1=0.5"
    with pytest.raises(ValueError, match="lr must be a number"):
        RatingsExperiment(solver=edit_solver("adam:lr=0.05", None, "fast"))
    with pytest.raises(ValueError, match='no rule "evil"'):
        RatingsExperiment(solver=edit_solver("adam:lr=0.05", "evil", "1"))


# -- answers


def test_nothing_is_answered_without_models_or_in_another_tab(trained):
    hidden = show_recommendations(trained.jobs, None, trained.ask(panel="recommend"), None, None, 0)
    assert hidden["body"] is True
    other = show_recommendations(trained.jobs, trained.result, trained.ask(), None, None, None)
    assert {str(each) for each in other.values()} == {str(no_update)}


def test_new_user_gets_recommendations_a_path_and_the_interval_after_each_answer(trained):
    out = show(trained, rated="1:5,2:1")
    table = text(out["recommendations"])
    assert "Movie 1 (1999) (5★)" in table
    assert '"80 % interval"' in table
    assert (out["no_path"], out["no_narrowing"], out["rate_box"]) == (False, False, False)
    frames = out["path"]["frames"]
    assert frames[0]["name"].startswith("step 0 · loss ")
    assert frames[-1]["name"].startswith("step 100 · loss ")
    assert "above the optimum's" in out["path_words"]
    assert len(out["list"]) == 2


def test_path_ends_where_its_last_frame_stands(trained):
    chosen = find_chosen(trained.jobs, trained.result, trained.ask(panel="recommend", rated="1:5"))
    assert chosen
    someone = chosen.recommender.new_user({1: 5, 2: 1, 3: 4}, "adam:lr=0.05")
    drawn = draw_path(someone).figure
    assert drawn
    last = drawn["frames"][-1]
    edge, line, end = (drawn["data"][trace] for trace in last["traces"])
    assert edge["meta"] == {"part": "casing"}
    assert all(each["name"].startswith("Adam lr=0.05") for each in (line, end))
    assert len(last["data"][1]["x"]) == 101
    assert last["data"][0] == last["data"][1]
    assert last["data"][2]["x"] == last["data"][1]["x"][-1:]
    losses = [float(each["name"].rpartition(" ")[2]) for each in drawn["frames"]]
    assert someone.trajectory
    assert losses[-1] == pytest.approx(float(someone.trajectory.losses[-1]), abs=1e-4)
    assert min(losses) >= float(someone.problem.loss(someone.optimum)) - 1e-4


def test_rule_that_diverges_is_told_instead_of_drawn(trained):
    out = show(trained, rated="1:5,2:1", solver="sgd:lr=1000")
    assert out["no_path"] is True
    assert "SGD lr=1000 diverges" in out["path_words"]
    assert "Lower its learning rate" in out["path_words"]
    assert "its predictions mean nothing" in str(out["recommendations"])


def test_without_a_rating_the_mean_user_is_recommended_to_and_asked_for_ratings(trained):
    out = show(trained)
    assert (out["no_path"], out["no_narrowing"]) == (True, True)
    assert out["path_words"].startswith("Rate a movie")
    assert out["list"] == []


def test_suggestions_tell_what_an_answer_tells_and_come_five_by_five(trained):
    first, second = (show(trained, rated="1:5", presses=count)["list"] for count in (1, 2))
    assert len(first) == len(second) == 6
    shown = [text(each) for each in first[1:]]
    assert all(" → " in each for each in shown)
    assert not set(shown) & {text(each) for each in second[1:]}


def test_movie_that_is_not_known_is_asked_for_no_more(trained):
    query = trained.ask(panel="recommend", rated="1:5")
    first = show(trained, rated="1:5", presses=1)["list"]
    movie = first[1].to_plotly_json()["props"]["data-movie"]
    skipped = skip([], {"role": "skip", "movie": int(movie)})
    assert skipped == [int(movie)]
    jobs, result = trained.jobs, trained.result
    again = show_recommendations(jobs, result, query, None, 1, None, [*skipped, 999])["list"]
    assert len(again) == 6
    assert movie not in [each.to_plotly_json()["props"]["data-movie"] for each in again]


def test_picked_movie_waits_unrated_above_the_ratings(trained):
    listed = show(trained, rated="1:5", picked="7")["list"]
    assert "Movie 7 (1999)" in text(listed[0])
    assert "not rated yet" in text(listed[0])
    assert "Movie 1 (1999)" in text(listed[1])


def test_known_user_gets_what_she_has_not_rated_and_the_new_user_is_hidden(trained):
    out = show(trained, known=3, rated="1:5")
    assert (out["rate_box"], out["path_box"], out["known_box"]) == (True, True, False)
    assert "interval" not in text(out["recommendations"])


def test_what_is_shown_already_is_not_sent_again_and_rows_stay_where_only_stars_change(trained):
    out = show(trained, rated="1:5")
    assert show(trained, rated="1:5", drawn=out["drawn"])["recommendations"] is no_update
    again = show(trained, rated="1:4", drawn=out["drawn"])
    assert again["list"] is no_update
    assert again["recommendations"] is not no_update


def test_floor_that_no_movie_reaches_is_told(trained):
    out = show(trained, rated="1:5", least=1000)
    assert "No other movie has 1,000 training ratings" in text(out["similar"])
    assert "No movie left to rate has 1,000 training ratings" in text(out["recommendations"])


def test_model_is_the_best_unless_another_one_is_chosen(trained):
    runs = [{"best": 2.0}, {"best": None}, {"best": 1.0}]
    assert [choose_model(runs, place) for place in (0, 1, 3, 4)] == [2, 0, 2, 2]
    names = [each["label"] for each in list_models(trained.jobs, trained.result)]
    assert names[1:] == ["Adam lr=0.01", "SGD lr=1"]
    assert names[0] in ("the best (Adam lr=0.01)", "the best (SGD lr=1)")


def test_two_models_recommend_by_their_own_weights(trained):
    made = [find_chosen(trained.jobs, trained.result, trained.ask(optimizer=i)) for i in (1, 2)]
    assert made[0]
    assert made[1]
    weights = [each.recommender.trained.params for each in made if each]
    assert not np.array_equal(weights[0], weights[1])

"""The MovieLens page without a browser: controls, words, trainings in the background, answers."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from optviz_app.jobs.channel import Channel, Orders, Reporter
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.tasks import TASKS, Request
from optviz_app.jobs.worker import run_task, work
from optviz_app.pages.movielens import training_task
from optviz_app.pages.movielens.callbacks import find_press
from optviz_app.pages.movielens.landscape.respond import show_landscape
from optviz_app.pages.movielens.layout import layout
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.respond import list_options, predict, read_page, show_result
from optviz_app.pages.movielens.state import (
    LISTED,
    STORIES,
    UNDER_WAY,
    find_options,
    find_pair,
    find_rating,
    read_controls,
)
from optviz_app.pages.movielens.status_text import describe_state, spell_duration, summarize
from optviz_app.pages.movielens.training_task import (
    SAMPLE,
    TrainingResult,
    TrainingTask,
    make_training_request,
)

from optviz.experiments.ratings import RatingsExperiment
from optviz.movielens import load
from optviz.recommenders.training.defaults import SUGGESTED_RULES
from tests.support.callback_bodies import to_json
from tests.support.long_work import Held
from tests.support.ratings_made import few_ratings, small_ask

CONTROLS = {
    "data": "ml-100k",
    "model": "dot_bias",
    "epochs": "5",
    "batch": "256",
    "seed": "0",
    "rules": RatingsExperiment().rules,
    "user": None,
    "movie": None,
    "panel": "train",
    "optimizer": "0",
    "rated": [],
    "solver": "adam:lr=0.05",
    "known": None,
    "like": None,
    "least": "20",
    "study": "sigmoid",
    "who": "new",
    "rate": "0.05",
    "dims": "2",
    "spot": None,
    "picture": "plane",
    "axes": "paths",
    "first": "0",
    "second": "0",
    "grid": "51",
    "color": "run",
    "look": "above",
}


SMALL = make_training_request(small_ask())


# -- controls


def test_controls_as_they_open_mean_the_experiment_that_made_them():
    assert read_controls(RatingsExperiment(), CONTROLS) == (RatingsExperiment(), {})


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("epochs", "many", 'epochs must be a number, got "many"'),
        ("epochs", "51", "epochs must be a whole number from 1 to 50, got 51"),
        ("batch", "0", "batch must be a whole number from 1 to 100000, got 0"),
        ("seed", "-1", "seed must be a whole number from 0 to 4294967295, got -1"),
        ("data", "ml-1b", 'data must be one of ml-latest-small, ml-100k, got "ml-1b"'),
        ("model", "deep", 'model must be one of dot, dot_bias, net, got "deep"'),
    ],
)
def test_wrong_control_gets_a_sentence_and_keeps_the_value_from_before(field, value, sentence):
    before = RatingsExperiment(epochs=7)
    after, errors = read_controls(before, CONTROLS | {"epochs": "7", field: value})
    assert after == before
    assert errors[field].startswith(sentence)


def test_new_model_brings_the_optimizers_that_suit_it():
    after, _ = read_controls(RatingsExperiment(), CONTROLS | {"model": "net"})
    assert after.rules == RatingsExperiment(model="net").rules != RatingsExperiment().rules


def test_new_model_keeps_optimizers_that_were_changed():
    mine = ("adam:lr=0.01",)
    after, _ = read_controls(
        RatingsExperiment(rules=mine), CONTROLS | {"model": "net", "rules": mine}
    )
    assert (after.model, after.rules) == ("net", mine)


def test_new_data_forgets_user_and_movie():
    before = RatingsExperiment(user=7, movie=50)
    after, _ = read_controls(
        before, CONTROLS | {"data": "ml-latest-small", "user": "7", "movie": "50"}
    )
    assert (after.data, after.user, after.movie) == ("ml-latest-small", None, None)


@pytest.mark.parametrize("model", SUGGESTED_RULES)
def test_optimizers_of_a_model_are_spelled_as_an_experiment_keeps_them(model):
    assert RatingsExperiment(model=model).rules == SUGGESTED_RULES[model]


def test_link_that_names_a_model_alone_opens_with_its_optimizers():
    assert RatingsExperiment.from_query("model=net")[0] == RatingsExperiment(model="net")


def test_link_brings_back_every_choice():
    experiment = RatingsExperiment(
        ("adam:lr=0.01", "sgd:lr=1,on=no"), 3, "ml-latest-small", "dot", 9, 64, 7, 50
    )
    assert RatingsExperiment.from_query(experiment.to_query()) == (experiment, [])


def test_training_depends_neither_on_the_prediction_nor_on_optimizers_that_are_off():
    some = RatingsExperiment(rules=("adam:lr=0.01", "sgd:lr=1,on=no"), user=7, movie=50)
    assert some.training().key == RatingsExperiment(rules=("adam:lr=0.01",)).training().key


def test_training_without_an_optimizer_is_refused():
    with pytest.raises(ValueError, match="every optimizer is switched off: switch one on"):
        RatingsExperiment(rules=("sgd:lr=1,on=no",)).training()


def test_cards_are_drawn_anew_only_when_the_model_brings_others():
    query = RatingsExperiment().to_query()
    same = read_page(query, None, CONTROLS | {"epochs": "6", "cards": []})
    other = read_page(query, None, CONTROLS | {"model": "net", "cards": []})
    assert "epochs=6" in same["query"]
    assert not isinstance(same["cards"], list)
    assert len(other["cards"]) == 4
    assert RatingsExperiment.from_query(other["query"])[0].rules == SUGGESTED_RULES["net"]


# -- users and movies


@pytest.mark.data
def test_movies_are_found_by_any_words_of_their_titles(ml100k):
    found = [each["label"] for each in find_options(ml100k, "movie", "EMPIRE back", 0)]
    assert "Empire Strikes Back, The (1980)" in found
    assert len(found) == 2  # and the chosen one


@pytest.mark.data
def test_movies_are_listed_by_their_number_of_ratings(ml100k):
    labels = [each["label"] for each in find_options(ml100k, "movie", "", 49)]
    assert labels[0] == "Star Wars (1977)"
    assert len(labels) == LISTED


@pytest.mark.data
def test_list_holds_the_chosen_movie_whatever_is_typed(ml100k):
    assert any(each["value"] == "1" for each in find_options(ml100k, "movie", "zzzz", 0))


@pytest.mark.data
def test_whole_title_counts_as_chosen_not_as_typed(ml100k):
    assert len(find_options(ml100k, "movie", "Toy Story (1995)", 49)) >= LISTED


@pytest.mark.data
def test_users_are_found_by_the_beginning_of_their_id(ml100k):
    values = [each["value"] for each in find_options(ml100k, "user", "19", 18)]
    assert values == ["19", *map(str, range(190, 200))]


@pytest.mark.data
def test_unknown_user_and_movie_become_the_usual_ones(ml100k):
    unknown = find_pair(ml100k, 99_999, 99_999)
    assert unknown == find_pair(ml100k)
    assert ml100k.titles[unknown.column] == "Star Wars (1977)"


def test_unknown_user_or_movie_of_a_link_is_named(tmp_path, monkeypatch):
    few_ratings(tmp_path / "cache")
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "cache"))
    for query, said in (
        ("user=7&movie=3", []),
        ("user=99", ["ml-latest-small has no user 99; user 1 is shown."]),
        ("movie=77&user=2", ["ml-latest-small has no movie 77; movie 1 is shown."]),
    ):
        experiment, wrong = RatingsExperiment.from_query(f"data=ml-latest-small&{query}")
        assert wrong == []
        text = json.dumps(to_json(layout(experiment, wrong)))
        assert [each for each in said if each not in text] == []
        assert ("is shown." in text) == bool(said)


@pytest.mark.data
def test_given_rating_says_whether_it_was_held_back(ml100k):
    training, held = ml100k.split(0, 0.2)
    for part, expected in ((training, False), (held, True)):
        place = int(part.user[5]), int(part.movie[5])
        assert find_rating(ml100k, held, *place) == (float(part.rating[5]), expected)
    pairs = set(zip(ml100k.user.tolist(), ml100k.movie.tolist(), strict=True))
    unrated = next(j for j in range(ml100k.movies) if (0, j) not in pairs)
    assert find_rating(ml100k, held, 0, unrated) is None


# -- jobs


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A cache without any data."""
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def held(tmp_path, nowhere):
    """Jobs that do not begin, and their executor."""
    executor = Held()
    jobs = Jobs(tmp_path / "cache", executor)
    yield jobs, executor
    jobs.close()


def asks(seed: int) -> RatingsExperiment:
    return RatingsExperiment(rules=("adam:lr=0.01",), seed=seed).training()


def told_of_work(folder, cache) -> dict:
    """The last words of a training that runs here."""
    folder.mkdir(exist_ok=True)
    work(str(folder), TASKS["training"], *make_training_request(asks(1)), str(cache))
    told = Channel(folder).read_progress()
    assert told
    return told


def test_training_that_waits_is_told_its_place_in_words(held):
    jobs, _ = held
    for seed in range(5):
        jobs.submit(make_training_request(asks(seed)), f"browser-{seed}")
    told = describe_state(jobs.look(make_training_request(asks(4))))
    assert told.text == "Waiting: place 3 of 3 in the queue"
    assert (
        told.detail
        == "2 trainings run at a time; browsers take turns. · started from another browser"
    )


def test_press_that_comes_with_a_poll_is_not_lost():
    assert find_press(["tick", "cancel"]) == "cancel"
    assert find_press(["ratings-query", "train"]) == "train"
    assert find_press(["tick"]) == "tick"
    assert find_press([]) is None


def test_browser_that_only_watches_cannot_cancel(held):
    jobs, _ = held
    query, request = asks(1).to_query(), make_training_request(asks(1))
    jobs.submit(request, "teacher-")
    answer = follow(jobs, "cancel", query, None, None, None, "student-")
    assert answer["cancel"] == "away"
    assert answer["run"]["canceling"] is False
    assert not Orders(jobs.jobs[request.key].channel).must_stop()
    assert "started from another browser" in str(answer["said"])


def test_data_that_cannot_be_had_is_a_sentence(tmp_path, nowhere, monkeypatch):
    monkeypatch.setattr("optviz.movielens.fetch._list_sources", lambda _: [])
    told = told_of_work(tmp_path / "channel", tmp_path / "cache")
    assert told["phase"] == "failed"
    said = describe_state(told)
    assert said.is_wrong
    assert said.detail.startswith("No MovieLens data")
    assert "optviz data --from" in said.detail


def test_training_canceled_before_it_began_does_nothing(tmp_path, nowhere):
    (tmp_path / "channel").mkdir()
    Channel(tmp_path / "channel").cancel()
    told = told_of_work(tmp_path / "channel", tmp_path / "cache")
    assert told["phase"] == "canceled"
    assert "Nothing was trained" in describe_state(told).detail


# -- trainings on small ratings


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A cache that holds a few ratings under the name of ml-latest-small."""
    cache = tmp_path / "cache"
    few_ratings(cache)
    monkeypatch.setenv("OPTVIZ_CACHE", str(cache))
    return load(cache / "ml-latest-small.zip")


@pytest.fixture
def jobs(tmp_path, small):
    with ThreadPoolExecutor(1) as thread:
        some = Jobs(tmp_path / "cache", thread)
        yield some
        some.close()


def done(jobs: Jobs, request: Request) -> dict:
    """The state of a training once it is over."""
    future = jobs.jobs[request.key].future
    assert future
    future.result(timeout=60)
    return jobs.look(request)


def saved(cache, request: Request, checksum: str) -> TrainingResult | None:
    """The saved result of a training on ratings with this checksum."""
    found = TrainingTask(request, cache).find_result(checksum)
    assert found is None or isinstance(found, TrainingResult)
    return found


def test_finished_training_leaves_a_result_that_another_server_finds(jobs, tmp_path):
    jobs.submit(SMALL)
    assert done(jobs, SMALL)["phase"] == "finished"
    result = Jobs(tmp_path / "cache", Held()).find_result(SMALL)
    assert isinstance(result, TrainingResult)
    assert result.is_whole
    assert [each["label"] for each in result.words["trainings"]] == ["Adam lr=0.01", "SGD lr=1"]
    assert [len(each["valid"]) for each in result.words["trainings"]] == [2, 2]
    cut = result.read_slice()
    assert cut
    assert [each.label for each in cut.shadows] == ["Adam lr=0.01", "SGD lr=1"]
    assert not list((jobs.cache / "trainings").glob(".part-*"))


def test_finished_training_is_not_done_again(jobs):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    jobs.submit(SMALL)
    assert jobs.look(SMALL)["phase"] == "finished"
    assert SMALL.key not in jobs.jobs


def test_finished_training_can_be_asked_for_again(jobs):
    jobs.submit(SMALL)
    first = done(jobs, SMALL)["version"]
    jobs.submit(SMALL, again=True)
    assert done(jobs, SMALL)["version"] != first


def test_result_of_other_ratings_is_not_shown(jobs, small, tmp_path):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    assert saved(jobs.cache, SMALL, small.checksum)
    assert saved(jobs.cache, SMALL, "another checksum") is None


def test_broken_result_is_not_shown(jobs, small):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    (jobs.cache / "trainings" / SMALL.digest / "result.json").write_text("{")
    assert jobs.look(SMALL)["phase"] == "none"


def canceled_at(request: Request, cache, folder, when):
    """Train, cancel once `when(phase, progress)` is true, and return the last words."""
    folder.mkdir()
    reporter = Reporter(Channel(folder))
    tell = reporter.tell

    def telling(phase, **progress):
        tell(phase, **progress)
        if when(phase, progress):
            reporter.channel.cancel()
            reporter.orders.looked = -1e9  # look again at once

    reporter.tell, reporter.is_due = telling, lambda: True
    run_task(TrainingTask(request, cache), reporter)
    told = Channel(folder).read_progress()
    assert told
    return told


def in_second(phase, progress):
    return phase == "training" and progress["index"] == 1 and progress["step"] >= 9


def test_canceled_training_keeps_what_it_reached_and_says_so(small, tmp_path):
    request = make_training_request(small_ask("adam:lr=0.01", "sgd:lr=1", "sgd:lr=2", epochs=3))
    told = canceled_at(request, tmp_path / "cache", tmp_path / "c", in_second)
    assert (told["phase"], told["result"]) == ("canceled", True)
    result = saved(tmp_path / "cache", request, small.checksum)
    assert result
    assert not result.is_whole
    ended = [each["ended"] for each in result.words["trainings"]]
    assert ended == ["finished", "canceled at step 9"]
    words = summarize(result.words)
    assert "SGD lr=1 was canceled at step 9; its results so far are shown." in words
    assert "1 of 3 optimizers was not started." in words


def test_training_cut_short_does_not_replace_a_whole_one(jobs, small, tmp_path):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    canceled_at(SMALL, jobs.cache, tmp_path / "c", lambda phase, _: phase == "training")
    result = jobs.find_result(SMALL)
    assert result
    assert result.is_whole


def test_diverged_training_is_left_out_of_the_slice_in_words(jobs):
    asked_for = small_ask("adam:lr=0.01", "sgd:lr=1e30", model="dot")
    jobs.submit(make_training_request(asked_for))
    assert done(jobs, make_training_request(asked_for))["phase"] == "finished"
    result = jobs.find_result(make_training_request(asked_for))
    assert result
    assert "SGD lr=1e+30 is not drawn: it diverged at step" in result.words["left_out"]
    cut = result.read_slice()
    assert cut
    assert [each.label for each in cut.shadows] == ["Adam lr=0.01"]
    shown = show_result(jobs, {"query": asked_for.to_query()})
    assert shown["hidden"][0] is False
    json.dumps(shown["validation"], allow_nan=False)


def test_result_without_a_slice_says_why(jobs):
    asked_for = small_ask("sgd:lr=1e30", model="dot")
    jobs.submit(make_training_request(asked_for))
    done(jobs, make_training_request(asked_for))
    result = {"query": asked_for.to_query()}
    shown = show_landscape(jobs, result, asked_for.to_query())
    assert shown["no_figure"] is True
    assert shown["words"][0].children.startswith("There is no slice: ")
    assert predict(jobs, {"query": asked_for.to_query()}, "1", "1")


def test_slice_that_is_canceled_while_it_is_taken_leaves_curves_and_models(small, tmp_path):
    cache = tmp_path / "cache"
    told = canceled_at(SMALL, cache, tmp_path / "c", lambda phase, _: phase == "drawing")
    assert (told["phase"], told["result"], told["why"]) == ("canceled", True, "canceled")
    result = saved(cache, SMALL, small.checksum)
    assert result
    assert result.read_slice() is None
    assert result.words["left_out"].startswith("There is no slice: the training was canceled")
    assert len(result.read_models()) == 2


def test_canceled_training_anew_says_that_the_earlier_result_is_shown(jobs):
    query = small_ask().to_query()
    jobs.submit(SMALL, "browser-")
    done(jobs, SMALL)
    seen = follow(jobs, None, query, None, None, None, "browser-")
    gate = threading.Event()
    jobs.executor.submit(gate.wait)
    answer = follow(jobs, "train", query, seen["run"], None, 1, "browser-")
    jobs.jobs[SMALL.key].channel.cancel()
    gate.set()
    done(jobs, SMALL)
    answer = follow(jobs, "tick", query, answer["run"], None, 2, "browser-")
    assert "Canceled" in str(answer["said"])
    assert "The earlier result is shown. 2 optimizers in" in str(answer["said"])
    result = jobs.find_saved(SMALL)
    assert result
    assert result.is_whole
    assert answer["result"]["stamp"] == result.stamp
    later = follow(jobs, None, query, None, None, None, "another-")
    assert "Canceled" not in str(later["said"])
    again = follow(jobs, "train", query, answer["run"], None, 3, "browser-")
    assert again["run"]["phase"] in UNDER_WAY


# -- what the app brings


def bare_sample() -> TrainingResult | None:
    """The result that the app brings for the first visit."""
    return TrainingTask(make_training_request(RatingsExperiment()), Path()).find_bundled()


@pytest.fixture
def bare(tmp_path, nowhere):
    """Jobs on a machine that has neither ratings nor results."""
    some = Jobs(tmp_path / "cache", Held())
    yield some
    some.close()


def test_first_visit_shows_a_result_that_is_labelled_as_brought(bare):
    answer = follow(bare, None, RatingsExperiment().to_query())
    said = str(answer["said"])
    assert "Example result, trained in advance on the real ml-100k ratings (seed 0)" in said
    assert "Press Train to run it here and to predict ratings." in said
    assert answer["train"] == "Train"
    assert show_result(bare, answer["result"])["hidden"] == [False, False, True, True]
    shown = show_landscape(bare, answer["result"], RatingsExperiment().to_query())
    assert len(shown["figure"]["data"]) >= 8
    text = str(predict(bare, answer["result"], None, None))
    assert "Predictions need the trained models" in text
    assert "are downloaded first" in text


def test_other_settings_bring_nothing(bare):
    assert bare.look(make_training_request(RatingsExperiment(epochs=2)))["phase"] == "none"


def test_what_the_app_brings_is_small_and_holds_no_weights():
    files = {each.name: each.stat().st_size for each in SAMPLE.iterdir()}
    assert set(files) == {"result.json", "slice.npz"}
    assert sum(files.values()) < 300_000
    found = bare_sample()
    assert found
    cut = found.read_slice()
    assert cut
    assert cut.plane.origin.size == 0
    assert cut.plane.axes.size == 0
    assert found.words["made"] == {"data": "ml-100k", "optviz": "0.1.0", "seed": 0}


@pytest.mark.data
def test_what_the_app_brings_is_what_training_gives(ml100k):
    found = bare_sample()
    assert found
    assert found.words["checksum"] == ml100k.checksum
    trained = RatingsExperiment(rules=("adam:lr=0.003,l2=0.00015",)).perform(ml100k)
    brought = found.words["trainings"][-1]
    assert trained[0].label == brought["label"]
    assert trained[0].row()["best"] == pytest.approx(brought["best"], rel=1e-3)


def test_own_result_wins_over_what_the_app_brings(jobs, monkeypatch):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    brought = TrainingResult(SAMPLE, {"made": {}, "experiment": small_ask().to_json()})
    monkeypatch.setattr(training_task, "read_sample", lambda: brought)
    found = jobs.find_result(SMALL)
    assert found
    assert not found.is_bundled
    monkeypatch.setattr(jobs, "find_saved", lambda _: None)
    found = jobs.find_result(SMALL)
    assert found
    assert found.is_bundled


# -- what the page shows


def test_page_before_the_first_training_shows_the_promise(jobs):
    answer = follow(jobs, None, small_ask().to_query(), None, None, None)
    assert answer["filled"] == [False] * 4
    assert answer["cancel"] == "away"
    assert answer["idle"] == (True, True)
    assert answer["train"] == "Train"


def test_page_follows_a_training_to_its_end(jobs):
    query = small_ask().to_query()
    answer = follow(jobs, "train", query, None, None, 0)
    assert answer["filled"][0] is True
    done(jobs, SMALL)
    answer = follow(jobs, "tick", query, answer["run"], None, 1)
    assert answer["run"]["phase"] == "finished"
    assert answer["run"]["tick"] == 1
    assert answer["train"] == "Train again"
    assert answer["result"]["query"] == query
    assert "Training finished" in str(answer["said"])
    assert show_result(jobs, answer["result"])["hidden"] == [False] * 4


def test_result_has_errors_and_ranking_on_what_was_held_back_with_intervals(jobs):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    shown = show_result(jobs, {"query": small_ask().to_query()})
    text = str(shown["evaluation"])
    assert all(name in text for name in ("RMSE", "MAE", "recall@10", "NDCG@10", "popularity"))
    assert "relevant are 4 stars or more" in text
    names = ["Adam lr=0.01", "SGD lr=1", "popularity", "bias only"]
    assert all(f"Th(children='{name}'" in text for name in names)
    one = small_ask("adam:lr=0.01")
    jobs.submit(make_training_request(one))
    done(jobs, make_training_request(one))
    alone = str(show_result(jobs, {"query": one.to_query()})["evaluation"])
    assert "Th(children='Adam lr=0.01'" in alone
    assert re.search(r"\d\.\d+ \[\d\.\d+, \d\.\d+\]", text)


def test_page_that_opens_on_a_finished_link_shows_its_result(jobs):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    answer = follow(jobs, None, small_ask().to_query(), None, None, None)
    assert answer["result"]["query"] == small_ask().to_query()


def test_page_keeps_following_what_runs_when_settings_change(held):
    jobs, _ = held
    jobs.submit(make_training_request(asks(1)))
    run = follow(jobs, None, asks(1).to_query(), None, None, None)["run"]
    answer = follow(jobs, "ratings-query", asks(2).to_query(), run, None, None)
    assert answer["run"]["query"] == asks(1).to_query()
    assert "you can train them once this is done" in str(answer["said"])


def test_page_says_when_the_server_has_lost_the_training(held):
    jobs, _ = held
    jobs.submit(make_training_request(asks(1)))
    run = follow(jobs, None, asks(1).to_query(), None, None, None)["run"]
    jobs.close()
    answer = follow(jobs, "tick", asks(1).to_query(), run, None, None)
    assert "this training was lost" in str(answer["said"])
    assert answer["idle"] == (True, True)


def test_page_refuses_to_train_nothing(jobs):
    query = RatingsExperiment(rules=("sgd:lr=1,on=no",)).to_query()
    answer = follow(jobs, "train", query, None, None, None)
    assert "Every optimizer is switched off: switch one on." in str(answer["said"])


def test_curves_are_sent_only_when_they_are_new(held):
    jobs, executor = held
    jobs.submit(make_training_request(asks(1)), "browser-")
    curve = {"label": "Adam", "kind": "adam", "step": [1], "train": [1.0], "valid": []}
    told = {"version": 3, "phase": "training", "index": 0, "epoch": 1, "step": 1, "steps": 10}
    told |= {"share": 0.1, "left": 4.0, "baseline": 0.9, "curves": [curve]}
    jobs.jobs[make_training_request(asks(1)).key].channel.write_progress(told)
    first = follow(jobs, "tick", asks(1).to_query(), None, None, 1)
    again = follow(jobs, "tick", asks(1).to_query(), first["run"], None, 2)
    assert [trace["name"] for trace in first["live"]["data"]] == ["Adam", "Adam"]
    assert not isinstance(again["live"], dict)
    assert "about 4 s left" in str(first["said"])
    assert first["progress"] == 10
    executor.futures[0].cancel()


def test_prediction_names_its_parts_and_what_was_given(jobs, small):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    result = {"query": small_ask().to_query()}
    text = str(predict(jobs, result, "3", "5"))
    rating = float(small.rating[(small.user == 2) & (small.movie == 4)][0])
    assert f"User 3 rated Movie 5 (1999) {rating:g} stars" in text
    model = jobs.find_result(SMALL).read_models()[0]
    made = model.predict(small, 3, movie_index=4)
    assert f"{made.rating:.2f} stars" in text
    assert f"{made.dot:+.2f}".replace("-", "−") in text
    assert "movie bias" in text


def test_lists_open_with_what_the_link_names(jobs):
    jobs.submit(SMALL)
    done(jobs, SMALL)
    result, link = {"query": small_ask().to_query()}, small_ask().to_query() + "&user=4&movie=6"
    assert list_options("user", result, link, None, None)[1] == "4"
    assert list_options("movie", result, link, None, None)[1] == "6"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "about 1 s"), (41.4, "about 41 s"), (150, "about 2 minutes")]
)
def test_time_left_is_said_in_words(seconds, words):
    assert spell_duration(seconds) == words


def test_page_opens_for_every_model():
    for model in SUGGESTED_RULES:
        text = str(layout(RatingsExperiment(model=model), []))
        assert STORIES[model] in text


# -- hostile values


HOSTILE = [
    *(None, True, -1, 1e308, float("nan"), 10**30, "", "9" * 5000, "²", "x" * 30_000, [], {}, [[]]),
    *({"query": 5}, {"query": "epochs=2"}, {"query": "", "stamp": {}}, {"phase": []}, ["bogus"]),
    *("rule=sgd:lr=1,on=no", "user=99999999999999999999&movie=x", "data=ml-latest-small"),
    {"phase": "training", "query": "epochs=2", "version": []},
]


@pytest.mark.parametrize("sent", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_browser_sends_is_answered(jobs, sent):
    for trigger in ("train", "cancel", None):
        assert follow(jobs, trigger, sent, sent, sent, sent, sent)["run"]["phase"]
    assert read_page(sent, sent, dict.fromkeys(CONTROLS, sent) | {"cards": []})["model_note"]
    assert len(show_result(jobs, sent)["hidden"]) == 4
    for kind in ("user", "movie"):
        assert len(list_options(kind, sent, sent, sent, sent)) == 2
    predict(jobs, sent, sent, sent)

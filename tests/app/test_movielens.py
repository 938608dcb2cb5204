"""The MovieLens page without a browser: controls, words, trainings in the background, answers."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest
from optviz_app.app import make_app
from optviz_app.jobs import channel
from optviz_app.jobs import fairness as turns
from optviz_app.jobs import results as saved
from optviz_app.jobs import worker as training_job
from optviz_app.jobs.channel import Channel, Orders
from optviz_app.jobs.executors import AT_ONCE
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import callbacks as ratings_page
from optviz_app.pages.movielens import requests as ratings_sent
from optviz_app.pages.movielens import sample_result as ratings_shown
from optviz_app.pages.movielens import state as ratings_state
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.respond import options, predict, read, show
from optviz_app.pages.movielens.state import asked, given, movie_options, read_ratings, user_options
from optviz_app.pages.movielens.status_text import duration, status, summary

from optviz.experiments.ratings import RatingsExperiment
from optviz.movielens import load
from optviz.recommenders.defaults import RATERS
from tests.support.ratings_made import few_ratings, slow_ask, small_ask, wait_until

CONTROLS = {
    "data": "ml-100k",
    "model": "dot_bias",
    "epochs": "5",
    "batch": "256",
    "seed": "0",
    "rules": RatingsExperiment().rules,
    "user": None,
    "movie": None,
}


# -- controls


def test_controls_as_they_open_mean_the_experiment_that_made_them():
    assert read_ratings(RatingsExperiment(), CONTROLS) == (RatingsExperiment(), {})


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
    after, errors = read_ratings(before, CONTROLS | {"epochs": "7", field: value})
    assert after == before
    assert errors[field].startswith(sentence)


def test_new_model_brings_the_optimizers_that_suit_it():
    after, _ = read_ratings(RatingsExperiment(), CONTROLS | {"model": "net"})
    assert after.rules == RatingsExperiment(model="net").rules != RatingsExperiment().rules


def test_new_model_keeps_optimizers_that_were_changed():
    mine = ("adam:lr=0.01",)
    after, _ = read_ratings(
        RatingsExperiment(rules=mine), CONTROLS | {"model": "net", "rules": mine}
    )
    assert (after.model, after.rules) == ("net", mine)


def test_new_data_forgets_user_and_movie():
    before = RatingsExperiment(user=7, movie=50)
    after, _ = read_ratings(
        before, CONTROLS | {"data": "ml-latest-small", "user": "7", "movie": "50"}
    )
    assert (after.data, after.user, after.movie) == ("ml-latest-small", None, None)


@pytest.mark.parametrize("model", RATERS)
def test_optimizers_of_a_model_are_spelled_as_an_experiment_keeps_them(model):
    assert RatingsExperiment(model=model).rules == RATERS[model]


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
    same = read(query, None, CONTROLS | {"epochs": "6"})
    other = read(query, None, CONTROLS | {"model": "net"})
    assert "epochs=6" in same["query"]
    assert not isinstance(same["cards"], list)
    assert len(other["cards"]) == 4
    assert other["rules"] == list(RATERS["net"])


# -- users and movies


@pytest.mark.data
def test_movies_are_found_by_any_words_of_their_titles(ml100k):
    found = [each["label"] for each in movie_options(ml100k, "EMPIRE back", 0)]
    assert "Empire Strikes Back, The (1980)" in found
    assert len(found) == 2  # and the chosen one


@pytest.mark.data
def test_movies_are_listed_by_their_number_of_ratings(ml100k):
    labels = [each["label"] for each in movie_options(ml100k, "", 49)]
    assert labels[0] == "Star Wars (1977)"
    assert len(labels) == ratings_state.SHOWN


@pytest.mark.data
def test_list_holds_the_chosen_movie_whatever_is_typed(ml100k):
    assert any(each["value"] == "1" for each in movie_options(ml100k, "zzzz", 0))


@pytest.mark.data
def test_whole_title_counts_as_chosen_not_as_typed(ml100k):
    assert len(movie_options(ml100k, "Toy Story (1995)", 49)) >= ratings_state.SHOWN


@pytest.mark.data
def test_users_are_found_by_the_beginning_of_their_id(ml100k):
    values = [each["value"] for each in user_options(ml100k, "19", 18)]
    assert values == ["19", *map(str, range(190, 200))]


@pytest.mark.data
def test_unknown_user_and_movie_become_the_usual_ones(ml100k):
    unknown = asked(ml100k, 99_999, 99_999)
    assert unknown == asked(ml100k)
    assert ml100k.titles[unknown.column] == "Star Wars (1977)"


@pytest.mark.data
def test_given_rating_says_whether_it_was_held_back(ml100k):
    training, held = ml100k.split(0, 0.2)
    for part, expected in ((training, False), (held, True)):
        place = int(part.user[5]), int(part.movie[5])
        assert given(ml100k, held, *place) == (float(part.rating[5]), expected)
    pairs = set(zip(ml100k.user.tolist(), ml100k.movie.tolist(), strict=True))
    unrated = next(j for j in range(ml100k.movies) if (0, j) not in pairs)
    assert given(ml100k, held, 0, unrated) is None


# -- orders


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set by hand."""
    now = [1000.0]
    monkeypatch.setattr(channel.time, "monotonic", lambda: now[0])
    return now


def test_training_goes_on_without_orders(tmp_path, clock):
    assert not Orders(Channel(tmp_path)).stop()


def test_training_stops_when_canceled_and_says_why(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    Channel(tmp_path).cancel()
    assert orders.stop()
    assert orders.why == "canceled"


def test_training_stops_when_nobody_has_watched_for_ninety_seconds(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    Channel(tmp_path).lend()
    orders.stop()
    clock[0] += 89
    assert not orders.stop()
    clock[0] += 2
    assert orders.stop()
    assert orders.why == "stopped, as no page was watching"


def test_training_goes_on_while_a_page_watches(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    for _ in range(5):
        (tmp_path / "lease").unlink(missing_ok=True)
        Channel(tmp_path).lend()
        assert not orders.stop()
        clock[0] += 80


def test_training_stops_soon_after_its_last_page_left(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    Channel(tmp_path).lend(channel.LEFT_S)
    assert not orders.stop()
    clock[0] += channel.LEFT_S + 1
    assert orders.stop()


# -- jobs


class Held(Executor):
    """An executor that begins nothing until it is told to."""

    def __init__(self):
        self.calls: list[tuple] = []
        self.futures: list[Future] = []

    def submit(self, fn, /, *arguments, **_):
        self.calls.append(arguments)
        self.futures.append(Future())
        return self.futures[-1]


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A cache without any data."""
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def held(tmp_path, nowhere):
    """Jobs that do not begin, and their executor."""
    executor = Held()
    jobs = Jobs(tmp_path / "results", executor)
    yield jobs, executor
    jobs.close()


def asks(seed: int) -> RatingsExperiment:
    return RatingsExperiment(rules=("adam:lr=0.01",), seed=seed).training()


def test_same_training_asked_twice_is_one_job(held):
    jobs, executor = held
    jobs.submit(asks(1))
    jobs.submit(asks(1))
    assert len(executor.calls) == 1


def test_training_that_waits_is_told_its_place(held):
    jobs, _ = held
    for seed in range(5):
        jobs.submit(asks(seed), f"browser-{seed}")
    looks = [jobs.look(asks(seed)) for seed in range(5)]
    assert [look["phase"] for look in looks] == ["starting"] * 2 + ["waiting"] * 3
    assert [look["place"] for look in looks[2:]] == [1, 2, 3]
    assert status(looks[4]).text == "Waiting: place 3 of 3 in the queue"


def test_browsers_take_turns(held):
    jobs, executor = held
    for seed, browser in enumerate(["first---", "first---", "first---", "second--", "third---"]):
        jobs.submit(asks(seed), browser)
    places = {seed: jobs.look(asks(seed)).get("place") for seed in range(5)}
    assert places == {0: None, 1: None, 2: 3, 3: 1, 4: 2}
    executor.futures[0].set_result(None)
    assert len(executor.calls) == 3
    assert asks(3).to_json() in executor.calls[2]


def test_turns_go_round_by_round_and_what_runs_counts():
    line = [("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")]
    assert turns.in_turn(line, []) == ["a1", "b1", "c1", "a2", "b2"]
    assert turns.in_turn(line, ["a", "b"]) == ["c1", "a1", "b1", "a2", "b2"]


def test_one_browser_may_have_three_trainings(held):
    jobs, _ = held
    for seed in range(turns.MOST_EACH):
        jobs.submit(asks(seed), "greedy--")
    with pytest.raises(ValueError, match="3 trainings of this browser are under way already: wait"):
        jobs.submit(asks(99), "greedy--")
    jobs.submit(asks(99), "modest--")


def test_too_many_trainings_are_refused(held):
    jobs, _ = held
    for seed in range(turns.MOST):
        jobs.submit(asks(seed), f"browser-{seed}")
    with pytest.raises(ValueError, match="20 trainings are under way already: try again later"):
        jobs.submit(asks(99), "another-")


@pytest.mark.parametrize("sent", [None, 7, "", "short", "x" * 41, "../../etc", ["a"], "UPPER-CASE"])
def test_browser_that_sends_no_proper_id_counts_as_nameless(sent):
    assert turns.known(sent) == ""
    assert turns.known("0123abcd-browser") == "0123abcd-browser"


def test_training_that_waits_can_be_canceled_at_once(held):
    jobs, executor = held
    for seed in range(3):
        jobs.submit(asks(seed), "browser-")
    jobs.cancel(asks(2), "browser-")
    assert jobs.look(asks(2))["phase"] == "canceled"
    executor.futures[0].set_result(None)
    assert len(executor.calls) == 2


def test_training_that_waits_is_dropped_when_nobody_watches_it_any_more(held, monkeypatch):
    jobs, _ = held
    for seed in range(4):
        jobs.submit(asks(seed), f"browser-{seed}")
    later = time.monotonic() + channel.WATCHED_S + 1
    jobs.jobs[asks(3).key].until = later + channel.WATCHED_S
    monkeypatch.setattr("optviz_app.jobs.job.time.monotonic", lambda: later)
    assert jobs.look(asks(3))["place"] == 1
    assert status(jobs.look(asks(2))).text == "Stopped, as no page was watching"


def test_training_that_two_browsers_asked_for_goes_on_until_both_cancel(held):
    jobs, _ = held
    jobs.submit(asks(1), "first---")
    jobs.submit(asks(1), "second--")
    orders = Orders(jobs.jobs[asks(1).key].channel)
    jobs.cancel(asks(1), "first---")
    assert not orders.stop()
    assert jobs.look(asks(1), "first---")["mine"] is False
    assert "asked for by another browser" in status(jobs.look(asks(1), "first---")).detail
    jobs.cancel(asks(1), "second--")
    orders.looked = -1e9
    assert orders.stop()


def test_browser_that_only_watches_cannot_cancel(held):
    jobs, _ = held
    query = asks(1).to_query()
    jobs.submit(asks(1), "teacher-")
    answer = follow(jobs, "cancel", query, None, None, None, "student-")
    assert answer["cancel"] == "away"
    assert answer["run"]["canceling"] is False
    assert not Orders(jobs.jobs[asks(1).key].channel).stop()


def test_training_that_broke_off_is_said_without_its_traceback(held, caplog):
    jobs, executor = held
    jobs.submit(asks(1))
    executor.futures[0].set_exception(RuntimeError("secret path"))
    state = jobs.look(asks(1))
    assert state["phase"] == "failed"
    assert "RuntimeError" in state["why"]
    assert "secret" not in state["why"]
    assert "secret path" in caplog.text


def test_training_that_failed_can_be_asked_for_again(held):
    jobs, executor = held
    jobs.submit(asks(1))
    executor.futures[0].set_exception(RuntimeError())
    jobs.submit(asks(1))
    assert len(executor.calls) == 2
    assert jobs.look(asks(1))["phase"] == "starting"


def test_page_that_leaves_shortens_the_lease_unless_another_watches(held):
    jobs, _ = held
    jobs.submit(asks(1))
    lease = jobs.jobs[asks(1).key].channel.folder / "lease"
    assert jobs.watch(asks(1).key, "first")
    assert jobs.watch(asks(1).key, "second")
    jobs.watch(asks(1).key, "first", leave=True)
    assert float(lease.read_text()) == channel.WATCHED_S
    jobs.watch(asks(1).key, "second", leave=True)
    assert float(lease.read_text()) == channel.LEFT_S


def test_nothing_is_watched_where_nothing_runs(held):
    assert not held[0].watch("0123", "page")


def test_page_is_watched_by_http(nowhere):
    with make_app().server.test_client() as client:
        assert client.post("/movielens/watch", json={"key": "x", "page": "y"}).get_json() is False
        assert client.post("/movielens/watch", data="no json").get_json() is False
        assert client.post("/movielens/watch", json=[1]).get_json() is False


def test_data_that_cannot_be_had_is_a_sentence(tmp_path, nowhere, monkeypatch):
    monkeypatch.setattr("optviz.movielens.fetch._list_sources", lambda _: [])
    (tmp_path / "channel").mkdir()
    training_job.work(str(tmp_path / "channel"), asks(1).to_json(), str(tmp_path / "results"))
    told = Channel(tmp_path / "channel").told()
    assert told
    assert told["phase"] == "failed"
    said = status(told)
    assert said.wrong
    assert said.detail.startswith("No MovieLens data")
    assert "optviz data --from" in said.detail


def test_training_canceled_before_it_began_does_nothing(tmp_path, nowhere):
    Channel(tmp_path).cancel()
    training_job.work(str(tmp_path), asks(1).to_json(), str(tmp_path / "results"))
    told = Channel(tmp_path).told()
    assert told
    assert told["phase"] == "canceled"
    assert "Nothing was trained yet" in status(told).detail


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
        some = Jobs(tmp_path / "results", thread)
        yield some
        some.close()


def done(jobs: Jobs, experiment: RatingsExperiment) -> dict:
    """The state of a training once it is over."""
    future = jobs.jobs[experiment.key].future
    assert future
    future.result(timeout=60)
    return jobs.look(experiment)


def test_finished_training_leaves_a_result_that_another_server_finds(jobs, tmp_path):
    jobs.submit(small_ask())
    assert done(jobs, small_ask())["phase"] == "finished"
    result = Jobs(tmp_path / "results", Held()).result(small_ask())
    assert result
    assert result.whole
    assert [each["label"] for each in result.words["trainings"]] == ["Adam lr=0.01", "SGD lr=1"]
    assert [len(each["valid"]) for each in result.words["trainings"]] == [2, 2]
    cut = result.slice()
    assert cut
    assert [each.label for each in cut.shadows] == ["Adam lr=0.01", "SGD lr=1"]
    assert not list(jobs.results.glob(".part-*"))


def test_finished_training_is_not_done_again(jobs):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    jobs.submit(small_ask())
    assert jobs.look(small_ask())["phase"] == "finished"
    assert small_ask().key not in jobs.jobs


def test_finished_training_can_be_asked_for_again(jobs):
    jobs.submit(small_ask())
    first = done(jobs, small_ask())["version"]
    jobs.submit(small_ask(), again=True)
    assert done(jobs, small_ask())["version"] != first


def test_result_of_other_ratings_is_not_shown(jobs, small, tmp_path):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    assert saved.find(jobs.results, small_ask(), small.checksum)
    assert saved.find(jobs.results, small_ask(), "another checksum") is None


def test_broken_result_is_not_shown(jobs, small):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    (jobs.results / small_ask().key / "result.json").write_text("{")
    assert jobs.look(small_ask())["phase"] == "none"


def test_only_the_newest_results_are_kept(tmp_path):
    for i in range(saved.KEEP + 3):
        (tmp_path / str(i)).mkdir()
        (tmp_path / str(i) / "result.json").write_text("{}")
    saved.forget(tmp_path)
    assert len(list(tmp_path.iterdir())) == saved.KEEP


def canceled_at(experiment, folder, results, when):
    """What a training says and leaves that is canceled once `when(progress)` is true."""
    folder.mkdir()
    job = training_job.Job(Channel(folder), experiment.to_json(), results)
    tell = job.training

    def telling(index, now):
        tell(index, now)
        if when(index, now):
            job.channel.cancel()
            job.orders.looked = -1e9  # look again at once

    job.training = telling
    job.run()
    told = Channel(folder).told()
    assert told
    return told


def test_canceled_training_keeps_what_it_reached_and_says_so(small, tmp_path):
    asked_for = small_ask("adam:lr=0.01", "sgd:lr=1", "sgd:lr=2", epochs=3)
    results = tmp_path / "results"
    told = canceled_at(asked_for, tmp_path / "c", results, lambda i, now: i == 1 and now.step >= 9)
    assert (told["phase"], told["result"]) == ("canceled", True)
    result = saved.find(results, asked_for, small.checksum)
    assert result
    assert not result.whole
    ended = [each["ended"] for each in result.words["trainings"]]
    assert ended == ["finished", "canceled at step 9"]
    words = summary(result.words)
    assert "SGD lr=1 was canceled at step 9; what it reached is shown." in words
    assert "1 optimizer of 3 had not begun." in words


def test_training_cut_short_does_not_replace_a_whole_one(jobs, small, tmp_path):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    canceled_at(small_ask(), tmp_path / "c", jobs.results, lambda *_: True)
    result = jobs.result(small_ask())
    assert result
    assert result.whole


def test_diverged_training_is_left_out_of_the_slice_in_words(jobs):
    asked_for = small_ask("adam:lr=0.01", "sgd:lr=1e30", model="dot")
    jobs.submit(asked_for)
    assert done(jobs, asked_for)["phase"] == "finished"
    result = jobs.result(asked_for)
    assert result
    assert "SGD lr=1e+30 is not drawn: it diverged at step" in result.words["slice_words"]
    cut = result.slice()
    assert cut
    assert [each.label for each in cut.shadows] == ["Adam lr=0.01"]
    shown = show(jobs, {"query": asked_for.to_query()})
    assert shown["hidden"][0] is False
    json.dumps(shown["validation"], allow_nan=False)


def test_result_without_a_slice_says_why(jobs):
    asked_for = small_ask("sgd:lr=1e30", model="dot")
    jobs.submit(asked_for)
    done(jobs, asked_for)
    shown = show(jobs, {"query": asked_for.to_query()})
    assert shown["slice_hidden"] is True
    assert shown["words"].startswith("There is no slice: ")
    assert predict(jobs, {"query": asked_for.to_query()}, "1", "1")


def test_slice_that_is_canceled_while_it_is_taken_leaves_curves_and_models(small, tmp_path):
    (tmp_path / "c").mkdir()
    job = training_job.Job(Channel(tmp_path / "c"), small_ask().to_json(), tmp_path / "results")
    tell = job.tell

    def telling(**progress):
        tell(**progress)
        if progress["phase"] == "drawing":
            job.channel.cancel()
            job.orders.looked = -1e9

    job.tell = telling
    job.run()
    told = Channel(tmp_path / "c").told()
    assert told
    assert (told["phase"], told["result"], told["why"]) == ("canceled", True, "canceled")
    result = saved.find(tmp_path / "results", small_ask(), small.checksum)
    assert result
    assert result.slice() is None
    assert result.words["slice_words"].startswith("There is no slice: the training was canceled")
    assert len(result.models()) == 2


def test_canceled_training_anew_says_that_the_earlier_result_is_shown(jobs):
    query = small_ask().to_query()
    jobs.submit(small_ask(), "browser-")
    done(jobs, small_ask())
    seen = follow(jobs, None, query, None, None, None, "browser-")
    gate = threading.Event()
    jobs.executor.submit(gate.wait)
    answer = follow(jobs, "train", query, seen["run"], None, 1, "browser-")
    jobs.jobs[small_ask().key].channel.cancel()
    gate.set()
    done(jobs, small_ask())
    answer = follow(jobs, "tick", query, answer["run"], None, 2, "browser-")
    assert "Canceled" in str(answer["said"])
    assert "What you see is the earlier result: 2 optimizers in" in str(answer["said"])
    result = jobs.own(small_ask())
    assert result
    assert result.whole
    assert answer["result"]["stamp"] == result.stamp
    later = follow(jobs, None, query, None, None, None, "another-")
    assert "Canceled" not in str(later["said"])
    again = follow(jobs, "train", query, answer["run"], None, 3, "browser-")
    assert again["run"]["phase"] in ratings_sent.PHASES


# -- what the app brings


@pytest.fixture
def bare(tmp_path, nowhere):
    """Jobs on a machine that has neither ratings nor results."""
    some = Jobs(tmp_path / "results", Held())
    yield some
    some.close()


def test_first_visit_shows_a_result_that_is_labelled_as_brought(bare):
    answer = follow(bare, None, RatingsExperiment().to_query())
    said = str(answer["said"])
    assert "Trained beforehand on the real ml-100k ratings (seed 0)" in said
    assert "Train to do it yourself, and to ask for predictions." in said
    assert answer["train"] == "Train"
    shown = show(bare, answer["result"])
    assert shown["hidden"] == [False, False, False, True]
    assert len(shown["slice"]["data"]) >= 8
    text = str(predict(bare, answer["result"], None, None))
    assert "Predictions need the trained models" in text
    assert "are fetched first" in text


def test_other_settings_bring_nothing(bare):
    assert bare.look(RatingsExperiment(epochs=2).training())["phase"] == "none"


def test_what_the_app_brings_is_small_and_holds_no_weights():
    files = {each.name: each.stat().st_size for each in ratings_shown.FOLDER.iterdir()}
    assert set(files) == {"result.json", "slice.npz"}
    assert sum(files.values()) < 300_000
    found = ratings_shown.find(RatingsExperiment().training())
    assert found
    cut = found.slice()
    assert cut
    assert cut.plane.origin.size == 0
    assert cut.plane.axes.size == 0
    assert found.words["made"] == {"data": "ml-100k", "optviz": "0.1.0", "seed": 0}


@pytest.mark.data
def test_what_the_app_brings_is_what_training_gives(ml100k):
    found = ratings_shown.find(RatingsExperiment().training())
    assert found
    assert found.words["checksum"] == ml100k.checksum
    trained = RatingsExperiment(rules=("adam:lr=0.003,l2=0.00015",)).perform(ml100k)
    brought = found.words["trainings"][-1]
    assert trained[0].label == brought["label"]
    assert trained[0].row()["best"] == pytest.approx(brought["best"], rel=1e-3)


def test_own_result_wins_over_what_the_app_brings(jobs, monkeypatch):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    brought = small_ask(), saved.Result(ratings_shown.FOLDER, {"made": {}})
    monkeypatch.setattr(ratings_shown, "read", lambda: brought)
    found = jobs.result(small_ask())
    assert found
    assert not found.brought
    monkeypatch.setattr(jobs, "own", lambda _: None)
    found = jobs.result(small_ask())
    assert found
    assert found.brought


# -- what the page shows


def test_page_before_the_first_training_shows_the_promise(jobs):
    answer = follow(jobs, None, small_ask().to_query(), None, None, None)
    assert answer["begun"] is False
    assert answer["cancel"] == "away"
    assert answer["idle"] == (True, True)
    assert answer["train"] == "Train"


def test_page_follows_a_training_to_its_end(jobs):
    query = small_ask().to_query()
    answer = follow(jobs, "train", query, None, None, 0)
    assert answer["begun"] is True
    done(jobs, small_ask())
    answer = follow(jobs, "tick", query, answer["run"], None, 1)
    assert answer["run"]["phase"] == "finished"
    assert answer["run"]["tick"] == 1
    assert answer["train"] == "Train again"
    assert answer["result"]["query"] == query
    assert "Trained" in str(answer["said"])
    assert show(jobs, answer["result"])["hidden"] == [False] * 4


def test_page_that_opens_on_a_finished_link_shows_its_result(jobs):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    answer = follow(jobs, None, small_ask().to_query(), None, None, None)
    assert answer["result"]["query"] == small_ask().to_query()


def test_page_keeps_following_what_runs_when_settings_change(held):
    jobs, _ = held
    jobs.submit(asks(1))
    run = follow(jobs, None, asks(1).to_query(), None, None, None)["run"]
    answer = follow(jobs, "ratings-query", asks(2).to_query(), run, None, None)
    assert answer["run"]["query"] == asks(1).to_query()
    assert "can be trained once this is over" in str(answer["said"])


def test_page_says_when_the_server_has_lost_the_training(held):
    jobs, _ = held
    jobs.submit(asks(1))
    run = follow(jobs, None, asks(1).to_query(), None, None, None)["run"]
    jobs.close()
    answer = follow(jobs, "tick", asks(1).to_query(), run, None, None)
    assert "this training is gone" in str(answer["said"])
    assert answer["idle"] == (True, True)


def test_page_refuses_to_train_nothing(jobs):
    query = RatingsExperiment(rules=("sgd:lr=1,on=no",)).to_query()
    answer = follow(jobs, "train", query, None, None, None)
    assert "Every optimizer is switched off: switch one on." in str(answer["said"])


def test_curves_are_sent_only_when_they_are_new(held):
    jobs, executor = held
    jobs.submit(asks(1), "browser-")
    curve = {"label": "Adam", "kind": "adam", "step": [1], "train": [1.0], "valid": []}
    told = {"version": 3, "phase": "training", "index": 0, "epoch": 1, "step": 1, "steps": 10}
    told |= {"share": 0.1, "left": 4.0, "baseline": 0.9, "curves": [curve]}
    jobs.jobs[asks(1).key].channel.tell(told)
    first = follow(jobs, "tick", asks(1).to_query(), None, None, 1)
    again = follow(jobs, "tick", asks(1).to_query(), first["run"], None, 2)
    assert [trace["name"] for trace in first["live"]["data"]] == ["Adam", "Adam"]
    assert not isinstance(again["live"], dict)
    assert "about 4 s left" in str(first["said"])
    assert first["progress"] == 10
    executor.futures[0].cancel()


def test_prediction_names_its_parts_and_what_was_given(jobs, small):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    result = {"query": small_ask().to_query()}
    text = str(predict(jobs, result, "3", "5"))
    rating = float(small.rating[(small.user == 2) & (small.movie == 4)][0])
    assert f"User 3 really gave Movie 5 (1999) {rating:g} stars" in text
    model = jobs.result(small_ask()).models()[0]
    made = model.predict(small, 3, 4)
    assert f"{made.rating:.2f} stars" in text
    assert f"{made.dot:+.2f}".replace("-", "−") in text
    assert "movie bias" in text


def test_lists_open_with_what_the_link_names(jobs):
    jobs.submit(small_ask())
    done(jobs, small_ask())
    result, link = {"query": small_ask().to_query()}, small_ask().to_query() + "&user=4&movie=6"
    assert options("user", result, link, None, None)[1] == "4"
    assert options("movie", result, link, None, None)[1] == "6"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "about 1 s"), (41.4, "about 41 s"), (150, "about 2 minutes")]
)
def test_time_left_is_said_in_words(seconds, words):
    assert duration(seconds) == words


def test_page_opens_for_every_model():
    for model in RATERS:
        text = str(ratings_page.layout(RatingsExperiment(model=model), []))
        assert ratings_state.STORIES[model] in text


# -- processes


def test_worker_processes_end_with_their_jobs(small, tmp_path):
    jobs = Jobs(tmp_path / "results")
    slow = [slow_ask(seed) for seed in range(3)]
    try:
        for each in slow:
            jobs.submit(each)
        wait_until(lambda: jobs.look(slow[1])["phase"] == "training")
        assert jobs.look(slow[2])["phase"] == "waiting"
        workers = list(jobs.executor._processes.values())  # type: ignore[union-attr]
        assert len(workers) == AT_ONCE
        jobs.cancel(slow[0])
        wait_until(lambda: jobs.look(slow[0])["phase"] == "canceled")
        assert jobs.result(slow[0])
    finally:
        jobs.close()
    assert not any(each.is_alive() for each in workers)


def test_jobs_load_neither_torch_nor_plotly():
    code = (
        "import sys, optviz_app.jobs.queue; print({'torch', 'plotly', 'dash'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


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
    fields = ("data", "model", "epochs", "batch", "seed", "rules", "user", "movie")
    assert read(sent, sent, dict.fromkeys(fields, sent))["model_note"]
    assert len(show(jobs, sent)["hidden"]) == 4
    for kind in ("user", "movie"):
        assert len(options(kind, sent, sent, sent, sent)) == 2
    predict(jobs, sent, sent, sent)

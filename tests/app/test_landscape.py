"""The Landscape tab without a browser: its choices, its work, its pictures, hostile input."""

import shutil
from dataclasses import replace

import pytest
from dash import no_update
from optviz_app.components.long_work import follow_work
from optviz_app.jobs.channel import Reporter
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.readiness import prepare_worker, wait_briefly
from optviz_app.jobs.worker import work
from optviz_app.pages.movielens.landscape.layout import WORK
from optviz_app.pages.movielens.landscape.respond import (
    COARSE,
    begin_picture,
    draw_ways,
    offer_choices,
    show_landscape,
    take_choices,
)
from optviz_app.pages.movielens.landscape.task import (
    DRAFT,
    GONE,
    LandscapeTask,
    PictureTeller,
    make_landscape_request,
    read_runs,
)
from optviz_app.pages.movielens.training_task import TrainingTask, make_training_request

from optviz.experiments.ratings import RatingsExperiment
from optviz.landscapes.pictures import COLORS, LOOKS, PICTURES
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.ways import WAYS
from tests.support.long_work import Held
from tests.support.ratings_made import few_ratings, small_ask

ASKED = small_ask()
RESULT = {"query": ASKED.to_query()}
TRAINED = make_training_request(ASKED)


def ask(**changes):
    """Return the query of the page with some choices of the tab."""
    return replace(ASKED, **{"grid": 21, **changes}).to_query()


def perform(address, request, cache):
    """Do some work as a worker does, and return what it told last."""
    folder = cache / "channel"
    folder.mkdir(exist_ok=True)
    return work(str(folder), address, request.kind, request.text, str(cache))


def draw(query, cache):
    """Draw the picture of a query, and return what the page shows."""
    offered = offer_choices(Jobs(cache, Held()), RESULT, query)["query"]
    request = make_landscape_request(offered)
    told = perform("optviz_app.pages.movielens.landscape.task:LandscapeTask", request, cache)
    assert told["phase"] == "finished", told
    return show_landscape(Jobs(cache, Held()), RESULT, query)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A cache with ratings, and two small trainings of them."""
    cache = tmp_path_factory.mktemp("landscape") / "cache"
    few_ratings(cache)
    request = make_training_request(ASKED)
    address = "optviz_app.pages.movielens.training_task:TrainingTask"
    assert perform(address, request, cache)["phase"] == "finished"
    return cache


def test_the_first_picture_is_that_of_the_training_and_asks_for_no_work(trained):
    jobs = Jobs(trained, Held())
    assert offer_choices(jobs, RESULT, RESULT["query"])["query"] == ""
    shown = show_landscape(jobs, RESULT, RESULT["query"])
    assert (shown["hidden"], shown["no_figure"]) == (False, False)
    assert "off the plane" in str(shown["words"])


@pytest.mark.parametrize("axes", WAYS)
def test_a_plane_is_drawn_along_each_choice_of_axes(axes, trained):
    shown = draw(ask(axes=axes), trained)
    names = [trace.get("name") for trace in shown["figure"]["data"]]
    assert any("Adam lr=0.01" in (name or "") for name in names)
    assert shown["words"]


@pytest.mark.parametrize("picture", [each for each in PICTURES if each != "plane"])
def test_each_other_picture_is_drawn_with_words(picture, trained):
    shown = draw(ask(picture=picture), trained)
    assert len(shown["figure"]["data"]) > 1
    assert shown["no_ends"] is True
    assert str(shown["words"])


def test_how_a_plane_is_looked_at_needs_no_new_work(trained):
    looked = [
        make_landscape_request(offer_choices(Jobs(trained, Held()), RESULT, query)["query"])
        for query in (ask(), ask(color="true loss"), ask(look="depth"))
    ]
    assert len({each.key for each in looked}) == 1


def test_what_a_picture_does_not_need_is_no_part_of_its_request():
    keys = {make_landscape_request(ask(first=first)).key for first in (0, 1)}
    assert len(keys) == 1
    assert len({make_landscape_request(ask(first=n, axes="path")).key for n in (0, 1)}) == 2


def test_a_choice_begins_its_picture_before_the_link_has_it(trained):
    jobs, query = Jobs(trained, Held()), take_choices(ask(), {"axes": "steps", "grid": "31"})
    assert query == ask(axes="steps", grid=31)
    assert take_choices(ask(), {"axes": [], "grid": "52", "look": None}) == ask()
    try:
        begin_picture(jobs, RESULT, query, "browser-", "")
        begin_picture(jobs, RESULT, query, "browser-", "")
        assert list(jobs.jobs) == [make_landscape_request(query).key]
    finally:
        jobs.close()


def test_a_picture_that_is_there_is_not_drawn_again_and_a_new_look_changes_it_alone(trained):
    jobs, query = Jobs(trained, Held()), RESULT["query"]
    drawn = show_landscape(jobs, RESULT, query)["drawn"]
    assert set(show_landscape(jobs, RESULT, query, "light", drawn).values()) == {no_update}
    looked = show_landscape(jobs, RESULT, ask(grid=51, look="depth"), "light", drawn)
    assert {name for name, value in looked.items() if value is not no_update} == {"figure", "drawn"}
    dark = show_landscape(jobs, RESULT, query, "dark", drawn)
    assert dark["words"] is not no_update


def test_every_way_to_look_at_a_plane_is_sent_ahead(trained):
    jobs, query = Jobs(trained, Held()), ask(grid=51, color="true loss")
    shown = show_landscape(jobs, RESULT, query)
    ahead = draw_ways(jobs, RESULT, query, "light", shown["drawn"])
    assert ahead["of"] == shown["drawn"]["of"]
    assert ahead["figures"][shown["drawn"]["way"]] == shown["figure"]
    assert len(ahead["figures"]) == len(COLORS) + len(LOOKS) - 1
    assert draw_ways(jobs, RESULT, query, "light", {"of": "another"}) is no_update


def test_a_worker_reads_the_paths_ahead_and_once(trained, tmp_path):
    read_runs.cache_clear()
    for _ in range(2):
        LandscapeTask(make_landscape_request(ask(axes="random")), trained).prepare()
    assert (read_runs.cache_info().misses, read_runs.cache_info().hits) == (1, 1)
    LandscapeTask(make_landscape_request(ask()), tmp_path).prepare()  # nothing is there to read


def test_a_worker_that_was_made_ready_draws_while_the_answer_waits(trained):
    jobs, request = Jobs(trained), make_landscape_request(ask(axes="steps", first=1))
    try:
        prepare_worker(jobs, make_landscape_request(RESULT["query"]))
        jobs.submit(request, "browser-")
        wait_briefly(jobs, request, seconds=60)
        assert jobs.find_result(request)
    finally:
        jobs.close()


def test_a_coarse_picture_is_shown_until_the_whole_one_is_there(trained, tmp_path):
    jobs, query = Jobs(trained, Held()), ask(axes="random", first=2)
    request, cut = make_landscape_request(query), TrainingTask(TRAINED, trained)
    try:
        begin_picture(jobs, RESULT, query, "browser-", "")
        assert show_landscape(jobs, RESULT, query)["drawn"] is no_update
        reporter = Reporter(jobs.jobs[request.key].channel)
        teller = PictureTeller(reporter)
        teller.tell(100, 441)
        teller.show(Slice.from_npz(cut.target / "slice.npz"))
        assert reporter.told["rows"] == [0]
        shown = show_landscape(jobs, RESULT, query)
        wait_briefly(jobs, request, DRAFT, seconds=60)  # at once, though the work goes on
        assert (shown["state"], COARSE in str(shown["words"])) == ("coarse", True)
        assert shown["no_figure"] is False
        future = jobs.jobs[request.key].future
        assert future
        future.set_result(reporter.told)
    finally:
        jobs.close()


def test_choices_are_explained_and_name_the_runs(trained):
    said = offer_choices(Jobs(trained, Held()), RESULT, ask(axes="path"))
    assert said["picture_note"] == PICTURES["plane"].about
    assert said["axes_note"] == WAYS["path"].about
    assert [each["label"] for each in said["runs"][0]] == ["the best", "Adam lr=0.01", "SGD lr=1"]
    assert said["hidden"][:3] == [False, False, True]
    assert offer_choices(Jobs(trained, Held()), None, ask(first=2))["runs"] == [no_update] * 2


def test_a_run_that_is_not_there_gets_a_sentence(trained):
    request = make_landscape_request(ask(axes="path", first=7))
    told = perform("optviz_app.pages.movielens.landscape.task:LandscapeTask", request, trained)
    assert told["phase"] == "failed"
    assert "there are 2 runs to draw, got the number 7" in told["why"]


def test_models_that_are_gone_or_spoiled_get_a_sentence(trained, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(trained, cache)
    path = TrainingTask(make_training_request(ASKED), cache).target / "path-0.npz"
    path.write_bytes(path.read_bytes()[:-99])
    request = make_landscape_request(ask(axes="random"))
    address = "optviz_app.pages.movielens.landscape.task:LandscapeTask"
    assert GONE in perform(address, request, cache)["why"]


def test_a_change_starts_the_work_and_ends_that_of_before(trained):
    jobs, first, second = Jobs(trained, Held()), ask(axes="random", grid=31), ask(grid=101)
    try:
        now = follow_work(jobs, WORK, "query", first, {}, 0, "browser-")
        assert now["run"]["phase"] == "starting"
        now = follow_work(jobs, WORK, "query", second, now["run"], 0, "browser-")
        assert now["run"]["work"] == make_landscape_request(second).key
        assert jobs.jobs[make_landscape_request(first).key].why == "canceled"
    finally:
        jobs.close()


def test_without_a_choice_nothing_is_started(trained):
    jobs = Jobs(trained, Held())
    for press in ("query", "start"):
        now = follow_work(jobs, WORK, press, "", {}, 0, "browser-")
        assert (now["run"]["phase"], now["busy"]) == ("none", True)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("picture=cube", "picture must be one of plane"),
        ("axes=pca", "axes must be one of paths"),
        ("grid=52", "grid must be 21, 31, 51 or 101, got 52"),
        ("first=-1", "first must be a whole number from 0 to 12, got -1"),
        ("look=down", "look must be one of above"),
    ],
)
def test_a_link_with_a_wrong_choice_gets_a_sentence(part, sentence):
    _, said = RatingsExperiment.from_query(f"?{part}")
    assert any(sentence in each for each in said), said


def test_whatever_a_browser_sends_is_answered(trained):
    jobs = Jobs(trained, Held())
    for sent in (None, 0, [], {}, "?", {"query": 3}, {"query": "?axes=%00"}):
        assert offer_choices(jobs, sent, sent)["no_body"] in (True, False)
        assert "hidden" in show_landscape(jobs, sent, sent, "light", sent)
        assert draw_ways(jobs, sent, sent, "light", sent) is no_update
        assert take_choices(sent, {"axes": sent, "color": sent})[:0] == ""
        begin_picture(jobs, sent, sent, "browser-", "")
    assert not jobs.jobs


def test_the_task_is_of_the_data_on_this_machine(trained):
    task = LandscapeTask(make_landscape_request(ask()), trained)
    assert (
        task.find_checksum() == TrainingTask(make_training_request(ASKED), trained).find_checksum()
    )

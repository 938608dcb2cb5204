"""The app in an environment without torch, and what it says of the mini net there."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.layout import layout
from optviz_app.pages.movielens.progress import follow
from optviz_app.pages.movielens.respond import predict
from optviz_app.pages.movielens.training_task import make_training_request

from optviz.experiments.ratings import RatingsExperiment
from tests.support.light import run_light
from tests.support.ratings_made import few_ratings, small_ask

SENTENCE = 'the mini net needs torch: pip install "optviz[torch]"'


def test_app_shows_every_page_trains_and_cancels_without_torch(light_python, tmp_path):
    code = "from tests.support.light_work import use_app; print(use_app())"
    said = run_light(light_python, f"if __name__ == '__main__': {code}", OPTVIZ_CACHE=str(tmp_path))
    assert said == f"{SENTENCE}\n"


@pytest.fixture
def no_torch(monkeypatch):
    """A function that takes torch away."""
    return lambda: monkeypatch.setitem(sys.modules, "torch", None)


def test_page_of_the_mini_net_says_what_to_install_before_it_is_trained(no_torch, tmp_path):
    net = RatingsExperiment(model="net")
    assert SENTENCE not in str(layout(net, []))
    no_torch()
    assert SENTENCE in str(layout(net, []))
    assert SENTENCE not in str(layout(RatingsExperiment(), []))
    said = follow(Jobs(tmp_path), "train", net.to_query())
    assert "Not started" in str(said["said"])
    assert SENTENCE.removeprefix("the") in str(said["said"])


def test_result_of_a_mini_net_from_elsewhere_is_shown_without_predictions(
    no_torch, tmp_path, monkeypatch
):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path))
    few_ratings(tmp_path)
    net = replace(small_ask(), model="net", epochs=1, batch=512)
    with ThreadPoolExecutor(1) as thread:
        jobs = Jobs(tmp_path, thread)
        request = make_training_request(net)
        jobs.submit(request)
        future = jobs.jobs[request.key].future
        assert future
        future.result(timeout=60)
    no_torch()
    assert jobs.find_result(request) is not None
    assert SENTENCE.removeprefix("the") in str(predict(jobs, {"query": net.to_query()}, "4", "6"))

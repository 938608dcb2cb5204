"""The Studies tab without a browser: answers that came along, studies made anew, hostile input."""

import json

import pytest
from optviz_app.app import make_app
from optviz_app.jobs.channel import Channel, Reporter
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.worker import run_task
from optviz_app.pages.movielens.studies.layout import FIGURES
from optviz_app.pages.movielens.studies.respond import describe_study, follow_study
from optviz_app.pages.movielens.studies.study_task import StudyTask, make_study_request

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.studies import STUDIES, Study, load_saved
from tests.support.callback_bodies import to_json
from tests.support.long_work import Held
from tests.support.ratings_made import few_ratings

BROWSER = "browser-1"


@pytest.fixture
def cache(tmp_path):
    """A cache with 600 ratings, on which the study of the small set is made."""
    few_ratings(tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def small_study(monkeypatch):
    """A study of the small set that takes a moment."""
    kind = STUDIES["lookup"]._replace(data="ml-latest-small", seeds=2)
    monkeypatch.setitem(STUDIES, "lookup", kind)
    return make_study_request("lookup")


@pytest.mark.parametrize("name", list(STUDIES))
def test_each_study_shows_the_result_that_comes_along(name, tmp_path):
    shown = follow_study(Jobs(tmp_path), None, name)
    saved = load_saved(name)
    assert shown["question"] == saved.question
    assert shown["words"] == saved.conclude()
    assert "comes with optviz" in shown["made"]
    assert shown["hidden"].count(False) == len(saved.pictures()) <= FIGURES
    text = json.dumps(to_json(shown["table"]))
    for row in saved.table().write_cells():
        for cell in row:
            assert json.dumps(cell)[1:-1] in text


def test_what_is_shown_is_not_sent_again(tmp_path):
    jobs = Jobs(tmp_path)
    first = follow_study(jobs, None, "solver")
    again = to_json(follow_study(jobs, None, "solver", first["run"], tick=3))
    assert again["run"]["tick"] == 3
    assert len(json.dumps(again)) < 2000 < len(json.dumps(to_json(first)))
    assert first["run"]["stamp"] == again["run"]["stamp"]
    assert follow_study(jobs, None, "lookup", first["run"])["question"] != first["question"]


def test_a_study_made_anew_replaces_the_one_that_came_along(cache, small_study, tmp_path):
    (tmp_path / "channel").mkdir()
    task = StudyTask(small_study, cache)
    run_task(task, Reporter(Channel(tmp_path / "channel")))
    shown = follow_study(Jobs(cache), None, "lookup")
    assert "made here" in shown["made"]
    assert "2 seeds" in shown["made"]
    assert shown["run"]["phase"] == "finished"


def test_the_end_of_a_study_is_told_until_another_is_shown(cache, small_study, tmp_path):
    (tmp_path / "channel").mkdir()
    run_task(StudyTask(small_study, cache), Reporter(Channel(tmp_path / "channel")))
    jobs, run = Jobs(cache), {"name": "lookup", "phase": "measuring"}
    for _ in range(3):  # a question that was under way when the end was told comes after it
        shown = follow_study(jobs, None, "lookup", run)
        assert "Measured anew" in json.dumps(to_json(shown["said"]))
        run = shown["run"]
    other = follow_study(jobs, None, "solver", run)
    again = follow_study(jobs, None, "lookup", other["run"])
    for each in (other, again):
        assert "Measured anew" not in json.dumps(to_json(each["said"]))


def test_a_damaged_result_gives_way_to_the_one_that_came_along(cache, small_study, tmp_path):
    (tmp_path / "channel").mkdir()
    task = StudyTask(small_study, cache)
    run_task(task, Reporter(Channel(tmp_path / "channel")))
    file = task.target / "result.json"
    words = json.loads(file.read_text())
    file.write_text(json.dumps(words | {"study": words["study"][:-40]}))
    assert "comes with optviz" in follow_study(Jobs(cache), None, "lookup")["made"]


def test_a_study_is_begun_once_and_canceled_by_who_began_it(cache, small_study):
    with Held() as held:
        jobs = Jobs(cache, held, slots=1)
        started = follow_study(jobs, "study-start", "lookup", browser=BROWSER)
        assert started["busy"]
        assert started["run"]["key"] == small_study.key
        assert started["cancel"] == ""
        again = follow_study(jobs, "study-start", "lookup", started["run"], browser=BROWSER)
        assert again["busy"]
        assert len(jobs.list_active()) == 1
        other = follow_study(jobs, "study-cancel", "lookup", browser="browser-2")
        assert other["cancel"] == "away"
        canceling = follow_study(jobs, "study-cancel", "lookup", started["run"], browser=BROWSER)
        assert "Canceling" in json.dumps(to_json(canceling["said"]))


def test_a_canceled_study_leaves_the_result_from_before(cache, small_study, tmp_path):
    channel = Channel(tmp_path / "channel")
    channel.folder.mkdir()
    channel.cancel()
    reporter = Reporter(channel)
    run_task(StudyTask(small_study, cache), reporter)
    assert reporter.told["phase"] == "canceled"
    assert "comes with optviz" in follow_study(Jobs(cache), None, "lookup")["made"]


def test_the_state_of_a_study_is_told_in_words():
    now = {"phase": "measuring", "done": 3, "total": 12, "words": "sigmoid, seed 1"}
    assert describe_study(now, False, True).share == 0.25
    failed = describe_study({"phase": "failed", "why": "disk full"}, False, False)
    assert failed.is_wrong
    assert failed.detail.startswith("Disk full.")


@pytest.mark.parametrize("study", [None, "", "nothing", 3, ["lookup"], {"a": 1}, "x" * 9999])
@pytest.mark.parametrize("run", [None, 7, {"name": 3, "phase": [], "stamp": {}}, []])
def test_nonsense_from_a_browser_counts_as_nothing_sent(study, run, tmp_path):
    shown = follow_study(Jobs(tmp_path), None, study, run, tick=run, browser=run)
    assert shown["run"]["name"] == next(iter(STUDIES))


def test_the_files_of_a_study_are_its_table_and_its_record():
    client = make_app().server.test_client()
    answer = client.get("/movielens/studies/solver.json?x")
    assert Study.from_json(answer.get_data(as_text=True)).name == "solver"
    table = client.get("/movielens/studies/solver.csv").get_data(as_text=True).splitlines()
    assert len(table) == len(load_saved("solver").table().rows) + 1
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("file", ["nothing.csv", "solver.exe", "..%2f.json", "solver.csv.json"])
def test_other_files_are_refused_with_a_sentence(file):
    answer = make_app().server.test_client().get(f"/movielens/studies/{file}")
    assert answer.status_code == 404


def test_the_study_is_in_the_link_and_no_part_of_a_training():
    link = RatingsExperiment(panel="studies", study="solver").to_query()
    assert "study=solver" in link
    found, sentences = RatingsExperiment.from_query(link)
    assert not sentences
    assert found.study == "solver"
    assert found.training() == RatingsExperiment().training()
    assert "study" not in RatingsExperiment().to_query()
    assert RatingsExperiment.from_query("study=nothing")[1]

"""The Race page without a browser: its controls, what arrives, its result, hostile input."""

import csv
import json
from copy import deepcopy
from io import StringIO
from typing import Any

import pytest
from dash import no_update
from optviz_app.app import make_app
from optviz_app.components.long_work import describe_work, follow_work
from optviz_app.jobs.channel import Channel, Reporter
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.worker import run_task
from optviz_app.pages.races.layout import WORK, layout
from optviz_app.pages.races.panels import build_cells, build_plan, build_rows, spell
from optviz_app.pages.races.race_task import ClaimTask, RaceTask, make_race_request
from optviz_app.pages.races.respond import AT_ONCE, answer, show_race
from optviz_app.pages.races.state import list_named, list_rules, read_controls

from optviz.experiments.races import RaceExperiment
from optviz.runs.work import Here
from optviz.sweeps.races import LUCKIEST
from tests.support.callback_bodies import to_json
from tests.support.long_work import Held
from tests.support.movielens_server import SMALL as SMALL_SET
from tests.support.movielens_server import publish_made_zip, running_server

SMALL = RaceExperiment(
    problems=("ravine", "x^2 + 3*y^2"), steps=20, trials=4, choosing=2, reporting=10, noise=0.1
)
NAMES = ("steps", "noise", "trials", "choosing", "reporting", "seed", "tuning", "mode", "claim")


def controls_of(experiment, **changes):
    """What the controls of a page show, but for some that a person has changed."""
    problems, formulas = list_named(experiment)
    rules, more = list_rules(experiment)
    shown = {name: getattr(experiment, name) for name in NAMES}
    shown |= {"problems": problems, "formulas": formulas, "rules": rules, "more": more}
    return shown | changes


def hold(experiment, folder):
    """Hold a race as a worker does; return what it told, and the jobs that find its result."""
    channel = Channel(folder / "channel")
    channel.folder.mkdir(exist_ok=True)
    reporter, told = Reporter(channel), []
    tell = reporter.tell
    reporter.is_due = lambda: True

    def note(phase, **more):
        told.append(deepcopy({"phase": phase, **more}))
        tell(phase, **more)

    reporter.tell = note
    run_task(RaceTask(make_race_request(experiment.to_query()), folder), reporter)
    return told, Jobs(folder)


# ---- controls


@pytest.mark.parametrize(
    "experiment",
    [
        RaceExperiment(),
        SMALL,
        RaceExperiment(rules=("adam:lr=0.001,wd=0.01", "sgd:lr=0.01"), problems=("suite",)),
    ],
    ids=["default", "formula", "suite"],
)
def test_controls_show_a_race_and_read_it_back(experiment):
    after, wrong = read_controls(experiment, controls_of(experiment))
    assert not wrong
    assert set(after.rules) == set(experiment.rules)
    assert after.problems == experiment.problems


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({"problems": ["bowl"]}, "problem=bowl"),
        ({"formulas": "x^4 + y^2"}, "problem=x^4"),
        ({"rules": ["sgd", "rmsprop"]}, "rule=rmsprop:lr=0.01"),
        ({"more": "adam:lr=1,wd=0.1"}, "rule=adam:lr=1,wd=0.1"),
        ({"trials": "8"}, "trials=8"),
        ({"tuning": "self"}, "tuning=self"),
        ({"mode": "claim"}, "mode=claim"),
        ({"claim": "sgd  beats adam"}, "claim=sgd%20beats%20adam"),
    ],
)
def test_a_change_of_a_control_is_in_the_link(changes, query):
    before = RaceExperiment()
    out = answer(before.to_query(), controls_of(before, **changes))
    assert query in out["query"].replace("%5E", "^")


def test_the_suite_and_others_do_not_stand_together():
    before = RaceExperiment()
    out = answer("", controls_of(before, problems=["bowl", "suite"]))
    assert out["problems"] == ["suite"]
    suite = RaceExperiment(problems=("suite",))
    out = answer(suite.to_query(), controls_of(suite, problems=["suite", "bowl"]))
    assert out["problems"] == ["bowl"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rules": ["sgd"]}, "more"),
        ({"more": "adm"}, "more"),
        ({"formulas": "x +"}, "formulas"),
        ({"reporting": "3"}, "reporting"),
        ({"trials": "many"}, "trials"),
        ({"problems": []}, "formulas"),
        ({"claim": "adam is best"}, "claim"),
    ],
)
def test_a_wrong_field_has_a_sentence_and_changes_nothing(changes, field):
    before = RaceExperiment()
    after, wrong = read_controls(before, controls_of(before, **changes))
    assert after == before
    assert list(wrong) == [field]


# ---- what is shown


def test_the_page_opens_with_a_race_that_was_held_at_once(tmp_path):
    shown = show_race(Jobs(tmp_path), {"query": ""})
    made = RaceExperiment().perform(executor=Here())
    assert made.conclude() in json.dumps(to_json(shown["conclusion"]))
    assert shown["notice"] == AT_ONCE
    assert shown["hidden"] == [False, False, False, True]
    narrow = show_race(Jobs(tmp_path), {"query": "", "columns": 1})
    heights = [each["heights"][2]["height"] for each in (shown, narrow)]
    assert heights[1] > 2 * heights[0]


def test_a_large_race_says_what_it_would_do(tmp_path):
    shown = show_race(Jobs(tmp_path), {"query": "steps=20000"})
    told = json.dumps(to_json(shown["conclusion"]))
    assert "90,000,000 gradients" in told
    assert shown["table"] is None


def test_a_plan_of_one_of_each_is_in_the_singular():
    one = RaceExperiment(problems=("ml-100k",), trials=1, choosing=1)
    told = json.dumps(to_json(build_plan(one)))
    assert "1 problem, 1 trial for each rule on each, 1 seed that chooses" in told


def test_a_plan_without_surfaces_says_nothing_of_them():
    told = json.dumps(to_json(build_plan(RaceExperiment(problems=("ml-100k",)))))
    assert "The trainings of ml-100k." in told
    assert "surfaces" not in told


def test_the_targets_are_explained_for_each_kind_of_problem(tmp_path):
    told = json.dumps(to_json(show_race(Jobs(tmp_path), {"query": SMALL.to_query()})["ranks"]))
    assert "10 %, 1 % and 0.01 % of the way is left on surfaces" in told
    assert "ratings" not in told


def test_verdict_and_probability_stand_right_after_the_condition():
    row = {"factor": "base", "condition": "each tuned", "P(a beats b)": "0.5", "verdict": "holds"}
    heads = list(find_all(to_json(build_cells([row])), "Th"))
    assert heads[:4] == ["factor", "condition", "verdict", "P(a beats b)"]


def test_the_best_single_run_is_struck_through():
    (row, *_) = SMALL.perform(executor=Here()).rows()
    told = to_json(build_rows([row]))
    assert list(find_all(told, "S")) == [spell(row[LUCKIEST])]


def find_all(tree, kind):
    """The children of every element of a kind."""
    if isinstance(tree, dict):
        if tree.get("type") == kind:
            yield tree["props"]["children"]
        for each in tree.values():
            yield from find_all(each, kind)
    elif isinstance(tree, list):
        for each in tree:
            yield from find_all(each, kind)


# ---- work


def test_rows_arrive_problem_by_problem_and_are_those_of_the_result(tmp_path):
    told, jobs = hold(SMALL, tmp_path)
    assert told[-1]["phase"] == "finished"
    arrived = [each["rows"] for each in told if each["phase"] == "working"]
    assert {len(rows) for rows in arrived} == {0, 3, 6}
    expected = SMALL.perform(executor=Here())
    assert arrived[-1] == expected.rows()
    result: Any = jobs.find_result(make_race_request(SMALL.to_query()))
    assert result.words["rows"] == expected.rows()
    assert result.words["conclusion"] == expected.conclude()
    shown = show_race(jobs, {"query": SMALL.to_query()})
    assert shown["no_notice"]


def test_rows_that_a_page_has_are_not_sent_again(tmp_path):
    query = SMALL.to_query()
    with Held() as held:
        jobs = Jobs(tmp_path, held, slots=1)
        begun = follow_work(jobs, WORK, "start", query, browser="browser-1")
        (job,) = jobs.list_active()
        told = {"version": 5, "phase": "working", "done": 1, "total": 6, "words": "", "rows": []}
        job.channel.write_progress(told | {"rows": [{"workload": "Ravine"}]})
        first = follow_work(jobs, WORK, "", query, begun["run"], browser="browser-1")
        assert first["result"]["rows"] == [{"workload": "Ravine"}]
        job.channel.write_progress(told | {"version": 6, "rows": [{"workload": "Ravine"}]})
        again = follow_work(jobs, WORK, "", query, first["run"], browser="browser-1")
        assert again["result"] is no_update


def test_what_has_arrived_is_shown_before_the_end(tmp_path):
    told, jobs = hold(SMALL, tmp_path)
    rows = next(each["rows"] for each in told if each.get("rows"))
    shown = show_race(jobs, {"query": SMALL.to_query(), "rows": rows})
    assert "Ravine" in json.dumps(to_json(shown["table"]))
    assert shown["hidden"] == [True] * 4
    assert "no result yet" in json.dumps(to_json(shown["conclusion"]))


def test_a_rule_that_tunes_itself_has_no_picture_of_trials(tmp_path):
    experiment = RaceExperiment.from_query(f"{SMALL.to_query()}&tuning=self")[0]
    told, jobs = hold(experiment, tmp_path)
    assert told[-1]["phase"] == "finished", told[-1]
    shown = show_race(jobs, {"query": experiment.to_query()})
    assert shown["hidden"] == [False, False, True, True]


def test_a_race_that_is_canceled_keeps_its_finished_trials(tmp_path):
    channel = Channel(tmp_path / "channel")
    channel.folder.mkdir()
    reporter = Reporter(channel)
    tell = reporter.tell

    def cancel_after_some(phase, **more):
        tell(phase, **more)
        if more.get("done", 0) >= 2:
            channel.cancel()
            reporter.orders.looked = -1.0

    reporter.tell, reporter.is_due = cancel_after_some, lambda: True
    run_task(RaceTask(make_race_request(SMALL.to_query()), tmp_path), reporter)
    assert reporter.told["phase"] == "canceled"
    (channel.folder / "cancel").unlink()
    told, _ = hold(SMALL, tmp_path)
    working = [each for each in told if each["phase"] == "working"]
    assert working[0]["done"] >= 2


@pytest.mark.parametrize("mode", ["race", "claim"])
def test_ratings_are_fetched_with_progress_and_the_fetching_is_canceled(
    mode, tmp_path, monkeypatch
):
    data = publish_made_zip(tmp_path, monkeypatch)

    def serve(request):
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    channel = Channel(tmp_path / "channel")
    channel.folder.mkdir()
    reporter, told = Reporter(channel), []
    tell = reporter.tell

    def cancel_at_once(phase, **more):
        tell(phase, **more)
        told.append((phase, more))
        if phase == "fetching":
            channel.cancel()
            reporter.orders.looked = -1.0

    reporter.tell, reporter.is_due = cancel_at_once, lambda: True
    query = RaceExperiment(problems=(SMALL_SET,), mode=mode).to_query()
    kind = {"race": RaceTask, "claim": ClaimTask}[mode]
    with running_server(monkeypatch) as start:
        start(serve)
        run_task(kind(make_race_request(query), tmp_path), reporter)
    assert [phase for phase, _ in told] == ["starting", "fetching", "canceled"]
    now = {"phase": "fetching", **told[1][1]}
    assert describe_work(WORK, now).text == "Loading the ratings"


def test_one_rule_is_said_and_nothing_can_begin(tmp_path):
    now = follow_work(Jobs(tmp_path), WORK, "start", "rule=sgd:lr=1")
    assert now["busy"]
    assert "A race needs two rules, got 1" in json.dumps(to_json(now["said"]))
    show_race(Jobs(tmp_path), {"query": "rule=sgd:lr=1"})
    layout(RaceExperiment.from_query("rule=sgd:lr=1")[0], [])


@pytest.mark.parametrize("sent", [None, 3, [], {"query": 3, "rows": [1, {}]}, {"rows": "x"}])
def test_nonsense_from_a_browser_counts_as_nothing_sent(sent, tmp_path):
    assert show_race(Jobs(tmp_path), sent)["hidden"]
    assert follow_work(Jobs(tmp_path), WORK, "", sent, sent, sent)["run"]["phase"] == "none"


def test_a_claim_is_checked_and_shown_with_its_conditions(tmp_path):
    experiment = RaceExperiment.from_query(f"{SMALL.to_query()}&mode=claim")[0]
    jobs = Jobs(tmp_path)
    request = make_race_request(experiment.to_query())
    assert request.kind == "claim"
    plan = show_race(jobs, {"query": experiment.to_query()})
    assert "has not been checked here yet" in json.dumps(to_json(plan["conclusion"]))
    channel = Channel(tmp_path / "channel")
    channel.folder.mkdir()
    run_task(ClaimTask(request, tmp_path), Reporter(channel))
    made = experiment.check_claim(executor=Here())
    shown = show_race(jobs, {"query": experiment.to_query()})
    assert made.conclude() in json.dumps(to_json(shown["conclusion"]))
    assert len(list(find_all(to_json(shown["table"]), "Tr"))) == 1 + len(made.findings)
    assert shown["hidden"] == [True, True, True, False]
    other = RaceExperiment.from_query(f"{SMALL.to_query()}&mode=claim&claim=adam beats momentum")[0]
    assert make_race_request(other.to_query()) != request


# ---- files


def test_the_files_of_a_race_are_its_table_numbers_page_and_script():
    client, query = make_app().server.test_client(), SMALL.to_query()
    made = SMALL.perform(executor=Here())
    rows = list(csv.DictReader(StringIO(client.get(f"/race/file.csv?{query}").text)))
    assert [float(row["tuned loss"]) for row in rows] == [
        each["tuned loss"] for each in made.rows()
    ]
    told = json.loads(client.get(f"/race/file.json?{query}").get_data())
    assert told["conclusion"] == made.conclude()
    assert len(told["trials"]) == 2 * 3 * 4
    assert b"plotly" in client.get(f"/race/file.html?{query}").get_data()
    assert "race(" in client.get(f"/race/file.script?{query}").text


def test_a_file_of_a_race_that_was_not_held_is_a_sentence():
    answer = make_app().server.test_client().get("/race/file.csv?steps=20000")
    assert answer.status_code == 400
    assert answer.text == "this has not been done yet: press Start first\n"

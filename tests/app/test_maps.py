"""The Maps page without a browser: its controls, its work, its pictures, hostile input."""

import json

import numpy as np
import pytest
from optviz_app.app import make_app
from optviz_app.components.long_work import follow_work
from optviz_app.jobs.channel import Channel, Reporter
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.worker import run_task
from optviz_app.pages.maps.layout import WORK, layout
from optviz_app.pages.maps.map_task import MapTask, make_map_request
from optviz_app.pages.maps.respond import answer, find_pressed, open_point, show_map
from optviz_app.pages.maps.state import explain_choice, read_controls

from optviz.experiments.maps import MapExperiment
from optviz.experiments.surface import Experiment
from optviz.views.drawing.arrays import unpack_array
from tests.support.callback_bodies import to_json
from tests.support.long_work import Held

SWEEP = MapExperiment(chart="sweep", rules=("momentum:lr=0.01",), problem="ravine", size=5)
BROWSER = "browser-1"


def controls_of(experiment, **changes):
    """What the controls of a page show, but for some that a person has changed."""
    ranges = experiment.list_ranges() if experiment.chart == "sweep" else (("", "", ""),) * 2
    x, y = experiment.start or experiment.surface().start
    names = ("chart", "show", "steps", "noise", "seed", "size", "repeats")
    shown = {name: getattr(experiment, name) for name in names}
    parameters = tuple(experiment.surface().formula.parameters.items())
    shown |= {"choice": experiment.problem, "formula": "", "parameters": parameters, "cards": []}
    return shown | {"start": (str(x), str(y)), "across": ranges[0], "up": ranges[1]} | changes


@pytest.fixture
def drawn(tmp_path):
    """Draw a map as a worker does, and return the jobs that find it."""

    def draw(experiment):
        channel = Channel(tmp_path / "channel")
        channel.folder.mkdir(exist_ok=True)
        reporter = Reporter(channel)
        run_task(MapTask(make_map_request(experiment.to_query()), tmp_path), reporter)
        assert reporter.told["phase"] == "finished", reporter.told
        return Jobs(tmp_path)

    return draw


# ---- controls


@pytest.mark.parametrize("experiment", [MapExperiment(), SWEEP], ids=["basin", "sweep"])
def test_controls_that_nobody_touched_mean_the_same_map(experiment):
    assert read_controls(experiment, controls_of(experiment)) == (experiment, {})


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({"size": "31"}, "size=31"),
        ({"choice": "bowl"}, "problem=bowl"),
        ({"choice": "typed formula", "formula": "x^2+y^2"}, "problem=x^2+y^2"),
        ({"noise": "0.5", "seed": "3"}, "noise=0.5"),
        ({"chart": "sweep"}, "chart=sweep"),
    ],
)
def test_a_change_of_a_control_is_in_the_link(changes, query):
    before = MapExperiment()
    out = answer(before.to_query(), controls_of(before, **changes), [])
    assert query in out["query"].replace("%5E", "^").replace("%2B", "+")


def test_another_range_and_another_hyperparameter_are_set():
    after, wrong = read_controls(SWEEP, controls_of(SWEEP, across=("lr", "0.01", "0.5")))
    assert (after.across, wrong) == ("lr=0.01..0.5", {})
    after, _ = read_controls(SWEEP, controls_of(SWEEP, up=("dampening", "0", "0.999")))
    assert after.list_ranges()[1].name == "dampening"
    after, _ = read_controls(SWEEP, controls_of(SWEEP, up=("lr", "0", "0.999")))
    assert [each.name for each in after.list_ranges()] == ["beta1", "lr"]


def test_a_rule_without_the_hyperparameter_brings_its_own():
    before = MapExperiment.from_query(f"{SWEEP.to_query()}&up=beta1=0.1..0.5")[0]
    cards = [("rule", 0, "", "adagrad")]
    after, wrong = read_controls(before, controls_of(before, cards=cards))
    assert not wrong
    assert [each.name for each in after.list_ranges()] == ["lr", "eps"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"size": "1"}, "size"),
        ({"steps": "many"}, "steps"),
        ({"across": ("lr", "1", "0.1")}, "across"),
        ({"up": ("beta1", "0", "2")}, "up"),
        ({"start": ("x", "1")}, "start"),
        ({"choice": "typed formula", "formula": "x +"}, "problem"),
    ],
)
def test_a_wrong_field_has_a_sentence_and_changes_nothing(changes, field):
    after, wrong = read_controls(SWEEP, controls_of(SWEEP, **changes))
    assert after == SWEEP
    assert list(wrong) == [field]


def test_buttons_pressed_before_an_answer_each_act_on_the_card_that_was_seen():
    before = MapExperiment(rules=("sgd:lr=0.01", "momentum:lr=0.01", "adam:lr=0.1"))
    pressed = [("remove", 0), ("duplicate", 1), ("remove", 2)]
    touched = [{"role": role, "owner": "maps", "card": card, "field": ""} for role, card in pressed]
    out = answer(before.to_query(), controls_of(before), ["steps", *touched])
    after = MapExperiment.from_query(out["query"])[0]
    assert after.rules == ("momentum:lr=0.01", "momentum:lr=0.01")


def test_one_number_alone_cannot_be_mapped_and_the_choice_goes_back():
    before = MapExperiment(rules=("sgd:lr=0.01",))
    out = answer(before.to_query(), controls_of(before, chart="sweep"), [])
    assert out["chart"] == "basin"
    assert out["said"].startswith("SGD has one number, lr: a map needs two")


# ---- what is shown


def test_the_page_shows_a_coarse_map_at_once(tmp_path):
    shown = show_map(Jobs(tmp_path), {"query": "", "theme": "dark", "columns": 1})
    assert not shown["no_map"]
    assert "31 × 31" in shown["coarse"]
    assert "101 × 101" in shown["coarse"]
    heat = to_json(shown["figure"])["data"][0]
    assert unpack_array(heat["z"]).shape == (31, 31)


def test_many_steps_wait_for_the_button(tmp_path):
    shown = show_map(Jobs(tmp_path), {"query": "steps=20000"})
    assert shown["no_map"]
    assert "in the background" in shown["empty"]


@pytest.mark.parametrize(
    "experiment", [MapExperiment(size=9, steps=30), SWEEP], ids=["basin", "sweep"]
)
def test_a_map_that_was_drawn_is_found_again(experiment, drawn):
    jobs = drawn(experiment)
    shown = show_map(jobs, {"query": experiment.to_query()})
    assert not shown["coarse"]
    made = experiment.perform()
    first = to_json(shown["figure"])["data"][0]
    expected = made.x if experiment.chart == "sweep" else made[0].x
    np.testing.assert_array_equal(unpack_array(first["x"]), expected)
    now = follow_work(jobs, WORK, "", experiment.to_query())
    assert now["run"]["phase"] == "finished"
    assert f"{experiment.size} × {experiment.size}" in json.dumps(
        to_json(now["said"]), ensure_ascii=False
    )


def test_another_color_of_a_sweep_needs_no_other_work(drawn):
    jobs = drawn(SWEEP)
    shown = show_map(jobs, {"query": f"{SWEEP.to_query()}&show=regime"})
    assert not shown["coarse"]


def test_a_broken_result_gives_way_to_a_coarse_map(drawn, tmp_path):
    asked = MapExperiment()
    jobs = drawn(asked)
    (file,) = (tmp_path / "maps").glob("*/map.npz")
    file.unlink()
    assert show_map(jobs, {"query": asked.to_query()})["coarse"]


# ---- work


def test_a_map_is_begun_once_and_canceled_by_who_began_it(tmp_path):
    with Held() as held:
        jobs = Jobs(tmp_path, held, slots=1)
        begun = follow_work(jobs, WORK, "start", "size=9", browser=BROWSER)
        assert begun["busy"]
        assert begun["cancel"] == ""
        assert begun["run"]["key"] == make_map_request("size=9").key
        other = follow_work(jobs, WORK, "cancel", "size=9", browser="browser-2")
        assert other["cancel"] == "away"
        ended = follow_work(jobs, WORK, "cancel", "size=9", begun["run"], browser=BROWSER)
        assert "Canceling" in json.dumps(to_json(ended["said"]))


def test_a_map_that_is_canceled_leaves_nothing(tmp_path):
    channel = Channel(tmp_path / "channel")
    channel.folder.mkdir()
    channel.cancel()
    reporter = Reporter(channel)
    run_task(MapTask(make_map_request("size=9"), tmp_path), reporter)
    assert reporter.told["phase"] == "canceled"
    assert not list((tmp_path / "maps").glob("*")) if (tmp_path / "maps").exists() else True


def test_the_progress_of_a_map_is_told_as_a_share(tmp_path):
    told = []
    channel = Channel(tmp_path / "channel")
    channel.folder.mkdir()
    reporter = Reporter(channel)
    tell = reporter.tell

    def note(phase, **more):
        told.append((phase, more))
        tell(phase, **more)

    reporter.is_due = lambda: True
    reporter.tell = note
    run_task(MapTask(make_map_request("size=5&steps=20"), tmp_path), reporter)
    shares = [more["done"] / more["total"] for phase, more in told if phase == "working"]
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1


def test_no_optimizer_that_is_on_is_said_and_nothing_can_begin(tmp_path):
    now = follow_work(Jobs(tmp_path), WORK, "", "rule=adam:lr=0.1,on=no")
    assert now["busy"]
    assert "No optimizer is switched on" in json.dumps(to_json(now["said"]))
    shown = show_map(Jobs(tmp_path), {"query": "rule=adam:lr=0.1,on=no"})
    assert shown["no_map"]
    layout(MapExperiment.from_query("rule=adam:lr=0.1,on=no")[0], [])


@pytest.mark.parametrize(
    "sent", [None, 3, "x", [], {"work": 3, "phase": [], "shown": {}}, {"a": 1}]
)
def test_nonsense_from_a_browser_counts_as_nothing_sent(sent, tmp_path):
    now = follow_work(Jobs(tmp_path), WORK, "", sent, sent, sent)
    assert now["run"]["phase"] == "none"
    assert not show_map(Jobs(tmp_path), sent)["no_map"]
    assert find_pressed(sent) is None


# ---- points


def test_a_point_that_is_pressed_opens_its_start():
    query, said = open_point(MapExperiment().to_query(), 1.25, -2.0)
    assert not said
    assert Experiment.from_query(query)[0].start == (1.25, -2.0)


def test_a_cell_that_is_pressed_opens_its_hyperparameters():
    query, _ = open_point(SWEEP.to_query(), 0.25, 0.5)
    assert Experiment.from_query(query)[0].rules == ("momentum:lr=0.25,beta1=0.5",)


def test_a_typed_point_that_is_none_has_a_sentence():
    assert open_point("", "here", "1")[1]
    assert open_point(SWEEP.to_query(), 0.25, 2)[1].startswith("Beta1 must be")


# ---- files


@pytest.mark.parametrize("query", ["size=9&steps=20", SWEEP.to_query()], ids=["basin", "sweep"])
def test_the_files_of_a_map_are_its_table_numbers_page_and_script(query):
    client = make_app().server.test_client()
    table = client.get(f"/maps/file.csv?{query}").get_data(as_text=True).splitlines()
    size = MapExperiment.from_query(query)[0]
    assert len(table) == 1 + size.size**2 * (len(size.rules))
    assert json.loads(client.get(f"/maps/file.json?{query}").get_data())["maps"]
    assert b"plotly" in client.get(f"/maps/file.html?{query}").get_data()
    assert "_figure(" in client.get(f"/maps/file.script?{query}").get_data(as_text=True)


def test_a_file_of_a_wrong_link_is_a_sentence():
    answer = make_app().server.test_client().get("/maps/file.csv?size=1")
    assert answer.status_code == 400
    assert answer.get_data(as_text=True) == "size must be a whole number from 2 to 201, got 1\n"


def test_a_map_of_hyperparameters_says_which_optimizer_it_is_of_and_how_to_take_another():
    told = explain_choice(MapExperiment(chart="sweep"))
    assert "the first that is on and has two numbers (SGD has one)" in told
    assert "switch it off below" in told


def test_nothing_is_said_of_a_choice_where_there_is_none():
    assert not explain_choice(MapExperiment())
    assert not explain_choice(MapExperiment(chart="sweep", rules=("adam:lr=0.05",)))

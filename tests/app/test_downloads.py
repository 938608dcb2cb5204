"""What is taken away by HTTP: the script and the files of a race, and sentences for bad queries."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from optviz_app.app import make_app
from optviz_app.pages.surfaces import downloads

from optviz.experiments.surface import Experiment
from optviz.views.live.page import render_live_page

QUERY = "v=2&problem=booth&steps=25&rule=sgd:lr=0.01&rule=adam:lr=0.1,on=no"


@pytest.fixture(scope="module")
def client():
    app = make_app()
    if "take-script" not in app.server.view_functions:  # type: ignore[attr-defined]
        downloads.register(app)
    return app.server.test_client()  # type: ignore[attr-defined]


def asked(client, name, query=QUERY):
    return client.get(f"/take/{name}?{query}")


def race(query=QUERY):
    return Experiment.from_query(query)[0].perform()


def test_the_csv_holds_every_step_of_every_run_that_is_on(client):
    table = pd.read_csv(io.BytesIO(asked(client, "runs.csv").data))
    (run,) = race().trajectories.values()
    assert table["optimizer"].unique().tolist() == [run.label]
    np.testing.assert_allclose(table["loss"], run.losses, rtol=1e-12)
    np.testing.assert_allclose(table["x"], run.path[:, 0], rtol=1e-12)


def test_the_json_holds_the_same_numbers(client):
    record = json.loads(asked(client, "runs.json").data)
    (run,) = race().trajectories.values()
    (taken,) = record["runs"]
    assert taken["label"] == run.label
    np.testing.assert_array_equal(taken["columns"]["loss"], run.losses)


def test_the_page_is_whole_and_small_enough_to_send(client):
    answer = asked(client, "page.html")
    assert len(answer.data) < 6e6
    assert "Booth" in answer.get_data(as_text=True)
    assert "<script src" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "mimetype", "file"),
    [
        ("runs.csv", "text/csv", "optviz-booth.csv"),
        ("runs.json", "application/json", "optviz-booth.json"),
        ("page.html", "text/html", "optviz-booth.html"),
    ],
)
def test_a_file_is_saved_under_a_name_that_tells_the_problem(client, name, mimetype, file):
    answer = asked(client, name)
    assert answer.status_code == 200
    assert answer.mimetype == mimetype
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file}"'


def test_a_typed_formula_has_a_file_name_without_its_signs(client):
    answer = asked(client, "runs.csv", "problem=x**2%2By**4&steps=5&rule=sgd:lr=0.01")
    name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    assert name.startswith("optviz-")
    assert name.endswith(".csv")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


def test_the_script_runs_and_makes_the_same_race(client, monkeypatch):
    import plotly.graph_objects as go

    monkeypatch.setattr(go.Figure, "show", lambda _: None)
    answer = asked(client, "script")
    assert answer.mimetype == "text/plain"
    made: dict = {}
    exec(compile(answer.get_data(as_text=True), "script", "exec"), made)  # noqa: S102 -- our own
    (own,), (expected,) = made["race"].trajectories.values(), race().trajectories.values()
    np.testing.assert_array_equal(own.path, expected.path)


@pytest.mark.parametrize("name", ["script", *downloads.FILES])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("rule=adamm", 'no rule "adamm"; nearest: adam'),
        ("steps=1e9", "steps must be a whole number from 1 to 20000"),
        ("problem=import", ""),
        ("color=red", 'unknown part "color"'),
        ("%ff%fe=%00", "unknown part"),
        ("rule=sgd:on=no", "switched on: switch one on"),
    ],
)
def test_a_bad_query_gets_a_sentence_and_no_traceback(client, name, query, said):
    answer = asked(client, name, query)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert said in text
    assert "Traceback" not in text
    assert len(text) < 500


def test_without_a_query_the_default_race_is_taken(client):
    assert json.loads(asked(client, "runs.json", "").data)["runs"][0]["label"] == "SGD lr=0.001"


def test_files_take_no_other_request_than_get(client):
    assert client.post(f"/take/runs.csv?{QUERY}").status_code == 405


def test_the_menu_has_an_item_for_everything_that_can_be_taken():
    drawn = str(downloads.menu())
    for items in downloads.ITEMS.values():
        for identity, words in items.items():
            assert f"id='{identity}'" in drawn
            assert words in drawn


def test_what_was_done_is_said_to_screen_readers():
    assert "id='take-said', className='take-said', role='status'" in str(downloads.menu())


def test_the_live_page_is_that_of_the_link_also_where_no_optimizer_is_on(client):
    off = QUERY.replace("lr=0.01", "lr=0.01,on=no")
    answer = asked(client, "live.html", off)
    assert answer.status_code == 200
    assert "-live.html" in answer.headers["Content-Disposition"]
    assert answer.get_data() == render_live_page(Experiment.from_query(off)[0]).encode()
    refused = asked(client, "live.html", "rule=adamm")
    assert (refused.status_code, refused.get_data()) == (400, b'no rule "adamm"; nearest: adam\n')

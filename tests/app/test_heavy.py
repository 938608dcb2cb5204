"""Heavy answers: few at a time, in processes that can be ended, and busy soon beyond that."""

import json
import threading
import time
from contextlib import ExitStack

import pytest
from optviz_app.app import THREADS
from optviz_app.server import heavy
from optviz_app.server.workers import Workers

from optviz.experiments.surface import Experiment
from tests.support.callback_bodies import CALLBACKS, make_bodies
from tests.support.slow_answers import prepare

LONGEST = "steps=20000" + "".join(f"&rule=adam:lr=0.{i:02d}1" for i in range(1, 13))
LIGHT = "problem=booth&steps=25&rule=sgd:lr=0.01"


@pytest.fixture(scope="module")
def opened(app):
    """A function that writes the request of a Surfaces page which opens with a link."""
    body = next(each for each in make_bodies(app) if "race.data" in each["output"])

    def write(query):
        own = {"surfaces-query": query, "known-runs": None}
        state = [
            each | {"value": own[each["id"]]} if each["id"] in own else each
            for each in body["state"]
        ]
        return body | {"state": state, "changedPropIds": []}

    return write


@pytest.fixture
def full(app, monkeypatch):
    """All places are taken."""
    monkeypatch.setattr(heavy, "WAIT_S", 0.01)
    with ExitStack() as held:
        for _ in range(heavy.AT_ONCE):
            held.enter_context(heavy.find_places(app).take())
        yield


def ask_all_heavy(client, opened):
    """Ask for something heavy of each kind, and yield its name and answer."""
    samples = "samples=" + ";".join(f"{i},{i}" for i in range(100))
    yield "check", client.post("/workbook/check", data=b"PK\3\4")
    for name in ("runs.csv", "runs.json", "page.html"):
        yield name, client.get(f"/take/{name}?{LIGHT}")
    yield "script", client.get(f"/take/script?{LONGEST}")
    yield "rates", client.get(f"/rates.json?{LONGEST}")
    yield "tab", client.get(f"/workbook/tab.xlsx?tab=adam&{samples}&lr=1e-6&epochs=400")
    yield "race", client.post(CALLBACKS, json=opened(LONGEST))
    long = opened("steps=9&rule=sgd&problem=" + "%2B".join(["x*y"] * 70))
    yield "formula", client.post(CALLBACKS, json=long)


def test_who_finds_all_places_taken_hears_soon_that_the_app_is_busy(client, opened, full):
    for kind, answer in ask_all_heavy(client, opened):
        assert answer.status_code == 503, kind
        assert int(answer.headers["Retry-After"]) > 0, kind
        assert answer.text == f"{heavy.BUSY}\n"


def test_small_answers_are_given_while_all_places_are_taken(client, opened, full):
    assert client.get("/alive").status_code == 200
    assert client.get(f"/take/script?{LIGHT}").status_code == 200
    assert client.get("/workbook/tab.xlsx?tab=adam&epochs=100").status_code == 200
    answer = client.post(CALLBACKS, json=opened("steps=500"))
    assert answer.json["response"]["race"]["data"]["runs"]


def test_no_number_of_heavy_requests_takes_the_threads_of_small_ones(app, full, monkeypatch):
    monkeypatch.setattr(heavy, "WAIT_S", 60)
    places, found = heavy.Places(), []

    def wait():
        try:
            with places.take():
                found.append("taken")
        except heavy.BusyError:
            found.append("busy")

    with places.take(), places.take():
        waiting = [threading.Thread(target=wait) for _ in range(THREADS)]
        for each in waiting:
            each.start()
        while len(found) < THREADS - heavy.WAITING:
            time.sleep(0.01)
        assert set(found) == {"busy"}
    for each in waiting:
        each.join()
    assert found.count("taken") == heavy.WAITING
    assert THREADS - heavy.WAITING - heavy.AT_ONCE >= 8


def test_heavy_answer_is_the_same_from_a_worker(app, client, monkeypatch):
    expected = Experiment.from_query(LIGHT)[0].perform().to_csv()
    assert client.get(f"/take/runs.csv?{LIGHT}").text == expected
    places = heavy.find_places(app)
    monkeypatch.setattr(heavy, "answer_anew", lambda *_: pytest.fail("it was answered here"))
    places.open_workers("optviz_app.app:make_app", "127.0.0.1")
    try:
        answer = client.get(f"/take/runs.json?{LIGHT}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="optviz-booth.json"'
        assert client.get(f"/take/runs.csv?{LIGHT}").text == expected
        assert client.get("/take/runs.csv?steps=x").status_code == 400
    finally:
        places.close()
        places.workers = None


def test_answer_that_takes_too_long_gets_a_sentence(app, client, opened, monkeypatch):
    class Slow:
        def run(self, _):
            raise TimeoutError

    monkeypatch.setattr(heavy.find_places(app), "workers", Slow())
    answer = client.post(CALLBACKS, data=json.dumps(opened(LONGEST)), content_type="text/json")
    assert answer.status_code == 415
    answer = client.post(CALLBACKS, json=opened(LONGEST))
    assert (answer.status_code, answer.text) == (422, f"{heavy.TOO_LONG}\n")


def test_worker_is_used_again_and_replaced_where_it_breaks_off_or_takes_too_long(monkeypatch):
    workers = Workers(prepare, (10,))
    try:
        assert [workers.run("count") for _ in range(3)] == [11, 12, 13]
        with pytest.raises(RuntimeError, match="no such thing"):
            workers.run("fail")
        assert workers.run("count") == 15
        with pytest.raises(RuntimeError, match="broke off"):
            workers.run("die")
        assert workers.run("count") == 11
        monkeypatch.setattr("optviz_app.server.workers.MOST_S", 0.1)
        with pytest.raises(TimeoutError):
            workers.run("sleep")
        left = list(workers.all)
    finally:
        workers.close()
    assert not left

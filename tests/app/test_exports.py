"""Figures and films as long work, without a browser: asked, made, canceled, refused, fetched."""

import io
import json
import sys
from typing import Any

import pytest
from optviz_app.components.exports.tasks import make_export_request
from optviz_app.jobs.channel import Channel, Reporter
from optviz_app.jobs.endpoint import find_jobs
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.worker import run_task
from PIL import Image

from optviz.experiments.surface import Experiment
from optviz.views.export.figure_options import FigureOptions
from optviz.views.export.paper import build_paper_figure
from tests.support.cases import every

LINK = "problem=ravine&rule=sgd:lr=0.05&steps=20"
FIGURE = {"kind": "figure", "format": "png", "link": LINK, "options": {"width": "9cm"}}
SHORT = {"seconds": 1, "fps": 10, "hold": 0, "width": 300}
FILM = {"kind": "film", "format": "gif", "link": LINK, "options": SHORT}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Draw what Chromium takes seconds for as an empty page."""

    def draw(figure, kind, width, height, scale=1):
        out = io.BytesIO()
        Image.new("RGB", (round(width * scale), round(height * scale)), "#fff").save(out, "png")
        return out.getvalue()

    monkeypatch.setattr("optviz.views.export.files.render_image", draw)
    monkeypatch.setattr("optviz.views.export.paper.render_image", draw)


@pytest.fixture
def jobs(app, held, monkeypatch):
    """The queue of the app, whose jobs do not begin by themselves."""
    queue, _ = held
    monkeypatch.setitem(app.server.extensions, "optviz_jobs", queue)
    return queue


def perform(jobs, sent):
    """Do the work of a request here, as a worker process would."""
    task = jobs.make_task(make_export_request(sent))
    folder = jobs.cache / "channel"
    folder.mkdir(parents=True, exist_ok=True)
    reporter = Reporter(Channel(folder))
    run_task(task, reporter)
    return task, reporter.told


def test_the_preview_is_the_figure_that_a_script_writes(client):
    answer = client.post("/export/preview", json=FIGURE)
    wide: Any = FIGURE["options"]
    own = build_paper_figure(Experiment.from_query(LINK)[0], FigureOptions(**wide))
    assert json.dumps(answer.json["figure"]) == json.dumps(own)
    assert answer.json["words"].startswith("9.0 × ")


def test_the_preview_of_a_film_tells_its_frames(client):
    answer = client.post("/export/preview", json=FILM)
    assert answer.json["words"] == "10 frames, one every 2.22 steps"


def test_a_figure_is_made_and_found_again(cache):
    jobs = Jobs(cache)
    task, told = perform(jobs, FIGURE)
    assert told["phase"] == "finished"
    assert (task.target / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert jobs.look(make_export_request(FIGURE))["phase"] == "finished"


def test_a_film_is_made_and_told(cache):
    task, told = perform(Jobs(cache), FILM)
    assert told["phase"] == "finished"
    with Image.open(task.target / "film.gif") as film:
        assert film.size[0] == 300
    words = json.loads((task.target / "result.json").read_text())["said"]
    assert words.startswith("1 s, 10 frames a second")
    assert sorted(each.name for each in task.target.parent.iterdir()) == [task.target.name]


@every("sent", [FIGURE, FILM])
def test_what_is_canceled_leaves_nothing(sent, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    jobs = Jobs(cache)
    task = jobs.make_task(make_export_request(sent))
    folder = cache / "channel"
    folder.mkdir()
    reporter = Reporter(Channel(folder))
    reporter.is_due = lambda: True
    tell = reporter.tell

    def cancel_at_work(phase, **details):
        tell(phase, **details)
        if phase == "drawing":
            reporter.channel.cancel()
            reporter.orders.looked = -1e9

    reporter.tell = cancel_at_work
    run_task(task, reporter)
    assert reporter.told["phase"] == "canceled"
    assert not list(task.target.parent.glob("*"))


def test_a_figure_is_asked_for_looked_at_and_canceled(client, jobs):
    started = client.post("/export/start", json=FIGURE | {"browser": "browser-1"})
    assert started.json["phase"] == "starting"
    assert started.json["key"].startswith("figure-")
    looked = client.post("/export/look", json=FIGURE | {"browser": "browser-1"})
    assert looked.json["mine"]
    client.post("/export/cancel", json=FIGURE | {"browser": "browser-1"})
    (job,) = jobs.jobs.values()
    assert job.why == "canceled"


def test_a_finished_file_is_fetched_under_a_name_of_its_own(client, jobs):
    perform(jobs, FILM)
    now = client.post("/export/look", json=FILM).json
    assert now["phase"] == "finished"
    answer = client.get(now["href"])
    assert answer.data.startswith(b"GIF89a")
    assert 'filename="optviz-ravine-film.gif"' in answer.headers["Content-Disposition"]
    assert answer.mimetype == "image/gif"


def test_a_file_that_is_not_there_is_a_sentence(client, jobs):
    for place in ("figure/0123456789abcdef", "film/..", "training/0123456789abcdef"):
        answer = client.get(f"/export/file/{place}")
        assert answer.status_code == 404
        assert answer.text.count("\n") == 1


WRONG = {
    "kind": ("poster", 'kind must be of figure, film, got "poster"'),
    "format": ("exe", 'format must be of pdf, svg, png, got "exe"'),
    "link": ("problem=rosenbrok", "rosenbrok"),
    "options": ({"width": "1 mile"}, "width must be a number and its unit"),
}


@every("name, value, sentence", [(name, *case) for name, case in WRONG.items()])
def test_a_wrong_request_is_a_sentence(name, value, sentence, client):
    sent = FIGURE | {name: value}
    answer = client.post("/export/start", json=sent)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert answer.text.count("\n") == 1
    assert client.post("/export/preview", json=sent).json == {"wrong": answer.text.strip()}


HOSTILE = [
    *([], "text", {}, {"kind": {}}, FIGURE | {"link": None}, FIGURE | {"options": []}),
    FIGURE | {"options": {"panels": [["surface"]]}},
    FIGURE | {"options": {"width": 1e308, "font": -1}},
    FIGURE | {"options": {"__init__": 1}},
    FILM | {"options": {"fps": "NaN", "seconds": [1]}},
]


@every("sent", HOSTILE)
def test_nonsense_is_refused_with_a_sentence(sent, client):
    for act in ("start", "look", "cancel", "other"):
        answer = client.post(f"/export/{act}", json=sent)
        assert answer.status_code == 400
        assert "Traceback" not in answer.text
    preview = client.post("/export/preview", json=sent)
    assert preview.status_code == 400 or preview.json["wrong"]


def test_without_kaleido_the_way_to_get_it_is_said_before_the_work(client, jobs, monkeypatch):
    monkeypatch.setattr("optviz_app.components.exports.tasks.find_spec", lambda _: None)
    answer = client.post("/export/start", json=FIGURE)
    assert answer.status_code == 400
    assert answer.text == 'a figure needs kaleido: pip install "optviz[image]"\n'


def test_without_a_video_writer_the_way_to_get_one_is_said(client, jobs, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = client.post("/export/start", json=FILM | {"format": "mp4"})
    assert answer.status_code == 400
    assert answer.text.startswith("MP4 and WebM need a video writer: pip install")


def test_the_queue_of_the_app_knows_both_kinds(app):
    for sent in (FIGURE, FILM):
        assert find_jobs(app).make_task(make_export_request(sent)).noun == sent["kind"]

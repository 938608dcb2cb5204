"""The Your model page without a browser: its link, its files, its pictures, hostile input."""

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from dash import no_update
from optviz_app.app import make_app
from optviz_app.pages.models import files
from optviz_app.pages.models.files import (
    FOLDER,
    FileError,
    list_files,
    name_files,
    open_named,
    store_dropped,
)
from optviz_app.pages.models.layout import layout
from optviz_app.pages.models.respond import answer, show_files
from optviz_app.pages.models.state import ModelState, read_controls

from optviz.landscapes import pictures
from optviz.landscapes.slices.slice import Slice
from optviz.runs.npz import write_record
from tests.support.callback_bodies import to_json
from tests.support.recorded_runs import make_run, write_slice


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two recordings and a slice, which the app was started with."""
    place = tmp_path / "runs"
    place.mkdir()
    make_run("SGD").save(place / "sgd.optviz")
    make_run("Adam", 1).save(place / "adam.optviz")
    write_slice(place / "loss.npz")
    monkeypatch.setenv(FOLDER, str(place))
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "cache"))
    return place


def read(data):
    """Return what reads these bytes, as the read of a request's stream does."""
    return BytesIO(data).read


# ---- the link


def test_a_link_is_read_as_it_was_written():
    state = ModelState(("a.optviz", "b c.npz"), "loss", "a.optviz", "b c.npz", "logged value")
    assert ModelState.from_query(state.to_query()) == (state, [])
    assert ModelState.from_query("") == (ModelState(), [])


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("&".join(f"file={n}" for n in range(7)), "at most 6 files are shown at once"),
        ("look=down", 'no look "down"; choose from above, depth, lifted'),
        ("fiel=a", 'the link has an unknown part "fiel"'),
    ],
)
def test_a_wrong_part_of_a_link_gets_a_sentence(query, sentence):
    _, said = ModelState.from_query(query)
    assert any(sentence in each for each in said), said


def test_controls_that_nobody_touched_mean_the_same():
    state = ModelState(("a.optviz",), look="depth")
    shown = {"files": ["a.optviz"], "look": "depth", "color": "run", "shade": "run"}
    assert read_controls(state, shown) == (state, "")


# ---- the files


def test_files_of_a_folder_are_listed_the_newest_first_and_no_others(folder):
    (folder / "notes.txt").write_text("no recording")
    (folder / ".hidden.optviz").write_text("hidden")
    (folder / "deeper.optviz").mkdir()
    assert set(list_files()) == {"sgd.optviz", "adam.optviz", "loss.npz"}


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "..", ".", "", "a/b", ".hidden", "gone.optviz", "a\0b"]
)
def test_a_name_that_leads_elsewhere_gets_a_sentence(name, folder):
    (folder.parent / "secret").write_text("secret")
    with pytest.raises(FileError, match=r"is no name of a file|there is no file|null byte"):
        open_named(name)


def test_a_dropped_file_is_kept_under_its_content_and_opened(folder):
    data = (folder / "sgd.optviz").read_bytes()
    made = store_dropped(read(data), "C:\\runs\\my run.optviz")
    assert made.title == "my-run.optviz"
    assert made.name.endswith("-my-run.optviz")
    assert open_named(made.name).record.label == "SGD"
    assert store_dropped(read(data), "my run.optviz").name == made.name
    assert made.name not in list_files()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is empty"),
        (b"nonsense" * 99, "neither a recording nor a file of optviz"),
        (b"\x80\x04\x95pickled", "neither a recording nor a file of optviz"),
        (b"optviz recording" + bytes(99), "bad.optviz has version 0"),
    ],
    ids=["empty", "nonsense", "pickle", "header"],
)
def test_a_hostile_file_is_refused_in_a_sentence_and_not_kept(data, sentence, folder):
    with pytest.raises(FileError, match=sentence):
        store_dropped(read(data), "bad.optviz")
    assert not list(files.find_dropped().iterdir())


def test_a_packed_file_that_holds_too_much_is_refused_before_it_is_unpacked(folder, monkeypatch):
    monkeypatch.setattr(pictures, "UNPACKED", 1000)
    with pytest.raises(FileError, match=r"loss\.npz holds .* GB, more than the 1e-06 GB"):
        store_dropped(read((folder / "loss.npz").read_bytes()), "loss.npz")


def test_a_file_of_another_kind_is_named(folder):
    write_record(folder / "map.npz", "basins", {}, {"a": np.zeros(2)})
    with pytest.raises(FileError, match=r"map\.npz is a basins, no recording"):
        open_named("map.npz")


def test_a_file_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    with pytest.raises(FileError, match="the file is too large: at most 1 MB"):
        store_dropped(read(bytes(2 << 20)), "large.optviz")


def test_the_oldest_dropped_files_make_room(folder, monkeypatch):
    runs = [
        store_dropped(read((folder / n).read_bytes()), n) for n in ("sgd.optviz", "adam.optviz")
    ]
    monkeypatch.setattr(files, "KEPT_BYTES", 100)
    last = store_dropped(read((folder / "loss.npz").read_bytes()), "loss.npz")
    assert [each.name for each in files.find_dropped().iterdir()] == [last.name]
    assert runs[0].name not in str(list(files.find_dropped().iterdir()))


def test_files_are_taken_over_the_network_and_refused_in_sentences(folder):
    client = make_app().server.test_client()
    sent = client.post("/model/files?name=a.optviz", data=(folder / "sgd.optviz").read_bytes())
    assert sent.status_code == 200
    assert open_named(sent.json["name"]).title == "a.optviz"
    refused = client.post("/model/files?name=b.optviz", data=b"nonsense")
    assert "neither a recording nor a file of optviz" in refused.json["refused"]
    assert (
        client.post("/model/files", data=b"x" * 100, headers={"Origin": "http://evil"}).status_code
        == 403
    )


# ---- what is shown


def test_recordings_are_drawn_on_one_plane_with_what_they_logged(folder):
    shown = show_files("file=sgd.optviz&file=adam.optviz")
    names = {trace.get("name") for trace in shown["paths"]["data"]}
    assert {"SGD", "Adam"} <= names
    assert [shown[f"no_{each}"] for each in ("paths", "logged", "moved", "table")] == [False] * 4
    assert [each["value"] for each in shown["values"]] == ["loss", "accuracy"]
    assert shown["no_picture"] is True
    assert "hidden.weight" in {trace["name"] for trace in shown["moved"]["data"]}


def test_a_picture_is_drawn_with_its_verdict_and_its_ends(folder):
    shown = show_files("file=loss.npz&color=true+loss")
    assert len(shown["picture"]["data"]) > 2
    assert (shown["no_ends"], shown["no_looks"], shown["no_paths"]) == (False, False, True)
    assert str(shown["picture_words"])


def test_a_picture_with_interpolated_cells_is_drawn_in_each_look(folder):
    cut = Slice.from_npz(folder / "loss.npz")
    estimated = np.zeros(cut.losses.shape, bool)
    estimated[::2] = True
    cut = replace(cut, estimated=estimated, errors=np.where(estimated, 0.01, 0.0))
    cut.to_npz(folder / "rough.npz")
    for look in ("above", "lifted"):
        shown = show_files(f"file=rough.npz&look={look}")
        assert "data" in json.dumps(shown["picture"], allow_nan=False)


def test_two_runs_of_one_label_are_told_apart_by_their_files(folder):
    make_run("SGD", 2).save(folder / "again.optviz")
    shown = show_files("file=sgd.optviz&file=again.optviz")
    names = {trace.get("name") for trace in shown["paths"]["data"]}
    assert {"SGD (sgd)", "SGD (again)"} <= names


def test_recordings_of_two_models_get_a_sentence_and_the_rest_is_drawn(folder):
    blocks = (("other.weight", (16,)),)
    make_run("Other", blocks=blocks).save(folder / "other.optviz")
    shown = show_files("file=sgd.optviz&file=other.optviz")
    said = "The paths are without Other: the recordings are of different models: SGD has"
    assert said in str(shown["wrong"])
    assert (shown["no_paths"], shown["no_logged"]) == (False, False)
    assert "Other" not in {trace.get("name") for trace in shown["paths"]["data"]}


def test_files_of_one_name_are_told_apart_everywhere(folder):
    made = store_dropped(read((folder / "adam.optviz").read_bytes()), "sgd.optviz")
    shown = show_files(f"file=sgd.optviz&file={made.name}")
    assert "sgd.optviz, folder" in str(shown["table"])
    assert "sgd.optviz, dropped" in str(shown["table"])
    again = "0" * 16 + "-sgd.optviz"
    assert list(name_files([made.name, again]).values()) == [
        "sgd.optviz, dropped",
        "sgd.optviz, dropped 2",
    ]


def test_a_file_that_is_gone_gets_a_sentence_and_the_others_are_drawn(folder):
    shown = show_files("file=gone.optviz&file=sgd.optviz")
    assert "there is no file gone.optviz here" in str(shown["wrong"])
    assert shown["no_paths"] is False


def test_a_dropped_file_joins_those_that_are_shown(folder):
    made = store_dropped(read((folder / "sgd.optviz").read_bytes()), "mine.optviz")
    given = {"files": ["adam.optviz"]}
    out = answer("file=adam.optviz", given, {"names": [made.name], "at": 1})
    assert out["files"] == ["adam.optviz", made.name]
    assert out["choices"][made.name] == "mine.optviz"


@pytest.mark.parametrize("sent", [None, 3, [], {"names": 7}, "?file=%00", {"names": ["../x", 3]}])
def test_whatever_a_browser_sends_is_answered(sent, folder):
    json.dumps(to_json(show_files(sent)["wrong"]))
    assert "query" in answer(sent, {"files": sent, "look": sent}, sent)


def test_the_page_lists_the_folder_and_says_how_to_record(folder):
    text = str(to_json(layout(ModelState(), [])))
    assert "optviz.record(model, optimizer" in text
    assert "adam.optviz" in text
    assert "Tick files" in text


def test_a_run_that_went_far_is_drawn_or_told_and_the_rest_is_there(folder):
    far = make_run("Far")
    values = far.values * np.geomspace(1, 1e30, len(far), dtype=np.float32)[:, None]
    replace(far, values=values).save(folder / "far.optviz")
    shown = show_files("file=far.optviz&file=sgd.optviz")
    assert (shown["no_table"], shown["no_logged"]) == (False, False)


def test_what_was_dropped_joins_once(folder):
    given = {"files": ["adam.optviz"]}
    assert "files" in answer("file=adam.optviz&file=sgd.optviz", given)
    assert answer("file=adam.optviz", given)["files"] is no_update

"""The record of a run: what it derives, and its way into files and back, number for number."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optviz as ov
from optviz.problems.line import Line
from optviz.rules import MomentumState
from optviz.runs.npz import RecordFileError
from optviz.runs.trajectory import Trajectory

ROSENBROCK = ov.surface("rosenbrock")


def diverged() -> Trajectory:
    return ov.run(ROSENBROCK, ov.SGD(0.1), 50)


RUNS = {
    "adam": lambda: ov.run(ROSENBROCK, ov.Adam(0.05), 40),
    "sgd, which keeps no state": lambda: ov.run(ROSENBROCK, ov.SGD(1e-3), 40),
    "adadelta with a schedule": lambda: ov.run(
        ROSENBROCK, ov.L2(ov.Adadelta(), 0.01), 40, schedule=ov.OneCycle()
    ),
    "noise": lambda: ov.run(ov.Noisy(ROSENBROCK, 0.5), ov.Momentum(1e-4), 40, seed=2),
    "mini-batches": lambda: ov.run(Line(), ov.Adam(0.1, debias=False), 40),
    "one that diverged": diverged,
    "one that never moved": lambda: ov.run(
        ov.surface("log(x) + y*y"), ov.SGD(0.1), 5, start=(-1.0, 1.0)
    ),
    "the ends": lambda: ov.run(ROSENBROCK, ov.Adam(0.05), 40, keep="ends"),
}
MANY = {
    "starts": lambda: ov.run(
        ROSENBROCK, ov.Adam(0.05), 10, start=np.random.default_rng(0).normal(size=(2, 3, 4))
    ),
    "settings": lambda: ov.run(ROSENBROCK, ov.SGD(np.array([1e-3, 1.0])), 50),  # type: ignore[arg-type]
    "thin": lambda: ov.run(ROSENBROCK, ov.Adam(0.05), 40, keep=7),
}
"""What a table cannot hold to the last digit, or at all."""


def fields_of(trajectory: Trajectory) -> dict[str, Any]:
    names = ["step", "path", "losses", "lr", "grad", "sample_loss"]
    arrays = {name: getattr(trajectory, name) for name in names}
    arrays |= {f"initial {key}": value for key, value in trajectory.initial.items()}
    return arrays | {f"state {key}": column for key, column in trajectory.state.items()}


def assert_same(one: Trajectory, other: Trajectory) -> None:
    """That two records hold the same numbers to the last bit, and the same words."""
    left, right = fields_of(one), fields_of(other)
    assert left.keys() == right.keys()
    for name, array in left.items():
        assert (array is None) == (right[name] is None), name
        if array is not None:
            np.testing.assert_array_equal(array, right[name], err_msg=name)
            assert array.shape == right[name].shape, name
    assert (one.names, one.about) == (other.names, other.about)
    assert np.array_equal(one.ended, other.ended)


def through_csv(trajectory: Trajectory) -> Trajectory:
    return Trajectory.from_csv(io.StringIO(str(trajectory.to_csv())))  # type: ignore[arg-type]


def through_frame(trajectory: Trajectory) -> Trajectory:
    return Trajectory.from_frame(trajectory.to_frame())


def through_npz(trajectory: Trajectory) -> Trajectory:
    with tempfile.TemporaryDirectory() as folder:
        return Trajectory.from_npz(trajectory.to_npz(Path(folder) / "run.npz"))


# -- what it derives -------------------------------------------------------------------------------


def test_the_state_before_a_row_is_what_the_row_above_left():
    begun = MomentumState(np.array([3.0, -4.0]), 7)
    trajectory = ov.run(ROSENBROCK, ov.Momentum(1e-4), 3, state=begun)
    assert trajectory.before(0)["grad_avg"].tolist() == [3.0, -4.0]
    assert trajectory.before(0)["count"] == 7
    assert trajectory.before(2)["grad_avg"].tolist() == trajectory.state["grad_avg"][1].tolist()


@pytest.mark.parametrize("name", [*RUNS, *MANY])
def test_params_new_update_and_loss_come_from_the_path(name):
    trajectory = (RUNS | MANY)[name]()
    assert len(trajectory) == len(trajectory.path) - 1 == len(trajectory.lr)
    np.testing.assert_array_equal(trajectory.params, trajectory.path[:-1])
    np.testing.assert_array_equal(trajectory.new, trajectory.path[1:])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(trajectory.update, np.diff(trajectory.path, axis=0))
    np.testing.assert_array_equal(trajectory.loss, trajectory.losses[:-1])
    np.testing.assert_array_equal(trajectory.start, trajectory.path[0])
    np.testing.assert_array_equal(trajectory.end, trajectory.path[-1])


def test_a_record_cannot_be_changed():
    trajectory = RUNS["adam"]()
    with pytest.raises(AttributeError):
        trajectory.path = trajectory.path[:3]  # type: ignore[misc]


# -- into files and back ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", [through_csv, through_frame, through_npz])
@pytest.mark.parametrize("name", RUNS)
def test_one_run_goes_there_and_back_to_the_last_bit(name, way):
    trajectory = RUNS[name]()
    assert_same(way(trajectory), trajectory)


@pytest.mark.parametrize("name", MANY)
def test_an_npz_file_holds_any_run_to_the_last_bit_and_dtype(name):
    trajectory = MANY[name]()
    back = through_npz(trajectory)
    assert_same(back, trajectory)
    assert back.path.dtype == trajectory.path.dtype


@pytest.mark.parametrize("way", [through_csv, through_frame])
def test_a_thin_run_goes_through_a_table_to_the_last_float32(way):
    trajectory = MANY["thin"]()
    back = way(trajectory)
    np.testing.assert_array_equal(back.path.astype(np.float32), trajectory.path)
    np.testing.assert_array_equal(back.losses, trajectory.losses)


def test_numbers_at_the_edge_of_floats_survive_csv():
    edge = np.array([5e-324, -0.0, 1.7976931348623157e308, 0.1 + 0.2, np.inf, np.nan])
    path = np.stack([edge, edge[::-1]], axis=1)
    trajectory = Trajectory(("x", "y"), np.arange(6), path, edge, edge[:5])
    back = through_csv(trajectory)
    assert back.path.tobytes() == path.tobytes()
    assert back.losses.tobytes() == edge.tobytes()


def test_files_on_disk_read_back(tmp_path):
    trajectory = RUNS["adam"]()
    trajectory.to_csv(tmp_path / "run.csv")
    trajectory.to_npz(tmp_path / "run.npz")
    assert_same(Trajectory.from_csv(tmp_path / "run.csv"), trajectory)
    assert_same(Trajectory.from_npz(tmp_path / "run.npz"), trajectory)


def test_the_same_run_makes_the_same_csv_text():
    assert RUNS["noise"]().to_csv() == RUNS["noise"]().to_csv()


def test_a_table_has_a_column_for_each_number_of_the_sheet():
    columns = RUNS["adam"]().to_frame().columns.tolist()
    assert columns == [
        *("step", "lr", "loss", "x", "y", "grad x", "grad y", "grad_avg x", "grad_avg y"),
        *("sqr_avg x", "sqr_avg y", "count", "new x", "new y"),
    ]


def test_each_row_of_a_table_is_a_step_and_the_last_is_the_end():
    trajectory = RUNS["adam"]()
    frame = trajectory.to_frame()
    assert len(frame) == 41
    np.testing.assert_array_equal(frame["new x"][:-1], frame["x"][1:])
    assert frame.iloc[-1][["lr", "grad x", "count", "new x"]].isna().all()
    assert frame["loss"].iloc[-1] == ROSENBROCK.loss(trajectory.end)


@pytest.mark.parametrize("out", ["to_frame", "to_csv"])
def test_many_runs_are_refused_a_table_with_the_way_out(out):
    with pytest.raises(ValueError, match=r"this trajectory has \(3, 4\): save it as .npz"):
        getattr(MANY["starts"](), out)()


def test_an_npz_file_holds_no_pickle(tmp_path):
    with np.load(MANY["starts"]().to_npz(tmp_path / "run.npz"), allow_pickle=False) as data:
        kinds = {data[name].dtype.kind for name in data.files}
    assert kinds <= set("fiU")


def test_an_npz_file_gets_its_ending(tmp_path):
    assert RUNS["adam"]().to_npz(tmp_path / "run").name == "run.npz"
    assert (tmp_path / "run.npz").exists()


def test_a_pickle_in_an_npz_file_is_refused(tmp_path):
    file = tmp_path / "run.npz"
    words = json.dumps({"names": [], "about": {}, "ended": ""})
    np.savez(file, words=np.array(words), path=np.array([{"a": 1}], dtype=object))  # type: ignore[arg-type]
    with pytest.raises(RecordFileError, match="allow_pickle=False"):
        Trajectory.from_npz(file)


def test_a_changed_number_in_an_npz_file_is_noticed(tmp_path):
    run = RUNS["adam"]()
    file = run.to_npz(tmp_path / "run.npz")
    data = bytearray(file.read_bytes())
    data[data.index(run.path.tobytes()[:16])] ^= 1
    file.write_bytes(data)
    with pytest.raises(RecordFileError, match="broken"):
        Trajectory.from_npz(file)


OLD_FILES = {
    "old_format_run": lambda: ov.run(ov.Noisy(ROSENBROCK, 0.5), ov.Adam(0.05), 6, seed=2),
    "old_format_many": lambda: ov.run(ROSENBROCK, ov.SGD(np.array([1e-3, 1.0])), 50, keep=10),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", OLD_FILES)
def test_a_file_from_before_the_checksum_is_still_read(name):
    """The files were written by the version that knew neither kind nor checksum."""
    old, new = Trajectory.from_npz(Path(__file__).with_name(f"{name}.npz")), OLD_FILES[name]()
    assert (old.names, old.about) == (new.names, new.about)
    assert np.array_equal(old.ended, new.ended)
    left, right = fields_of(old), fields_of(new)
    assert left.keys() == right.keys()
    for key, array in left.items():
        assert (array is None) == (right[key] is None), key
        if array is not None:
            np.testing.assert_allclose(array, right[key], rtol=1e-9, err_msg=key)


def test_an_older_table_says_today_s_words_for_a_finished_run():
    text = str(RUNS["adam"]().to_csv()).replace('""finished""', '""ran all 40 steps""')
    assert "ran all 40 steps" in text
    assert Trajectory.from_csv(io.StringIO(text)).is_finished  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "not the table of a trajectory: no column 'step'"),
        ("step,lr,loss,x\n0,1,2,3\n", "not the table of a trajectory"),
        ("step,lr,loss,x,new x\n0,1,abc,3,4\n", "abc"),
    ],
)
def test_a_table_that_is_no_trajectory_is_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        Trajectory.from_csv(io.StringIO(text))  # type: ignore[arg-type]


def test_an_npz_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "run.npz").write_text("not a zip file")
    with pytest.raises(RecordFileError, match="no npz file"):
        Trajectory.from_npz(tmp_path / "run.npz")


# -- in a notebook ---------------------------------------------------------------------------------


def test_a_notebook_shows_the_first_and_the_last_rows():
    page = RUNS["adam"]()._repr_html_()
    assert "<table" in page
    assert "Adam lr=0.05" in page
    assert ": finished" in page
    assert page.count("<tr") < 15


def test_a_notebook_shows_the_size_of_many_runs():
    assert "11 x 2 x 3 x 4" in MANY["starts"]()._repr_html_()


def test_a_label_cannot_write_html():
    trajectory = RUNS["adam"]()
    trajectory.about["label"] = "<script>alert(1)</script>"
    assert "<script>" not in trajectory._repr_html_()

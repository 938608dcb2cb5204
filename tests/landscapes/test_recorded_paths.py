"""Recordings side by side: their plane, their words, their movement, and how they are drawn."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz.landscapes.pictures import open_file
from optviz.landscapes.recorded_paths import (
    list_values,
    measure_movement,
    part_models,
    place_recordings,
)
from optviz.runs.npz import RecordFileError, read_kind, write_record
from optviz.runs.sketches import Sketch
from optviz.views.recorded_paths import (
    logged_value_figure,
    movement_figure,
    recorded_path_figure,
)
from tests.support.recorded_runs import BLOCKS, make_run, write_slice


def test_paths_lie_on_the_principal_plane_of_all_of_them_through_the_first_end():
    runs = [make_run("SGD"), make_run("Adam", 1)]
    made = place_recordings(runs)
    points = np.concatenate([each.values.astype(float) for each in runs])
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    assert made.share == pytest.approx(values[:2].sum() / values.sum(), rel=1e-4)
    first, second = made.shadows
    np.testing.assert_allclose(first.coords[-1], 0, atol=1e-6)
    gap = runs[1].values[-1].astype(float) - runs[0].values[-1]
    off = np.linalg.norm(gap) ** 2 - np.linalg.norm(second.coords[-1]) ** 2
    assert second.off[-1] == pytest.approx(np.sqrt(off) / np.linalg.norm(gap), rel=1e-4)
    assert f"to each other end that it hides: Adam {second.off[-1]:.0%}." in made.words()


def test_marks_have_the_value_that_was_logged():
    run = make_run()
    assert list_values([run, replace(run, logs={"accuracy": run.logs["accuracy"]})]) == ["accuracy"]
    made = place_recordings([run], "accuracy")
    np.testing.assert_array_equal(made.shadows[0].true, run.logs["accuracy"])
    figure: Any = recorded_path_figure(made, color_by="logged value")
    np.testing.assert_array_equal(figure.data[0].marker.color, run.logs["accuracy"])
    assert figure.layout.coloraxis.colorbar.title.text == "accuracy"


def test_sketches_are_placed_with_their_error_and_have_no_movement():
    runs = [
        replace(
            make_run(label, n),
            values=make_run(label, n).values[:, :8],
            sketch=Sketch([12, 4], 8, 0),
        )
        for n, label in enumerate(("SGD", "Adam"))
    ]
    made = place_recordings(runs)
    assert made.error == runs[0].sketch.error
    assert "Distances come from sketches: they are right to about 25%" in made.words()
    with pytest.raises(ValueError, match="recorded as a sketch"):
        measure_movement(runs[0])


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"blocks": BLOCKS[:1]}, r"SGD has hidden\.bias \(4,\), Other has no more parameters"),
        ({"sketch": Sketch([12, 4], 16, 0)}, "are recorded in different ways"),
    ],
)
def test_recordings_that_cannot_share_a_plane_get_a_sentence(other, sentence):
    with pytest.raises(ValueError, match=sentence):
        place_recordings([make_run(), make_run("Other", **other)])
    with pytest.raises(ValueError, match="there is no recording to draw"):
        place_recordings([])


def test_a_run_that_diverged_or_went_far_chooses_neither_plane_nor_frame():
    runs = [make_run("SGD"), make_run("Adam", 1)]
    far = replace(runs[1], values=1e6 * runs[1].values, about={"label": "Far", "kind": "far"})
    broken = make_run("Broken", 2)
    broken.values[4:] = np.nan
    alone, made = place_recordings(runs), place_recordings([*runs, far, broken])
    assert made.wild == (False, False, True, True)
    assert made.share == pytest.approx(alone.share, rel=1e-12)
    assert "of the variance of 2 of the 4 paths" in made.words()
    assert "Broken is drawn to step 15: its parameters are not finite after that." in made.words()
    layouts: Any = [recorded_path_figure(each).layout for each in (made, alone)]
    figure, calm = layouts
    assert figure.xaxis.range == calm.xaxis.range
    assert "Far: off the chart" in "".join(each.text for each in figure.annotations)


def test_logged_values_of_a_run_that_diverged_do_not_flatten_the_others():
    calm, wild = make_run("SGD"), make_run("Wild", 1)
    wild.values[6:] = np.inf
    wild.logs["loss"][:] = np.geomspace(2, 1e30, len(wild))
    figure: Any = logged_value_figure([calm, wild], "loss")
    assert max(figure.layout.yaxis.range) < 3
    assert "Wild: diverged at step 30" in figure.layout.annotations[0].text


def test_a_recording_of_another_model_is_named_and_the_most_are_kept():
    runs = [make_run("Other", blocks=BLOCKS[:1]), make_run("SGD"), make_run("Adam", 1)]
    alike, said = part_models(runs)
    assert alike == [False, True, True]
    assert said[0].startswith("The paths are without Other: the recordings are of different")
    assert part_models(runs[1:]) == ([True, True], [])


def test_movement_is_the_distance_from_the_start_over_its_length_there():
    run = make_run()
    moved = measure_movement(run)
    weight = run.values[:, :12].astype(float)
    expected = np.linalg.norm(weight - weight[0], axis=1) / np.linalg.norm(weight[0])
    np.testing.assert_allclose(moved["hidden.weight"], expected, rtol=1e-12)
    figure: Any = movement_figure(moved, run.step, run.label)
    assert {trace.name for trace in figure.data} == set(moved)


def test_a_value_that_spans_decades_is_on_a_log_axis():
    run = make_run()
    steep = replace(run, logs={"loss": np.geomspace(1, 1e-4, len(run))})
    figures: Any = logged_value_figure([run], "accuracy"), logged_value_figure([steep], "loss")
    assert [each.layout.yaxis.type for each in figures] == [None, "log"]


def test_a_wrong_color_gets_a_sentence():
    with pytest.raises(
        ValueError, match='color_by must be run, logged value or off the plane, got "x"'
    ):
        recorded_path_figure(place_recordings([make_run()]), color_by="x")


def test_any_file_is_opened_by_what_it_says_it_is(tmp_path):
    run = make_run().save(tmp_path / "run.optviz")
    assert open_file(run).label == "SGD"
    assert open_file(write_slice(tmp_path / "loss.npz")).losses.shape == (9, 9)
    other = write_record(tmp_path / "other.npz", "basins", {}, {"a": np.zeros(2)})
    assert read_kind(other, 10**6) == "basins"
    with pytest.raises(RecordFileError, match="is a basins, no recording, slice"):
        open_file(other)
    np.savez(tmp_path / "bare.npz", a=np.zeros(3))
    with pytest.raises(RecordFileError, match="file of another program"):
        open_file(tmp_path / "bare.npz")

"""Check the figures by their data."""

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.io as pio
import pytest

from optviz import views
from optviz.landscapes.grid import Grid, loss_grid
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.surfaces import surface
from optviz.rules import SGD
from optviz.runs.comparison import compare
from optviz.runs.loop import run
from optviz.schedules import SCHEDULES, Cosine
from optviz.views.drawing.colors import COLORS
from optviz.views.drawing.paths import keep_drawable
from optviz.views.drawing.scale import fit_scale, format_number, round_step
from optviz.views.drawing.theme import THEMES

ROSENBROCK = surface("rosenbrock")
RACE = compare(ROSENBROCK, ["sgd:lr=0.001", "adam:lr=0.05", "adam:lr=0.2"], 60)
SGD_RUN, ADAM, FAST_ADAM = RACE.trajectories.values()
DIVERGED = run(ROSENBROCK, SGD(0.1), 60)
GRID = loss_grid(ROSENBROCK, size=31)
CUT = slice_loss(
    ROSENBROCK, Plane(np.zeros(2), np.eye(2), "as it is", 1.0), [SGD_RUN, ADAM], size=9
)


def decode(value: Any) -> Any:
    """Return the value with each base64 array of plotly as a numpy array."""
    if not isinstance(value, dict):
        return value
    if "bdata" in value:
        array = np.frombuffer(b64decode(value["bdata"]), value["dtype"])
        shape = value.get("shape", str(array.size))
        return array.reshape([int(each) for each in str(shape).split(",")])
    return {key: decode(each) for key, each in value.items()}


def data(figure) -> list:
    return [decode(trace) for trace in figure.to_dict()["data"]]


def layout(figure) -> dict:
    return figure.to_dict()["layout"]


def named(figure, name: str) -> list:
    return [trace for trace in data(figure) if trace.get("name") == name]


def paths(figure) -> list:
    return [
        trace for trace in data(figure) if trace.get("mode") == "lines" and not is_casing(trace)
    ]


def is_casing(trace) -> bool:
    """Tell if a trace is the edge below others."""
    return (trace.get("meta") or {}).get("part") == "casing"


EVERY = {
    "contour": lambda theme: views.contour(GRID, RACE.trajectories, theme=theme),
    "surface3d": lambda theme: views.surface3d(GRID, RACE.trajectories, theme=theme),
    "losses": lambda theme: views.losses(RACE.trajectories, target=0.2, theme=theme),
    "schedule": lambda theme: views.schedule(RACE.trajectories, theme=theme),
    "factors": lambda theme: views.schedule_factors({"cosine": Cosine()}, 9, theme=theme),
    "state": lambda theme: views.state(RACE.trajectories, theme=theme),
    "slice": lambda theme: views.slice_contour(CUT, theme=theme),
    "slice3d": lambda theme: views.slice_surface(CUT, lift=True, theme=theme),
    "validation": lambda theme: views.validation(
        [views.Curve("Adam", "adam", [0.9, 0.8], [0.9, 0.7])], 0.85, theme=theme
    ),
}


# -- what all pictures share -------------------------------------------------------------------


@pytest.mark.parametrize("view", EVERY)
def test_light_and_dark_differ_in_the_template_and_the_edges_of_paths_alone(view):
    light, dark = (EVERY[view](theme).to_dict() for theme in ("light", "dark"))
    assert light["layout"].pop("template") != dark["layout"].pop("template")
    for name, figure in (("light", light), ("dark", dark)):
        colors = {each["line"].pop("color") for each in filter(is_casing, figure["data"])}
        assert colors <= {THEMES[name].page}
    assert pio.json.to_json_plotly(light) == pio.json.to_json_plotly(dark)


@pytest.mark.parametrize("view", EVERY)
def test_a_picture_drawn_twice_is_the_same_text(view):
    assert EVERY[view]("light").to_json() == EVERY[view]("light").to_json()


@pytest.mark.parametrize("view", EVERY)
def test_no_picture_asks_for_a_web_font_or_another_file(view):
    text = str(EVERY[view]("light").to_json())
    assert "http" not in text
    assert "system-ui" in text


@pytest.mark.parametrize("view", EVERY)
def test_zoom_is_kept_when_a_picture_is_drawn_again(view):
    assert layout(EVERY[view]("light"))["uirevision"]


def test_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match='theme must be light or dark, got "blue"'):
        views.contour(GRID, theme="blue")


def test_a_run_has_one_color_in_every_picture_and_the_first_of_a_rule_the_rules():
    seen = set()
    for view in ("contour", "surface3d", "losses", "schedule"):
        colors = [trace["line"]["color"] for trace in paths(EVERY[view]("light"))]
        assert colors[:2] == [COLORS["sgd"], COLORS["adam"]], view
        seen.add(colors[2])
    assert len(seen) == 1
    assert seen.isdisjoint(colors[:2])


def test_a_single_trajectory_needs_no_list():
    assert len(paths(views.contour(GRID, ADAM))) == 1


def test_many_runs_at_once_are_refused():
    many = run(ROSENBROCK, SGD(1e-4), 3, start=np.zeros((2, 5)))
    with pytest.raises(ValueError, match="a picture draws single runs"):
        views.contour(GRID, many)


# -- contour -----------------------------------------------------------------------------------


def test_a_path_shows_every_point_where_it_was():
    path = paths(views.contour(GRID, [ADAM]))[0]
    assert np.array_equal(path["x"], ADAM.path[:, 0])
    assert np.array_equal(path["y"], ADAM.path[:, 1])
    assert path["type"] == "scatter"


def test_hovering_a_path_tells_step_and_loss():
    path = paths(views.contour(GRID, [ADAM]))[0]
    assert np.array_equal(path["customdata"][:, 0], ADAM.step)
    assert np.array_equal(path["customdata"][:, 1], ADAM.losses)


def test_paths_can_let_a_click_through_to_the_surface():
    figure = views.contour(GRID, RACE.trajectories, hover="surface")
    assert all(trace["hoverinfo"] == "skip" for trace in data(figure)[1:])
    assert "hoverinfo" not in data(figure)[0]


def test_losses_that_span_decades_are_colored_by_their_logarithm():
    surface_trace = data(views.contour(GRID))[0]
    losses = GRID.loss[GRID.loss > 10 ** surface_trace["zmin"]]
    shown = surface_trace["z"][GRID.loss > 10 ** surface_trace["zmin"]]
    assert np.allclose(shown, np.log10(losses), atol=1e-6)


def test_the_color_bar_names_real_losses():
    bar = data(views.contour(GRID))[0]["colorbar"]
    text = dict(zip(bar["tickvals"], bar["ticktext"], strict=True))
    assert text[2] == "100"
    assert text[3] == "1000"
    assert bar["title"]["text"] == "loss (log scale)"


def test_the_color_bar_says_above_which_loss_the_logarithm_is_taken():
    grid = replace(GRID, loss=GRID.loss - 3, floor=-3.0)
    bar = data(views.contour(grid))[0]["colorbar"]
    assert bar["title"]["text"] == "loss (log scale above −3)"
    assert "97" in bar["ticktext"]


def test_hovering_the_surface_tells_the_real_loss():
    surface_trace = data(views.contour(GRID))[0]
    assert np.allclose(surface_trace["customdata"], GRID.loss, rtol=1e-6)
    assert "%{customdata" in surface_trace["hovertemplate"]


def test_losses_within_a_decade_are_colored_as_they_are():
    grid = loss_grid(surface("x^2 + y^2"), size=11)
    surface_trace = data(views.contour(grid))[0]
    assert np.allclose(surface_trace["z"], grid.loss)
    assert surface_trace["colorbar"]["title"]["text"] == "loss"


def test_losses_that_are_not_finite_are_gaps():
    grid = loss_grid(surface("log(x*y)"), size=8)
    assert np.isnan(data(views.contour(grid))[0]["z"][0, -1])
    assert np.isfinite(data(views.contour(grid))[0]["z"][0, 0])


def test_the_window_stays_whatever_the_paths_do():
    figure = layout(views.contour(GRID, [DIVERGED]))
    assert figure["xaxis"]["range"] == [-2, 2]
    assert figure["yaxis"]["range"] == [-1, 3]


def test_the_axes_carry_the_names_of_the_parameters():
    figure = layout(views.contour(replace(GRID, names=("slope", "offset"))))
    assert figure["xaxis"]["title"]["text"] == "slope"
    assert figure["yaxis"]["title"]["text"] == "offset"


def test_start_and_minimum_are_marked_and_named():
    figure = views.contour(GRID, RACE.trajectories)
    (start,), (minimum,) = named(figure, "start"), named(figure, "minimum")
    assert (list(start["x"]), list(start["y"])) == ([-1.2], [1.0])
    assert (list(minimum["x"]), list(minimum["y"])) == ([1.0], [1.0])
    assert minimum["marker"]["symbol"] == "star"


def test_every_run_has_a_mark_at_its_end_in_the_legend():
    figure = views.contour(GRID, RACE.trajectories)
    for each in RACE.trajectories.values():
        line, end = named(figure, each.label)
        assert [*end["x"], *end["y"]] == list(each.end)
        assert line["showlegend"] is False
        assert line["legendgroup"] == end["legendgroup"]


def test_a_run_that_diverged_says_so_in_the_legend_and_has_no_end_mark():
    (end,) = named(views.contour(GRID, [DIVERGED]), "SGD lr=0.1 (diverged at step 5)")
    assert np.isnan(end["x"]).all()


def test_a_run_that_ends_outside_the_window_says_so():
    grid = loss_grid(ROSENBROCK, ((-2, -1.1), (0, 2)), size=5)
    assert named(views.contour(grid, [ADAM]), "Adam lr=0.05 (ends off the chart)")


def test_the_legend_tells_a_run_that_left_for_good_as_the_table_does():
    race = compare(surface("bowl"), ["sgd:lr=1.5"], 30)
    ((label, run),) = race.trajectories.items()
    (row,) = race.rows()
    assert run.is_finished
    assert row["outcome"].startswith("diverged at step")
    assert named(views.contour(loss_grid(race.problem), [run]), f"{label} ({row['outcome']})")


def test_points_that_are_not_finite_are_gaps_in_the_path():
    path = ADAM.path.copy()
    path[3] = np.inf
    line = paths(views.contour(GRID, [replace(ADAM, path=path)]))[0]
    assert np.isnan(line["x"][3])
    assert line["x"][4] == ADAM.path[4, 0]


@pytest.mark.parametrize("value", [7.0, np.nan, np.inf, 1e308, -1e308, 5e-324])
def test_a_flat_or_absurd_surface_is_drawn_without_a_warning(value):
    flat = Grid(np.arange(3.0), np.arange(3.0), np.full((3, 3), value), log=True)
    for view in (views.contour, views.surface3d):
        assert json.loads(str(view(flat).to_json()))["data"]


def test_losses_from_the_smallest_to_the_largest_float_are_drawn():
    loss = np.array([[-1e308, 1e308], [5e-324, 1.0]])
    for log in (False, True):
        grid = Grid(np.arange(2.0), np.arange(2.0), loss, log=log, floor=-1e308)
        assert views.contour(grid).to_json()


# -- three dimensions --------------------------------------------------------------------------


def test_a_path_in_three_dimensions_lies_at_the_height_of_its_exact_losses():
    path = paths(views.surface3d(GRID, [ADAM]))[0]
    low = layout(views.surface3d(GRID))["scene"]["zaxis"]["range"][0]
    assert np.allclose(path["z"], np.log10(np.maximum(ADAM.losses, 10**low)))


def test_a_path_in_three_dimensions_is_not_drawn_outside_the_window():
    path = paths(views.surface3d(GRID, [DIVERGED]))[0]
    inside = (np.abs(DIVERGED.path[:, 0]) <= 2) & (np.abs(DIVERGED.path[:, 1] - 1) <= 2)
    assert np.array_equal(np.isfinite(path["x"]), inside)
    assert np.array_equal(np.isfinite(path["z"]), inside)


def test_the_height_axis_names_real_losses():
    axis = layout(views.surface3d(GRID))["scene"]["zaxis"]
    assert "100" in axis["ticktext"]
    assert axis["title"]["text"] == "loss"


def test_a_surface_with_gaps_has_no_contour_lines():
    gaps = data(views.surface3d(loss_grid(surface("log(x*y)"), size=8)))[0]
    whole = data(views.surface3d(GRID))[0]
    assert not gaps["contours"]["z"]["show"]
    assert whole["contours"]["z"]["show"]


# -- loss curves -------------------------------------------------------------------------------


def test_a_loss_curve_shows_every_recorded_loss():
    curves = paths(views.losses(RACE.trajectories))
    for trace, each in zip(curves, RACE.trajectories.values(), strict=True):
        assert np.array_equal(trace["y"], each.losses)
        assert np.array_equal(trace["x"], each.step)


def replace_losses(losses, ended="finished"):
    path = np.zeros((len(losses), 2))
    step = np.arange(len(losses))
    return replace(ADAM, path=path, step=step, losses=np.array(losses), ended=ended)


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([100.0, 1.0, 0.1], "log"),
        ([3.0, 2.0, 1.0], "linear"),
        ([100.0, 1.0, -1.0], "linear"),
        ([100.0, 1.0, 0.0], "log"),
        ([0.0, 0.0, 0.0], "linear"),
    ],
)
def test_the_loss_axis_is_logarithmic_where_positive_losses_span_decades(losses, scale):
    assert layout(views.losses(replace_losses(losses)))["yaxis"].get("type", "linear") == scale


def test_the_logarithm_can_be_refused():
    assert "type" not in layout(views.losses(replace_losses([100.0, 0.1]), log=False))["yaxis"]


def test_a_log_axis_says_that_it_cannot_show_zero():
    figure = views.losses(replace_losses([100.0, 1.0, 0.0]))
    assert "without 0" in layout(figure)["yaxis"]["title"]["text"]


def test_a_diverged_run_does_not_flatten_the_others_and_is_named_at_the_edge():
    figure = views.losses([ADAM, DIVERGED])
    low, high = 10 ** np.array(layout(figure)["yaxis"]["range"])
    assert low <= ADAM.losses.min()
    assert ADAM.losses.max() <= high < 10 * ADAM.losses.max()
    assert "SGD lr=0.1: diverged at step 5" in layout(figure)["annotations"][0]["text"]


def test_a_run_that_falls_without_end_does_not_flatten_the_others():
    tame, falling = replace_losses([2.0, 1.0, -1.0]), replace_losses([2.0, -1e9, -1e12])
    figure = views.losses([tame, falling], target=-1e12)
    assert layout(figure)["yaxis"]["range"][0] > -10
    assert "off the chart" in layout(figure)["annotations"][0]["text"]


def test_a_run_that_only_diverges_is_shown_up_to_ten_times_its_start():
    ends = layout(views.losses([DIVERGED]))["yaxis"]["range"]
    assert 10 ** ends[1] == pytest.approx(10 * DIVERGED.losses[0], rel=0.2)


def test_losses_that_are_not_finite_are_gaps_in_the_curve():
    curve = paths(views.losses(replace_losses([1.0, np.inf, np.nan, 2.0])))[0]["y"]
    assert np.isnan(curve[1:3]).all()


def test_the_target_is_a_line_with_its_name_inside_the_frame():
    figure = layout(views.losses(replace_losses([100.0, 0.1]), target=0.01))
    assert figure["shapes"][0]["y0"] == 0.01
    assert figure["shapes"][0]["label"]["text"] == "target 0.01"
    assert 10 ** figure["yaxis"]["range"][0] < 0.01


def test_no_runs_make_an_empty_picture():
    assert data(views.losses([])) == []


# -- schedule, state, table ----------------------------------------------------------------------


def test_the_schedule_shows_the_recorded_learning_rate_of_each_step():
    decayed = run(ROSENBROCK, SGD(1e-3), 20, schedule=Cosine())
    trace = paths(views.schedule([decayed]))[0]
    assert np.array_equal(trace["y"], decayed.lr)
    assert np.array_equal(trace["x"], np.arange(20))


def test_learning_rates_far_apart_share_a_log_axis():
    slow, fast = run(ROSENBROCK, SGD(1e-6), 3), run(ROSENBROCK, SGD(1e-3), 3)
    assert layout(views.schedule([slow, fast]))["yaxis"]["type"] == "log"
    assert "type" not in layout(views.schedule([fast]))["yaxis"]


def test_a_schedule_is_drawn_by_its_factors():
    schedules = {name: each() for name, each in SCHEDULES.items()}
    figure = views.schedule_factors(schedules, 40)
    assert [trace["name"] for trace in data(figure)] == list(SCHEDULES)
    assert named(figure, "cosine")[0]["y"][20] == Cosine(40)(20)


def test_the_state_has_a_row_for_each_average_and_a_column_for_each_parameter():
    figure = views.state([ADAM])
    assert len(data(figure)) == 4
    expected = [("grad_avg", 0), ("grad_avg", 1), ("sqr_avg", 0), ("sqr_avg", 1)]
    for trace, (column, place) in zip(data(figure), expected, strict=True):
        assert np.array_equal(trace["y"], ADAM.state[column][:, place])
        assert np.array_equal(trace["x"], ADAM.step[1:])


def test_a_run_stands_once_in_the_legend_of_its_averages():
    shown = [trace["name"] for trace in data(views.state([ADAM, FAST_ADAM])) if trace["showlegend"]]
    assert shown == [ADAM.label, FAST_ADAM.label]


def test_a_rule_without_averages_gives_a_sentence():
    (note,) = layout(views.state([SGD_RUN]))["annotations"]
    assert "SGD has no memory to show" in note["text"]


def test_the_state_of_many_parameters_shows_the_first_four_and_says_so():
    wide = replace(
        ADAM, names=(), path=np.zeros((4, 9)), step=np.arange(4), state={"avg": np.ones((3, 9))}
    )
    figure = views.state(wide)
    assert len(data(figure)) == 4
    assert "first 4 of 9 parameters" in layout(figure)["title"]["text"]


def test_the_table_has_the_comparisons_numbers_and_colors():
    cells = data(views.table(RACE))[0]["cells"]
    assert cells["values"][1] == list(RACE.trajectories)
    assert cells["values"][2] == [f"{row['final loss']:.5g}" for row in RACE.rows()]
    drawn = [trace["line"]["color"] for trace in paths(EVERY["losses"]("light"))]
    assert cells["font"]["color"][0] == drawn


def test_the_table_has_a_dash_where_there_is_no_number():
    cells = data(views.table(compare(ROSENBROCK, ["sgd:lr=0.001"], 5)))[0]["cells"]
    assert cells["values"][4] == ["–"]


# -- slice ---------------------------------------------------------------------------------------


def lift_path(share: float):
    """Return CUT with its first path off the plane, as happens with many parameters."""
    first = CUT.shadows[0]
    off = np.full(len(first.off), share)
    off[0] = 0.0
    hidden = replace(first, off=off, shown=first.true + 1)
    return replace(CUT, shadows=(hidden, CUT.shadows[1]))


def slice_paths(figure):
    lines = [trace for trace in data(figure) if trace.get("showlegend") is False]
    return [each for each in lines if not is_casing(each)]


def test_points_on_the_plane_are_filled_and_points_off_it_hollow_and_paler():
    marker = slice_paths(views.slice_contour(lift_path(0.5)))[0]["marker"]
    assert marker["symbol"][0] == "circle"
    assert set(marker["symbol"][1:]) == {"circle-open"}
    assert marker["opacity"][0] == 1 > marker["opacity"][1]


def test_hovering_a_point_of_a_slice_tells_both_losses_and_the_share_off_the_plane():
    cut = lift_path(0.25)
    line = slice_paths(views.slice_contour(cut))[0]
    shadow = cut.shadows[0]
    expected = np.stack([shadow.step, shadow.shown, shadow.true, 100 * shadow.off], axis=1)
    assert np.array_equal(line["customdata"], expected)


def test_the_legend_of_a_slice_tells_true_and_shown_loss():
    cut = lift_path(0.5)
    first = cut.shadows[0]
    name = f"{first.label}: true loss {first.true[-1]:.3g}, slice {first.shown[-1]:.3g}"
    assert named(views.slice_contour(cut), name)


def test_the_axes_of_a_slice_say_how_the_plane_was_chosen_and_what_it_holds():
    runs = [SGD_RUN, ADAM]
    cut = slice_loss(ROSENBROCK, Plane.pca(runs), runs, size=5)
    title = layout(views.slice_contour(cut))["xaxis"]["title"]["text"].replace("<br>", " ")
    assert "principal axes of 2 paths together" in title
    assert "100% of their variance" in title


def test_what_a_slice_hides_stands_below_the_picture():
    cut = lift_path(0.5)
    for draw in (views.slice_contour, views.slice_surface):
        (note,) = layout(draw(cut))["annotations"]
        assert note["text"].replace("<br>", " ").endswith(cut.words())
        assert (note["y"], note["yanchor"]) == (0, "top")


def test_a_slice_is_drawn_by_its_own_losses():
    trace = data(views.slice_contour(CUT))[0]
    assert np.allclose(trace["x"], CUT.alphas)
    assert np.allclose(trace["customdata"], CUT.losses, rtol=1e-6)


# -- validation ------------------------------------------------------------------------------------


def test_the_best_epoch_is_marked():
    figure = views.validation([views.Curve("Adam", "adam", [0.9, 0.8, 0.85])])
    (best,) = named(figure, "Adam, best")
    assert (best["x"], best["y"]) == ([2], [0.8])


def test_the_bias_only_baseline_is_a_named_line():
    (shape,) = layout(views.validation([], 0.8711))["shapes"]
    assert shape["y0"] == 0.8711
    assert shape["label"]["text"] == "bias-only baseline 0.871"


def test_a_training_that_diverged_is_drawn_with_gaps():
    figure = views.validation([views.Curve("SGD", "sgd", [np.nan, np.inf])])
    assert np.isnan(data(figure)[0]["y"]).all()


# -- numbers and files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "power", "text"),
    [
        (100.0, 2, "100"),
        (1e-28, -28, "1e−28"),
        (1e5, 5, "1e5"),
        (-959.64 + 0.01, -2, "−959.63"),
        (0, None, "0"),
        (12.5, None, "12.5"),
    ],
)
def test_a_tick_reads_as_a_person_writes_it(value, power, text):
    assert format_number(value, power) == text


@pytest.mark.parametrize(
    ("step", "rounded"), [(0.9, 1), (1.7, 2), (0.026, 0.025), (60, 50), (0, 1)]
)
def test_steps_are_rounded_to_numbers_that_read_well(step, rounded):
    assert round_step(step) == pytest.approx(rounded)


def test_ticks_of_a_narrow_range_are_told_apart():
    ticks = fit_scale(np.array([0.80001, 0.80009]), log=False).choose_ticks()["ticktext"]
    assert len(set(ticks)) == len(ticks) > 3


def test_a_page_holds_plotly_once_and_asks_the_network_for_nothing(tmp_path):
    figures = views.comparison_figures(RACE)
    text = views.save_html(figures, tmp_path / "race.html", title="a < b").read_text("utf-8")
    assert text.count("plotly.js v") == 1
    assert "<script src" not in text
    assert "<link" not in text
    assert "<title>a &lt; b</title>" in text
    assert text.count('role="group" aria-label="') == len(figures)


def test_a_comparison_makes_a_picture_of_all_it_holds():
    titles = [layout(each)["title"]["text"] for each in views.comparison_figures(RACE)]
    distance, memory = "Distance to the minimum", "Memory: average gradient, average square"
    assert titles[:5] == ["Rosenbrock", "Rosenbrock", "Loss", distance, memory]
    assert titles[5] == "Final loss against the learning rate"
    assert titles[6].startswith("Results")


def test_a_comparison_with_a_schedule_shows_it():
    decayed = compare(ROSENBROCK, ["sgd:lr=0.001,schedule=cosine"], 9)
    titles = [layout(each)["title"]["text"] for each in views.comparison_figures(decayed)]
    assert "Learning rate" in titles


def test_views_exports_what_it_names():
    assert all(hasattr(views, name) for name in views.__all__)


def test_what_no_browser_draws_is_a_gap():
    drawn = keep_drawable([1.0, -1e29, 1e31, np.inf, np.nan])
    np.testing.assert_array_equal(drawn, [1.0, -1e29, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(keep_drawable([1e31], span=100.0), [1e31])

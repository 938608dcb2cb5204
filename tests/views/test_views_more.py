"""Check figures of forks, more starting points, distances, rates, arrows and curvature."""

import sys
from base64 import b64decode
from dataclasses import replace
from itertools import pairwise
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optviz import views
from optviz.landscapes.grid import Grid, loss_grid
from optviz.problems.base import Noisy, Problem
from optviz.problems.surfaces import surface
from optviz.rules import SGD, Adam, Decoupled, Momentum, Nesterov
from optviz.runs.comparison import compare
from optviz.runs.loop import run
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.colors import COLORS, choose_styles
from optviz.views.drawing.paths import draw_end, draw_path, mark_origins
from optviz.views.drawing.theme import THEMES
from optviz.views.export.offline import thin_run
from optviz.views.hessian_ellipse import draw_curvature
from optviz.views.loss_curves import build_loss_parts
from optviz.views.step_arrows import choose_factors, compute_momentum
from tests.views.test_colors import EYES, difference, lab
from tests.views.test_views import data, decode, is_casing, layout, named, paths

ROSENBROCK = surface("rosenbrock")
GRID = loss_grid(ROSENBROCK, size=31)
STEPS, FORK = 40, 15


def measure_slope(function, point) -> np.ndarray:
    """Return derivatives by central differences, the last axis that of the point."""
    point, tiny = np.array(point, dtype=float), 1e-6
    moves = tiny * np.eye(point.size)
    sides = [[function(point + move), function(point - move)] for move in moves]
    return np.stack([(np.asarray(up) - down) / (2 * tiny) for up, down in sides], axis=-1)


def take_newton(bend) -> np.ndarray:
    assert bend.newton is not None
    return bend.newton


def add_origin(each, rule=0, start=0, fork=None, pin=None, label=None):
    """Return a run with an origin, as those of an Experiment have it."""
    where = {"rule": rule, "start": start, "fork": fork, "pin": pin}
    about = each.about | {"origin": where} | ({"label": label} if label else {})
    return replace(each, about=about)


def run_family():
    """Return two runs, another start and a fork of the second, and a pinned run."""
    sgd = add_origin(run(ROSENBROCK, SGD(0.001), STEPS), 0)
    trunk = run(ROSENBROCK, Adam(0.05), STEPS)
    further = run(ROSENBROCK, Adam(0.05), STEPS, start=(1.5, 2.5))
    branch = run(ROSENBROCK, Adam(0.3), STEPS - FORK, start=trunk.path[FORK])
    branch = replace(branch, step=branch.step + FORK)
    pin = run(ROSENBROCK, SGD(0.002), STEPS, start=(0.0, 2.0))
    return [
        sgd,
        add_origin(trunk, 1),
        add_origin(further, 1, start=1, label="Adam from (1.5, 2.5)"),
        add_origin(branch, 1, fork=0, label="Adam lr=0.3 from step 15"),
        add_origin(pin, pin=0, label="pinned: SGD lr=0.002"),
    ]


RUNS = run_family()
SGD_RUN, TRUNK, FURTHER, BRANCH, PINNED = RUNS

EVERY: dict[str, Any] = {
    "contour": lambda runs: views.contour(GRID, runs),
    "surface3d": lambda runs: views.surface3d(GRID, runs),
    "losses": views.losses,
    "distances": lambda runs: views.distances(runs, ROSENBROCK.minima),
    "state": views.state,
    "rates": views.rates,
    "schedule": views.schedule,
}


# -- runs of an experiment: other starts, forks, pins --------------------------------------------


@pytest.mark.parametrize("view", EVERY)
def test_every_line_says_whose_run_it_is(view):
    lines = paths(EVERY[view](RUNS))
    drawn = range(len(RUNS)) if view != "state" else (1, 2, 3)
    assert {trace["meta"]["run"] for trace in lines} == set(drawn)
    for trace in lines:
        assert trace["name"] == RUNS[trace["meta"]["run"]].label


def test_end_marks_say_whose_run_they_are_and_that_they_are_ends():
    for view in ("contour", "surface3d"):
        ends = [each for each in data(EVERY[view](RUNS)) if each.get("mode") == "lines+markers"]
        assert [each["meta"] for each in ends] == [
            {"run": place, "part": "end"} for place in range(len(RUNS))
        ]


def test_a_run_from_another_start_looks_as_its_optimizer():
    assert choose_styles(RUNS)[2] == choose_styles(RUNS)[1]


def test_a_fork_has_a_color_and_a_mark_of_its_own():
    trunk, branch = choose_styles(RUNS)[1], choose_styles(RUNS)[3]
    assert trunk.color == COLORS["adam"]
    assert branch.color not in (trunk.color, choose_styles(RUNS)[0].color)
    assert branch.symbol != trunk.symbol


def test_a_fork_to_another_rule_has_that_rules_hue():
    branch = replace(BRANCH, about=BRANCH.about | {"kind": "momentum"})
    assert choose_styles([TRUNK, branch])[1].color == COLORS["momentum"]


def test_a_pinned_run_is_thin_and_dotted_in_a_color_of_its_own():
    looks = choose_styles(RUNS)
    assert looks[4].dash == "dot"
    assert looks[4].color not in {look.color for look in looks[:4]}
    line = next(each for each in data(views.losses(RUNS)) if each["meta"]["run"] == 4)
    assert line["line"]["width"] < data(views.losses(RUNS))[0]["line"]["width"]


@pytest.mark.parametrize("view", EVERY)
def test_the_starts_of_an_optimizer_share_one_entry_of_the_legend(view):
    traces = [each for each in data(EVERY[view](RUNS)) if each.get("meta", {}).get("run") in (1, 2)]
    assert len({each["legendgroup"] for each in traces}) == 1
    shown = [each["meta"]["run"] for each in traces if each.get("showlegend", True)]
    assert shown == [1]


@pytest.mark.parametrize("view", ["losses", "distances"])
def test_a_fork_is_drawn_from_its_own_step_on(view):
    branch = next(each for each in data(EVERY[view](RUNS)) if each["meta"]["run"] == 3)
    assert branch["x"][0] == FORK
    assert len(branch["x"]) == len(branch["y"]) == STEPS - FORK + 1


def test_state_and_rates_of_a_fork_begin_with_its_first_step():
    state = next(each for each in data(views.state(RUNS)) if each["meta"]["run"] == 3)
    rate = next(each for each in data(views.rates(RUNS)) if each["meta"]["run"] == 3)
    assert state["x"][0] == FORK + 1
    assert rate["x"][0] == FORK


@pytest.mark.parametrize("view", ["contour", "surface3d"])
def test_each_start_is_marked_and_the_fork_has_a_mark_of_its_own(view):
    (starts,), (fork,) = (named(EVERY[view](RUNS), name) for name in ("starts", "fork"))
    marked = {(float(x), float(y)) for x, y in zip(starts["x"], starts["y"], strict=True)}
    assert marked == {(-1.2, 1.0), (1.5, 2.5), (0.0, 2.0)}
    assert [fork["x"][0], fork["y"][0]] == list(TRUNK.path[FORK])
    assert fork["marker"]["symbol"] != starts["marker"]["symbol"]


# -- loss curves ---------------------------------------------------------------------------------


def test_the_logarithm_can_be_asked_for_where_it_would_not_be_taken():
    near = replace(TRUNK, losses=np.linspace(3.0, 2.0, STEPS + 1))
    assert "type" not in layout(views.losses(near))["yaxis"]
    assert layout(views.losses(near, log=True))["yaxis"]["type"] == "log"


def test_a_log_axis_leaves_a_gap_below_zero_and_says_so():
    falling = replace(TRUNK, losses=np.linspace(1.0, -1.0, STEPS + 1))
    figure = views.losses(falling, log=True)
    assert "without values below 0" in layout(figure)["yaxis"]["title"]["text"]
    assert np.isnan(data(figure)[0]["y"][-1])


def test_without_a_positive_loss_there_is_no_logarithm():
    assert "type" not in layout(views.losses(replace(TRUNK, losses=-TRUNK.losses), log=True))


def test_losses_against_evaluations_say_that_a_step_takes_one():
    figure = layout(views.losses(RUNS, against="evaluations"))
    assert figure["xaxis"]["title"]["text"] == "gradient evaluations (one a step)"


def test_an_unknown_axis_is_refused():
    with pytest.raises(ValueError, match='against must be steps or evaluations, got "time"'):
        views.losses(RUNS, against="time")  # type: ignore[arg-type]


# -- distance ------------------------------------------------------------------------------------


def test_the_distance_is_the_one_to_the_nearest_minimum():
    minima = [(1.0, 1.0), (-1.0, 1.0)]
    curve = data(views.distances([TRUNK], minima))[0]["y"]
    expected = [min(np.hypot(x - a, y - b) for a, b in minima) for x, y in TRUNK.path]
    assert np.allclose(curve, expected, rtol=1e-12)


def test_distances_that_span_decades_are_drawn_on_a_log_axis():
    nearer = replace(TRUNK, path=1 + np.outer(np.geomspace(1, 1e-4, STEPS + 1), [1.0, 0.0]))
    far = replace(TRUNK, path=np.linspace(5, 4, STEPS + 1)[:, None] * [1.0, 1.0])
    assert layout(views.distances([nearer], [(1, 1)]))["yaxis"]["type"] == "log"
    assert "type" not in layout(views.distances([far], [(1, 1)]))["yaxis"]


def test_without_a_known_minimum_the_distance_says_so():
    figure = views.distances(RUNS, [])
    assert data(figure) == []
    (note,) = layout(figure)["annotations"]
    assert "No minimum of this surface is known" in note["text"].replace("<br>", " ")
    assert layout(figure)["xaxis"]["visible"] is False


def test_a_run_that_diverged_does_not_flatten_the_distances_of_the_others():
    wild = run(ROSENBROCK, SGD(0.1), STEPS)
    high = layout(views.distances([TRUNK, wild], [(1, 1)]))["yaxis"]["range"][1]
    assert high < 10


# -- effective learning rate ---------------------------------------------------------------------


def test_the_effective_rate_of_plain_sgd_is_its_learning_rate():
    for trace in data(views.rates([SGD_RUN])):
        assert np.allclose(trace["y"], 0.001, rtol=1e-9)
        assert np.array_equal(trace["x"], np.arange(STEPS))


def test_the_effective_rate_is_change_over_gradient_in_each_coordinate():
    first, second = data(views.rates([TRUNK]))
    for place, trace in enumerate((first, second)):
        change = np.abs(np.diff(TRUNK.path[:, place]))
        gradient = [abs(ROSENBROCK.grad(each)[place]) for each in TRUNK.path[:-1]]
        assert np.allclose(trace["y"], change / gradient, rtol=1e-9)
    assert (first["yaxis"], second["yaxis"]) == ("y", "y2")


def test_the_effective_rate_has_a_gap_where_the_gradient_is_zero():
    flat = run(surface("x^2"), Momentum(0.1), 5, start=(1.0, 2.0))
    across = data(views.rates([flat]))[1]
    assert np.isnan(across["y"]).all()


def test_the_axis_of_a_rate_says_what_it_divides():
    titles = [layout(views.rates(RUNS))[axis]["title"]["text"] for axis in ("yaxis", "yaxis2")]
    assert titles == ["|Δx| / |∂loss/∂x|", "|Δy| / |∂loss/∂y|"]


def test_a_thinned_record_gives_a_sentence_instead_of_rates():
    (note,) = layout(views.rates([run(ROSENBROCK, SGD(0.001), 9, keep=3)]))["annotations"]
    assert "No gradient was recorded" in note["text"]


# -- arrows --------------------------------------------------------------------------------------


def find_arrows(trajectory, step):
    return {each.what: each for each in views.arrows([trajectory], step)}


def test_the_arrows_are_the_recorded_gradient_and_step():
    found = find_arrows(TRUNK, 7)
    assert np.array_equal(found["gradient"].vector, -ROSENBROCK.grad(TRUNK.path[7]))
    assert np.array_equal(found["step"].vector, TRUNK.path[8] - TRUNK.path[7])
    assert np.array_equal(found["gradient"].at, TRUNK.path[7])


@pytest.mark.parametrize("rule", [Momentum(1e-3), Momentum(1e-3, 0.8, damped=True)])
def test_the_momentum_arrow_times_the_learning_rate_is_the_step(rule):
    found = find_arrows(run(ROSENBROCK, rule, 20), 12)
    assert np.allclose(1e-3 * found["momentum"].vector, found["step"].vector, rtol=1e-9)


def test_nesterovs_momentum_and_gradient_add_up_to_the_step():
    found = find_arrows(run(ROSENBROCK, Nesterov(1e-4, 0.7), 20), 12)
    both = found["momentum"].vector + found["gradient"].vector
    assert np.allclose(1e-4 * both, found["step"].vector, rtol=1e-9)


@pytest.mark.parametrize("debias", [True, False])
def test_adams_momentum_over_the_root_of_squares_is_the_step(debias):
    rule = Adam(0.05, debias=debias)
    each = run(ROSENBROCK, rule, 20)
    square = each.state["sqr_avg"][12] / (1 - rule.beta2**13 if debias else 1)
    found = find_arrows(each, 12)
    step = 0.05 * found["momentum"].vector / (np.sqrt(square) + rule.eps)
    assert np.allclose(step, found["step"].vector, rtol=1e-9)


def test_a_rule_inside_a_decay_keeps_its_momentum():
    bare, wrapped = run(ROSENBROCK, Adam(0.05), 1), run(ROSENBROCK, Decoupled(Adam(0.05), 0.1), 1)
    before = compute_momentum(bare, 0)
    assert before is not None
    assert before.tolist() == np.asarray(compute_momentum(wrapped, 0)).tolist()


def test_a_rule_without_average_has_no_momentum_arrow():
    assert set(find_arrows(SGD_RUN, 3)) == {"gradient", "step"}


@pytest.mark.parametrize("step", [FORK - 1, STEPS])
def test_a_run_has_no_arrows_before_it_begins_and_at_its_end(step):
    assert views.arrows([BRANCH], step) == []


def test_the_arrows_of_a_fork_are_those_of_its_own_first_row():
    assert np.array_equal(find_arrows(BRANCH, FORK)["step"].at, BRANCH.path[0])


def test_gradients_and_momenta_of_all_runs_share_a_round_factor_named_in_the_legend():
    found = views.arrows(RUNS, 20)
    scale = choose_factors(found, GRID.window)
    assert scale["gradient"] == scale["momentum"]
    longest = max(np.linalg.norm(each.vector) for each in found if each.what == "step")
    assert scale["step"] * longest <= 0.18 * 4 < 5 * scale["step"] * longest
    figure = views.contour(GRID, RUNS, step=20, arrows=True)
    assert named(figure, f"−gradient × {scale['gradient']:g}")
    assert named(figure, f"step × {scale['step']:g}")


def test_a_drawn_arrow_is_its_vector_times_the_factor():
    found = views.arrows([TRUNK], 20)
    scale = choose_factors(found, GRID.window)
    drawn = [
        each
        for each in data(views.contour(GRID, [TRUNK], step=20, arrows=True))
        if each.get("meta", {}).get("part") == "gradient"
    ]
    vector = [np.diff(drawn[0][axis])[0] for axis in ("x", "y")]
    assert np.allclose(vector, scale["gradient"] * found[0].vector)


def test_a_step_without_arrows_marks_where_each_run_is():
    (here,) = named(views.contour(GRID, [TRUNK], step=12), "at step 12")
    assert [here["x"][0], here["y"][0]] == list(TRUNK.path[12])


def test_a_dot_at_a_step_has_the_color_of_its_run_where_others_begin_later():
    (here,) = named(views.contour(GRID, [BRANCH, SGD_RUN], step=FORK - 1), f"at step {FORK - 1}")
    assert here["marker"]["color"] == [COLORS["sgd"]]
    assert [here["x"][0], here["y"][0]] == list(SGD_RUN.path[FORK - 1])


def test_arrows_without_a_step_are_refused():
    with pytest.raises(ValueError, match="arrows need a step"):
        views.contour(GRID, RUNS, arrows=True)


# -- the gradient field --------------------------------------------------------------------------


def test_the_field_points_against_the_gradient():
    trace = views.field(surface("himmelblau"), size=6)
    tails, tips = (np.stack([trace[axis][start::3] for axis in "xy"]) for start in (0, 1))
    ways = tips - tails
    for middle, way in zip(((tails + tips) / 2).T, ways.T, strict=True):
        numeric = measure_slope(surface("himmelblau").loss, middle)
        cosine = -numeric @ way / np.linalg.norm(numeric) / np.linalg.norm(way)
        assert cosine == pytest.approx(1, abs=1e-5)


def test_the_arrows_of_a_field_are_of_one_length_in_shares_of_the_window():
    window = ((0.0, 10.0), (0.0, 1.0))
    trace = views.field(surface("x^2 + 100*y^2"), window, size=5)
    ways = [np.diff(trace[axis].reshape(-1, 3)[:, :2])[:, 0] for axis in "xy"]
    lengths = np.hypot(ways[0] / 10, ways[1])
    assert np.allclose(lengths, 0.7 / 5)


def test_a_field_has_no_arrow_where_there_is_no_slope_or_no_number():
    trace = views.field(surface("log(x)"), ((-1.0, 1.0), (-1.0, 1.0)), size=4)
    assert len(trace["x"]) == 3 * 8
    assert len(views.field(surface("0*x + 1"), ((-1.0, 1.0), (-1.0, 1.0)), size=4)["x"]) == 0


def test_a_contour_with_field_says_that_it_tells_the_direction_only():
    assert named(views.contour(GRID, field=ROSENBROCK), "downhill (direction only)")


# -- curvature -----------------------------------------------------------------------------------

POINTS = [(-0.5, 0.6), (1.0, 1.0), (0.3, -0.4)]


@pytest.mark.parametrize("point", POINTS)
def test_eigenvalues_and_axes_are_those_of_a_numeric_hessian(point):
    bend = views.curvature(ROSENBROCK, point)
    numeric = measure_slope(ROSENBROCK.grad, point)
    assert np.allclose(bend.values, np.linalg.eigvalsh(numeric), rtol=1e-6, atol=1e-5)
    rebuilt = bend.vectors @ np.diag(bend.values) @ bend.vectors.T
    assert np.allclose(rebuilt, numeric, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("point", POINTS[:2])
def test_the_newton_step_solves_for_no_gradient(point):
    bend = views.curvature(ROSENBROCK, point)
    expected = np.linalg.solve(ROSENBROCK.hess(np.array(point)), -ROSENBROCK.grad(np.array(point)))
    assert np.allclose(take_newton(bend), expected, rtol=1e-9)


def test_one_newton_step_lands_on_the_minimum_of_a_quadratic():
    bend = views.curvature(surface("(x-1)^2 + 10*(y+2)^2 + x*y"), (5.0, 5.0))
    landed = bend.point + take_newton(bend)
    assert np.allclose(surface("(x-1)^2 + 10*(y+2)^2 + x*y").grad(landed), 0, atol=1e-9)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("x^2 + 4*y^2", "a bowl. Condition number 4. Newton step"),
        ("x^2 - y^2", "a saddle"),
        ("-x^2 - y^2", "a dome"),
        ("x^2", "a valley, flat along one axis. The Hessian is singular, so there is no Newton"),
        ("x + y", "flat. The Hessian is singular, so there is no Newton step"),
        ("-y^2", "a ridge"),
    ],
)
def test_the_curvature_says_what_the_surface_looks_like(formula, said):
    assert said in views.curvature(surface(formula), (0.5, 0.5)).words()


def test_a_newton_step_at_a_saddle_is_said_to_lead_to_no_minimum():
    assert "not a minimum" in views.curvature(surface("x^2 - y^2"), (0.5, 0.5)).words()


def test_where_there_are_no_second_derivatives_the_curvature_says_so():
    bend = views.curvature(surface("log(x)"), (-1.0, 0.0))
    assert "no second derivatives" in bend.words()
    assert draw_curvature(bend, ((-1, 1), (-1, 1))) == []


def test_the_radii_go_as_one_over_the_root_of_the_curvature():
    bend = views.curvature(surface("x^2 + 25*y^2"), (0.0, 0.0))
    outline = draw_curvature(bend, ((-1, 1), (-1, 1)))[0]
    assert np.ptp(outline["x"]) / np.ptp(outline["y"]) == pytest.approx(5, rel=1e-3)
    middle = surface("x^2 + 25*y^2")
    losses = [middle.loss(np.array(p)) for p in zip(outline["x"], outline["y"], strict=True)]
    assert np.ptp(losses) < 1e-12


def test_a_negative_eigenvalue_is_dashed():
    bend = views.curvature(surface("x^2 - y^2"), (0.0, 0.5))
    outline, first, second, *_ = draw_curvature(bend, ((-1, 1), (-1, 1)))
    assert outline["line"]["dash"] == first["line"]["dash"] == "dash"
    assert second["line"]["dash"] == "solid"
    assert "saddle" in outline["name"]


def test_a_singular_hessian_has_neither_ellipse_nor_newton_step():
    bend = views.curvature(surface("x^2"), (0.5, 0.5))
    names = [each["name"] for each in draw_curvature(bend, ((-1, 1), (-1, 1)))]
    assert names == ["eigenvalue 0", "eigenvalue 2"]


def test_the_newton_step_is_drawn_in_its_true_length():
    bend = views.curvature(ROSENBROCK, (-0.5, 0.6))
    (arrow,) = named(views.contour(GRID, curvature=bend), "Newton step (true length)")
    assert np.allclose([np.diff(arrow["x"])[0], np.diff(arrow["y"])[0]], take_newton(bend))


def test_the_contour_says_the_curvature_in_words_below_its_title():
    bend = views.curvature(ROSENBROCK, (-0.5, 0.6))
    text = layout(views.contour(GRID, curvature=bend))["title"]["subtitle"]["text"]
    assert text.replace("<br>", " ") == bend.words()


def test_noise_does_not_hide_the_curvature():
    clean, noisy = (views.curvature(p, (0, 0)) for p in (ROSENBROCK, Noisy(ROSENBROCK, 1.0)))
    assert np.array_equal(clean.hess, noisy.hess)


class NoHessian(Problem):
    name, start = "bare", np.zeros(2)


def test_a_problem_without_hessian_is_refused_by_name():
    with pytest.raises(ValueError, match="has no second derivatives of two parameters"):
        views.curvature(NoHessian(), (0.0, 0.0))


@pytest.mark.parametrize("point", [(1.0,), (np.nan, 0.0), "ab"])
def test_a_point_that_is_no_point_is_refused(point):
    with pytest.raises(ValueError):
        views.curvature(ROSENBROCK, point)


# -- plain data for the app ----------------------------------------------------------------------


def test_packed_arrays_are_the_numbers_themselves():
    parts = pack_arrays(build_loss_parts(RUNS))
    assert np.array_equal(decode(parts["data"][1]["y"]), TRUNK.losses)
    assert np.array_equal(decode(parts["data"][1]["x"]), TRUNK.step)


def test_packing_in_single_precision_halves_the_bytes_and_keeps_seven_digits():
    spec = pack_arrays(TRUNK.losses, single=True)
    assert spec["dtype"] == "f4"
    assert len(b64decode(spec["bdata"])) == 4 * (STEPS + 1)
    assert np.allclose(decode(spec), TRUNK.losses, rtol=1e-7)


def test_what_single_precision_cannot_hold_stays_double():
    assert pack_arrays(np.array([1e300, 1.0]), single=True)["dtype"] == "f8"


def test_packed_texts_are_a_list():
    assert pack_arrays(np.array([["a", ""]], dtype=object)) == [["a", ""]]


def test_packed_numbers_that_are_not_finite_are_gaps():
    assert np.isnan(decode(pack_arrays(np.array([np.inf, -np.inf, np.nan])))).all()


def test_packed_tables_keep_their_shape():
    assert decode(pack_arrays(np.arange(6.0).reshape(3, 2))).shape == (3, 2)


def test_plain_traces_are_what_the_figure_holds():
    paths, looks = [each.path for each in RUNS], choose_styles(RUNS)
    rows = list(zip(RUNS, paths, looks, strict=True))
    plain = [
        *(draw_path(each, path, look, ("x", "y"), hover=True) for each, path, look in rows),
        *mark_origins(RUNS),
        *(draw_end(each, path, look, GRID.window, hover=True) for each, path, look in rows),
    ]
    whole = data(views.contour(replace(GRID, minima=()), RUNS))[1:]
    drawn = [each for each in whole if not is_casing(each)]
    skipped = dict.fromkeys(("x", "y", "customdata", "meta"))
    assert [decode(pack_arrays(each)) | skipped for each in plain] == [
        each | skipped for each in drawn
    ]


# -- colors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
def test_neighboring_shades_of_the_losses_differ_for_every_eye(eye, theme):
    shades = THEMES[theme].losses
    for one, other in pairwise(shades):
        assert difference(lab(one, eye), lab(other, eye)) > 2


@pytest.mark.parametrize("view", ["contour", "losses"])
def test_an_empty_race_is_an_empty_picture(view):
    assert not [each for each in data(EVERY[view]([])) if "meta" in each]


def test_a_grid_without_minima_marks_none():
    flat = Grid(np.arange(3.0), np.arange(3.0), np.ones((3, 3)))
    assert not named(views.contour(flat, RUNS), "minimum")


def test_a_comparison_draws_its_distance_to_a_known_minimum():
    race = compare(ROSENBROCK, ["sgd:lr=0.001"], 5)
    titles = [layout(each)["title"]["text"] for each in views.comparison_figures(race)]
    assert "Distance to the minimum" in titles


# -- images ----------------------------------------------------------------------------------


def test_an_image_of_another_kind_is_refused_by_its_name(tmp_path):
    with pytest.raises(ValueError, match=r'ends in \.png, \.svg or \.pdf, got "race\.gif"'):
        views.save_image(views.losses(RUNS), tmp_path / "race.gif")


def test_without_kaleido_the_way_to_get_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(RuntimeError, match=r'pip install "optviz\[image\]"'):
        views.save_image(views.losses(RUNS), tmp_path / "race.png")


def test_an_old_kaleido_is_refused_with_the_way_to_a_new_one(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleido", ModuleType("kaleido"))
    with pytest.raises(RuntimeError, match=r'newer kaleido: pip install "optviz\[image\]"'):
        views.save_image(views.losses(RUNS), tmp_path / "race.png")


def test_without_a_browser_the_way_to_one_is_said(tmp_path, monkeypatch):
    class ChromeNotFoundError(RuntimeError):
        pass

    def fails(*_, **__):
        raise ChromeNotFoundError

    old = ModuleType("kaleido")
    old.calc_fig_sync = fails  # type: ignore[attr-defined]
    old.PageGenerator = lambda **_: SimpleNamespace(header="")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kaleido", old)
    with pytest.raises(RuntimeError, match="name it in BROWSER_PATH"):
        views.save_image(views.losses(RUNS), tmp_path / "race.png")


# -- the page that scrubs offline ------------------------------------------------------------


def test_an_unknown_theme_of_a_page_is_refused(tmp_path):
    race = compare(ROSENBROCK, ["sgd:lr=0.001"], 5)
    with pytest.raises(ValueError, match='theme must be auto, light or dark, got "blue"'):
        views.scrubbable(race, tmp_path / "race.html", theme="blue")


def test_a_thinned_run_keeps_every_kth_step_and_the_last():
    thin = thin_run(TRUNK, 7)
    assert thin.step.tolist() == [0, 7, 14, 21, 28, 35, 40]
    assert np.array_equal(thin.path, TRUNK.path[thin.step])
    assert np.array_equal(thin.losses, TRUNK.losses[thin.step])


def test_a_page_of_a_long_race_says_which_steps_it_holds(tmp_path):
    long = compare(ROSENBROCK, ["sgd:lr=0.001", "adam:lr=0.001"], 15_000)
    page = views.scrubbable(long, tmp_path / "race.html").read_text("utf-8")
    assert "holds every 2nd step" in page

"""What a slice says of itself: exact at three ends, a ranking that it reverses, and verdicts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.shadows import Shadow, name_runs, spell_share
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.landscapes.slices.verdicts import READABLE, TIE, WRONG, grade_picture, order_losses
from optviz.problems.surfaces import surface
from optviz.pytorch.module_problem import ModuleProblem
from optviz.recommenders import slice_trainings, train
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.training.defaults import SUGGESTED_RULES
from optviz.rules import SGD, Adam, Momentum
from optviz.runs.loop import run
from optviz.views import save_html, slice_contour, slice_surface
from tests.support.cases import every

RULES = SUGGESTED_RULES["dot_bias"]


@pytest.fixture(scope="module")
def trained(ml100k):
    """A slice of one epoch on half of the real ratings: the plane runs through momentum's end."""
    made = [
        train("dot_bias", ml100k, rule, epochs=1, batch=256, valid=0.5, progress=False)
        for rule in RULES
    ]
    return slice_trainings(made, ml100k, size=5)


@pytest.fixture(scope="module")
def convolved():
    """Two runs of a convolution net with BatchNorm on real digits, and their problem."""
    torch.manual_seed(0)
    images, digits = load_digits(return_X_y=True)
    x = torch.tensor(images[:200] / 16).reshape(-1, 1, 8, 8)
    layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10)
    module = nn.Sequential(*layers).double()
    problem = ModuleProblem(module, cross_entropy, x, torch.tensor(digits[:200]))
    return problem, [run(problem, rule, 30) for rule in (SGD(lr=0.3), Adam(lr=0.01))]


# -- exact where it is said to be ------------------------------------------------------------------


def test_a_net_with_running_averages_shows_its_three_points_exactly(convolved):
    problem, (slow, fast) = convolved
    points = [(each, place) for each in (slow, fast) for place in (0, -1)][1:]
    plane = Plane.through(*(each.path[place] for each, place in points))
    cut = slice_loss(problem, plane, [slow, fast], size=3)
    for shadow, record in zip(cut.shadows, (slow, fast), strict=True):
        for place in (0, -1):
            own = problem.true_loss(record.path[place], record.buffers_at(place))
            assert shadow.exact[place]
            assert shadow.shown[place] == pytest.approx(own, abs=1e-8)
            assert shadow.true[place] == pytest.approx(own, abs=1e-8)


def test_a_dip_that_only_the_running_averages_make_is_warned_of(convolved):
    problem, (slow, fast) = convolved
    plane = Plane.through(slow.start, slow.end, fast.end)
    cut = slice_loss(problem, plane, [slow, fast], size=3)
    assert "Do not take a dip around a path for a minimum" in cut.verdict()
    alone = slice_loss(problem, plane, [slow.path, fast.path], size=3)
    assert "dip" not in alone.words()
    # With slow's own averages everywhere the loss at fast's end is another one.
    foreign = problem.true_loss(fast.end, slow.buffers_at(-1))
    assert abs(foreign - cut.shadows[1].shown[-1]) > 0.1 * foreign


def test_buffers_of_another_run_are_no_part_of_a_point(convolved):
    problem, (slow, fast) = convolved
    swapped = [
        replace(fast, buffers=slow.buffers),
        replace(slow, buffers=fast.buffers),
    ]
    right = problem.load(fast.end, fast.buffers_at(-1)).eval()
    x, y = problem._loss.data.batches[0]
    expected = cross_entropy(right(x), y).item()
    plane = Plane.through(slow.start, slow.end, fast.end)
    ours = slice_loss(problem, plane, [slow, fast], size=2).shadows[1]
    theirs = slice_loss(problem, plane, swapped, size=2).shadows[0]
    assert ours.true[-1] == pytest.approx(expected, rel=1e-9)
    assert ours.shown[-1] == pytest.approx(expected, abs=1e-8)
    assert abs(theirs.true[-1] - expected) > 0.1 * expected


def test_a_rating_model_shows_its_three_ends_exactly(ml100k):
    few = slice(0, 3000)
    users, movies = ml100k.user[few], ml100k.movie[few]
    problem = DotBias(users, movies, ml100k.rating[few].astype(float), factors=5)
    runs = [run(problem, rule, 20) for rule in (SGD(lr=5.0), Momentum(lr=5.0), Adam(lr=0.01))]
    plane = Plane.through(*(each.end for each in runs))
    cut = slice_loss(problem, plane, runs, size=3)
    for shadow, record in zip(cut.shadows, runs, strict=True):
        assert shadow.exact[-1]
        assert shadow.shown[-1] == pytest.approx(float(problem.loss(record.end)), abs=1e-8)


# -- the order of the runs -------------------------------------------------------------------------


def test_a_slice_of_real_ratings_reverses_two_runs_and_says_so(trained):
    sgd, _, _, adam = trained.shadows
    assert adam.true[-1] < 0.95 * sgd.true[-1]
    assert sgd.shown[-1] < 0.95 * adam.shown[-1]
    assert trained.plane.share > 0.5
    assert trained.rank_runs() == (
        "Momentum, RMSProp, SGD, Adam",
        "Momentum, RMSProp, Adam, SGD",
        False,
    )
    verdict = trained.verdict()
    assert verdict.startswith("Do not read the order of the runs off this picture: by the losses ")
    assert "RMSProp, SGD, Adam; truly they rank Momentum, RMSProp, Adam, SGD." in verdict
    assert trained.grade() == "misleading"
    assert f"Keeping {trained.plane.share:.0%} of the variance" in verdict


@pytest.mark.parametrize(
    ("losses", "groups"),
    [
        ((0.3, 0.1, 0.2), [[1], [2], [0]]),
        ((0.2, 0.1, 0.2 * (1 + TIE / 2)), [[1], [0, 2]]),
        ((0.2 * (1 + 2 * TIE), 0.2), [[1], [0]]),
        ((np.nan, 1.0, np.inf), [[1], [0, 2]]),
        ((np.inf, -np.inf, -3.0), [[1], [2], [0]]),
        ((0.0, 0.0), [[0, 1]]),
    ],
)
def test_ties_are_ties_and_what_is_not_finite_comes_last(losses, groups):
    assert order_losses(losses) == groups


# -- verdicts --------------------------------------------------------------------------------------


def make_cut(*ends: tuple[float, float, float], share: float | None = None) -> Slice:
    """Return a slice of 5 parameters with paths of two points; of each end (off, shown, true)."""
    shadows = tuple(
        Shadow(
            f"{name} lr=0.1",
            "adam",
            np.array([0, 9]),
            np.array([[0.0, 0.0], [1.0, 1.0]]),
            np.array([0.0, off]),
            np.array([2.0, shown]),
            np.array([2.0, true]),
        )
        for name, (off, shown, true) in zip(("A", "B", "C"), ends, strict=False)
    )
    lines, losses = np.array([0.0, 1.0]), np.array([[2.0, 1.0], [1.5, 1.2]])
    plane = Plane(np.zeros(5), np.eye(2, 5), "by hand", share)
    return Slice(plane, lines, lines, losses, shadows, "made")


def test_a_picture_that_hides_nothing_of_its_points_still_hides_directions():
    cut = make_cut((0, 1.0, 1.0), (0, 0.5, 0.5))
    assert cut.grade() == "exact"
    assert cut.verdict() == (
        "Every drawn point lies on this plane: the losses shown are the true ones. "
        "Of the loss in the other 3 directions it says nothing."
    )


def test_a_picture_that_is_nearly_right_can_be_read():
    cut = make_cut((0.1, 1.005, 1.0), (0.1, 0.5, 0.5))
    assert cut.grade() == "close"
    assert cut.verdict() == (
        "By the losses shown at their ends the runs come in their true order: B, A. "
        "The losses at the ends can be read: the largest error is 0.5%."
    )


def test_a_run_that_diverged_has_no_end_to_be_read_and_ranks_last(tmp_path):
    made = make_cut((0.1, 1.0, 1.0), (0.1, 0.3, 0.2), (0.1, 1.5, 1.5))
    first, wild, last = made.shadows
    cut = replace(made, shadows=(first, replace(wild, diverged=12), last))
    said = "B diverged: it is not finite from step 12 on, what is drawn ends at step 9."
    assert cut.verdict() == (
        f"{said} By the losses shown at their ends the runs come in their true order: "
        "A, C, B (diverged). The losses at the ends of A and C can be read: the largest error is "
        "below 0.1%. On the way it is most wrong at step 9 of B: 0.3 shown, true loss 0.2."
    )
    assert cut.words().startswith(f"{said} 3 of 6 drawn points")
    assert cut.words().count("B diverged:") == 1
    assert cut.facts()["ranking as shown"] == "A, C, B (diverged)"
    assert cut.facts()["largest gap at an end"].startswith("A:")
    cut.to_npz(tmp_path / "cut.npz")
    assert Slice.from_npz(tmp_path / "cut.npz").words() == cut.words()
    figure: Any = slice_contour(cut, width=None)
    names = [each.name for each in figure.data]
    assert "B lr=0.1, diverged after step 9: true loss 0.2, slice 0.3" in names
    alone = replace(cut, shadows=cut.shadows[1:2])
    assert "can be read" not in alone.verdict()


def test_a_picture_that_errs_by_a_few_percent_is_to_be_read_roughly():
    cut = make_cut((0.2, 1.05, 1.0), (0.1, 0.5, 0.5))
    assert cut.grade() == "rough"
    assert cut.verdict().endswith(
        "Read the losses at the ends only roughly: A is shown at 1.05, its true loss is 1."
    )


def test_a_picture_that_is_wrong_says_what_not_to_read():
    cut = make_cut((0.63, 0.3, 0.2), (0.1, 0.25, 0.25), share=0.93)
    assert cut.grade() == "misleading"
    assert cut.verdict() == (
        "Do not read the order of the runs off this picture: by the losses shown they rank B, A; "
        "truly they rank A, B. Do not read the loss at the end of A off it: it is shown at 0.3, "
        "its true loss is 0.2. Contours around the end of A (63%), so far off the plane, are not "
        "its own. Keeping 93% of the variance of the paths does not change that."
    )


def test_an_end_that_is_not_finite_is_named():
    cut = make_cut((0.5, 0.3, np.nan), (0.1, 0.25, 0.25))
    assert "A off it: it is shown at 0.3, its true loss is not finite" in cut.verdict()
    assert cut.facts()["largest gap at an end"] == "A: 0.3 shown, not finite true"
    assert cut.facts()["true ranking"] == "the same"


def test_a_point_on_the_way_that_is_shown_worse_than_the_ends_is_named():
    cut = make_cut((0.2, 1.0, 1.0))
    shadow = replace(cut.shadows[0], shown=np.array([1.0, 1.0]), off=np.array([0.7, 0.2]))
    verdict = replace(cut, shadows=(shadow,)).verdict()
    assert "On the way it is most wrong at step 0 of A: 1 shown, true loss 2." in verdict


@pytest.mark.parametrize(("error", "grade"), [(0.9, "close"), (1.1, "rough")])
def test_the_thresholds_part_the_grades(error, grade):
    assert grade_picture(make_cut((0.1, 1 + error * READABLE, 1.0)).shadows) == grade
    wrong = grade_picture(make_cut((0.1, 1 - error * WRONG, 1.0)).shadows)
    assert wrong == ("misleading" if error > 1 else "rough")


def test_runs_are_named_as_briefly_as_they_can_be_told_apart():
    def name(*labels: str) -> list[str]:
        return name_runs([replace(make_cut((0, 1, 1)).shadows[0], label=each) for each in labels])

    assert name("Adam lr=0.1 l2=1", "SGD lr=1") == ["Adam", "SGD"]
    assert name("Adam lr=0.1", "Adam lr=1") == ["Adam lr=0.1", "Adam lr=1"]
    assert name("run", "run", "mine") == ["run (1)", "run (2)", "mine"]


# -- pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [slice_contour, slice_surface])
def test_hovering_tells_the_numbers_of_the_record(trained, draw):
    figure = draw(trained)
    for each in trained.shadows:
        (path,) = figure.select_traces({"name": each.label})
        expected = np.stack([each.step, each.shown, each.true, 100 * each.off], axis=1)
        np.testing.assert_array_equal(path.customdata, expected)


def test_points_are_colored_by_their_true_loss_on_the_scale_of_the_surface(trained):
    figure: Any = slice_contour(trained, color_by="true loss")
    losses, axis = figure.data[0], figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (losses.zmin, losses.zmax)
    for shadow in trained.shadows:
        (line,) = figure.select_traces({"name": shadow.label})
        assert line.marker.coloraxis == "coloraxis"
        np.testing.assert_allclose(line.marker.color, shadow.true)


def test_far_points_fade_and_stay_seen(trained):
    figure: Any = slice_contour(trained)
    (line,) = figure.select_traces({"name": trained.shadows[0].label})
    opacity, off = np.array(line.marker.opacity), trained.shadows[0].off
    assert (np.argsort(-opacity, kind="stable") == np.argsort(off, kind="stable")).all()
    assert opacity.min() >= 0.3


def test_points_are_colored_by_their_share_off_the_plane(trained):
    figure: Any = slice_contour(trained, color_by="off the plane")
    axis = figure.layout.coloraxis2
    assert (axis.cmin, axis.cmax) == (0, 1)
    for shadow in trained.shadows:
        (line,) = figure.select_traces({"name": shadow.label})
        np.testing.assert_array_equal(line.marker.color, shadow.off)


def test_drop_lines_lead_from_true_losses_to_the_losses_shown(trained):
    figure: Any = slice_surface(trained, lift=True)
    surface = figure.data[0]
    low, high = figure.layout.scene.zaxis.range
    for shadow in trained.shadows:
        (drops,) = figure.select_traces({"name": f"{shadow.label}: drop lines"})
        heights = np.reshape(drops.z, (-1, 3))
        np.testing.assert_allclose(heights[-1, :2], [shadow.true[-1], shadow.shown[-1]])
        assert low <= np.nanmin(heights) < np.nanmax(heights) <= high
        (path,) = figure.select_traces({"name": shadow.label})
        assert path.z[-1] == pytest.approx(shadow.true[-1])
    assert (surface.cmin, surface.cmax) == (trained.losses.min(), trained.losses.max())


def test_marks_in_space_are_of_fonts_and_keep_their_color_behind_the_surface():
    made = make_cut(*[(0.1, 1.0, 1.0)] * 3)
    kinds = [f"rule {place}" for place in range(9)]
    shadows = tuple(replace(made.shadows[0], label=kind, kind=kind) for kind in kinds)
    figure: Any = slice_surface(replace(made, shadows=shadows), lift=True)
    ends = [each for each in figure.data if each.name and "true loss 1" in each.name]
    assert len(ends) == 9
    # "x" is a letter that exported pictures have no font for.
    assert {each.marker.symbol for each in ends} <= {"circle", "square", "diamond", "cross"}
    assert all(0.9 < each.opacity < 1 for each in ends)  # drawn after the surface, not below it


def test_a_long_title_beside_a_low_plot_is_wrapped_to_its_height():
    made = make_cut((0.1, 1.0, 1.0))
    long = "Hessian eigenvector 2 (eigenvalue 3.372) " * 2
    plane = replace(made.plane, names=("short", long))
    low: Any = slice_contour(replace(made, plane=plane, betas=np.array([0.0, 0.4]))).layout
    title, plot = low.yaxis.title, low.height - low.margin.t - low.margin.b
    lines = title.text.split("<br>")
    assert len(lines) > 2
    assert title.font.size == 12
    assert max(map(len, lines)) * 7 <= plot + low.margin.t + 20
    assert low.margin.l == 76 + 16 * (len(lines) - 2)
    assert slice_contour(made).layout.yaxis.title.text == "distance along axis 2"  # pyright: ignore


def test_interpolated_cells_say_so_and_computed_ones_are_dotted(trained):
    estimated = np.ones((5, 5), bool)
    estimated[::2, ::2] = False
    cut = replace(trained, estimated=estimated, errors=np.where(estimated, 0.02, 0.0))
    figure: Any = slice_contour(cut)
    texts = np.array(figure.data[0].text)
    assert (texts[~estimated] == "").all()
    assert set(texts[estimated]) == {"<br>interpolated, within 2.0% by an estimate"}
    assert "%{text}" in figure.data[0].hovertemplate
    (dots,) = figure.select_traces({"name": "dots: computed; between them interpolated"})
    assert sorted(zip(dots.x, dots.y, strict=True)) == sorted(
        (a, b) for a in cut.alphas[::2] for b in cut.betas[::2]
    )
    assert "16 of 25 cells are interpolated, with an error of at most 0.02 of" in cut.words()


def test_a_page_has_the_words_as_text_that_wraps_at_any_width(trained, tmp_path):
    figure = slice_contour(trained)
    page = save_html(figure, tmp_path / "slice.html").read_text("utf-8")
    assert f"<figcaption>{trained.words()}</figcaption>" in page
    assert page.count("Do not read the order of the runs") == 1
    assert len(figure.to_dict()["layout"]["annotations"]) == 1  # the figure stays as it was


def test_another_coloring_is_refused(trained):
    with pytest.raises(ValueError, match='color_by must be run, true loss or off the plane, got "'):
        slice_contour(trained, color_by="loss")


def test_a_window_without_a_finite_loss_is_not_called_exact():
    cut = slice_loss(surface("bowl"), Plane.through([0, 0], [1, 0], [0, 1]), size=3)
    verdict = replace(cut, losses=np.full_like(cut.losses, np.inf)).verdict()
    assert verdict.startswith("There is no finite loss on this window")


@every(
    "share, digits, text",
    [(0.9997, 0, "99.97%"), (0.93, 0, "93%"), (0.9996, 1, "99.96%"), (0.002, 0, "below 1%"),
     (0.002, 1, "0.2%"), (0.0, 0, "0%"), (1 - 1e-12, 1, "100%")],
)  # fmt: skip
def test_all_and_none_are_said_of_all_and_none_alone(share, digits, text):
    assert spell_share(share, digits) == text

"""What makes no picture of a loss is refused with the value, what was expected and a way out."""

import re
from typing import Any

import numpy as np
import pytest

from optviz.landscapes.curvature.sharpness import sharpness_along
from optviz.landscapes.pictures import draw_picture
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slice import compare_hidden
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices.convexity import map_convexity
from optviz.landscapes.slices.profiles import profile_loss
from optviz.landscapes.slices.slicing import slice_loss
from optviz.problems.base import Problem
from optviz.problems.surfaces import surface
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.rules import SGD, Adam
from optviz.runs.loop import run
from optviz.views import (
    convexity_figure,
    density_figure,
    layer_figure,
    line_profiles,
    sharpness_figure,
    sheet_contour,
    slice_contour,
    slice_surface,
)
from tests.support.cases import every

DOT: Any = DotBias(*(np.array(e) for e in ([0, 0, 1, 2], [0, 1, 1, 0], [5.0, 1, 4, 2])), factors=2)
RUNS: Any = [run(DOT, rule, 10) for rule in (SGD(0.3), Adam(0.1))]
BOWL: Any = surface("x^2 + y^2")
OTHER = run(BOWL, SGD(0.1), 3)
PLANE: Any = Plane.pca(RUNS)
SHEET: Any = Sheet.between(*RUNS)
CUT: Any = slice_loss(DOT, PLANE, RUNS, size=3)
BENT: Any = slice_sheet(DOT, SHEET, size=3)
WRONG: Any = {word: word for word in ("x", "a", "bowl", "yes")} | {n: n for n in (0, 3, True, None)}
ONE: Any = ("a",)
LINE = profile_loss(DOT, *RUNS, size=3)
ENDLESS = np.full((3, 15), np.nan)


class Single(Problem):
    """A parabola."""

    start = np.ones(1)

    def loss(self, params):
        return (params**2).sum(axis=0)


FINITE = "must be an array of finite numbers, got "
REFUSED = {
    "margin must be at least 0 and finite, got -1": lambda: slice_loss(DOT, PLANE, RUNS, margin=-1),
    "margin must be at least 0 and finite, got 'x'": lambda: slice_sheet(
        DOT, SHEET, margin=WRONG["x"]
    ),
    "slice_loss cuts a Plane, got a Sheet: make one": lambda: slice_loss(DOT, SHEET),
    "slice_sheet cuts a Sheet, got a Plane: make one": lambda: slice_sheet(DOT, PLANE),
    'problem must be a problem such as surface("bowl")': lambda: slice_loss(WRONG["bowl"], PLANE),
    "x^2 + y^2 has 2 parameters, the plane 15": lambda: slice_loss(BOWL, PLANE),
    f"has 15 parameters, {OTHER.label} 2: give paths": lambda: slice_loss(DOT, PLANE, OTHER),
    "got None: give () for none": lambda: slice_loss(DOT, PLANE, None),
    "got ((0, nan), (0, 1))": lambda: slice_loss(DOT, PLANE, window=((0, np.nan), (0, 1))),
    "are free: give a smaller size": lambda: slice_loss(DOT, PLANE, size=10**7),
    "size must be a whole number of at least 2, got 1": lambda: slice_sheet(DOT, SHEET, size=1),
    "cancel must be a function, such as lambda": lambda: slice_sheet(
        DOT, SHEET, cancel=WRONG[True]
    ),
    "on_progress must be a function, such as print": lambda: profile_loss(
        DOT, *RUNS, on_progress=WRONG[3]
    ),
    "executor must be one of concurrent.futures, got 'x'": lambda: sharpness_along(
        DOT, RUNS[0], executor=WRONG["x"]
    ),
    "tolerance must be above 0 and finite, got 0": lambda: sharpness_along(
        DOT, RUNS[0], tolerance=0
    ),
    "got 3: leave it out and give margin": lambda: slice_sheet(DOT, SHEET, width=3),
    "has one parameter, nothing leaves its line": lambda: Sheet.along(np.ones((3, 1))),
    f"the point a {FINITE}'a'": lambda: profile_loss(DOT, "a", RUNS[0]),
    "labels must be two names, got ('a',)": lambda: profile_loss(DOT, *RUNS, labels=ONE),
    "buffers must be two, one of each point": lambda: profile_loss(DOT, *RUNS, buffers=WRONG[None]),
    f"a point {FINITE}[nan, nan]": lambda: Plane.through([np.nan] * 2, [0, 1], [1, 0]),
    "through must be 15 numbers, got 2": lambda: Plane.pca(RUNS, through=[1, 2]),
    "there are no paths: give at least one": lambda: Plane.pca([]),
    "where it diverged; none of its points is": lambda: Plane.pca(ENDLESS),
    "it diverged, path[:2] keeps": lambda: Plane.pca(np.concatenate([np.ones((2, 15)), ENDLESS])),
    "map_convexity takes a Slice, got a SheetSlice": lambda: map_convexity(DOT, BENT),
    "compare_hidden takes a Slice first, got a SheetSlice": lambda: compare_hidden(BENT, CUT),
    'kind must be one of plane, sheet, barrier, line, edge, got "x"': lambda: draw_picture(
        "x", DOT, RUNS
    ),
    "there are 2 runs to draw, got the number -5": lambda: draw_picture(
        "plane", DOT, RUNS, first=-5
    ),
    "there are no runs to draw: give at least one": lambda: draw_picture("plane", DOT, []),
    'color_by must be run, true loss or off the plane, got "None"': lambda: slice_contour(
        CUT, color_by=WRONG[None]
    ),
    "slice_contour draws a Slice, got a SheetSlice": lambda: slice_contour(BENT),
    "slice_surface draws a Slice, got a SheetSlice": lambda: slice_surface(BENT),
    "sheet_contour draws a SheetSlice, got a Slice": lambda: sheet_contour(CUT),
    "lift must be True or False, got 'x'": lambda: slice_surface(CUT, lift=WRONG["x"]),
    "width must be 200 pixels or more, or None": lambda: sheet_contour(BENT, width=0),
    "line_profiles draws a Profile, or several, got a Slice": lambda: line_profiles(CUT),
    "log must be True, False or None, got 'yes'": lambda: line_profiles(LINE, log=WRONG["yes"]),
    "sharpness_figure draws a Sharpness, or several, got": lambda: sharpness_figure(CUT),
    "density_figure draws a Density, or several, got": lambda: density_figure(CUT),
    "convexity_figure draws a ConvexityMap, got a Slice": lambda: convexity_figure(CUT),
    "layer_figure draws Layers, got a Slice": lambda: layer_figure(CUT),
}
"""A part of each sentence, and what it refuses."""


@every("sentence", REFUSED)
def test_what_makes_no_picture_is_refused_with_a_way_out(sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        REFUSED[sentence]()


def test_one_parameter_has_a_profile():
    made = profile_loss(Single(), [-1.0], [1.0], size=5)
    np.testing.assert_allclose(made.losses, (2 * made.places - 1) ** 2)

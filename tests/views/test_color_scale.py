"""Check the colors of the losses by CIEDE2000, Machado et al. 2009 and WCAG, as test_colors."""

from itertools import pairwise

import numpy as np
import pytest

from optviz.views.drawing.colors import COLORS, SPARE, style_of
from optviz.views.drawing.theme import THEMES
from optviz.views.hessian_ellipse import COLOR as ELLIPSE
from tests.support.cases import every
from tests.views.test_colors import EYES, contrast, difference, lab, luminance

SHADES = 49
"""Shades of a scale that are looked at: three between two of its colors."""
COUNT = 6
"""Runs of each rule: those after the first may have shades of its color."""
RUNS = {
    *COLORS.values(),
    *SPARE,
    *(look.color for look in style_of([kind for kind in (*COLORS, "mine") for _ in range(COUNT)])),
    ELLIPSE,
}


def spread(losses: tuple[str, ...], count: int = SHADES) -> list[str]:
    """Return equally spaced colors of a scale, mixed in sRGB as plotly and the canvas do."""
    values = np.array([[int(each[i : i + 2], 16) for i in (1, 3, 5)] for each in losses])
    places = np.linspace(0, len(losses) - 1, count)
    mixed = [np.interp(places, np.arange(len(losses)), channel) for channel in values.T]
    colors = zip(*mixed, strict=True)
    return ["#" + "".join(f"{round(each):02x}" for each in color) for color in colors]


@every("theme", THEMES)
@every("eye", EYES)
def test_the_scale_goes_one_way_from_dark_to_light_for_every_eye(eye, theme):
    light = [lab(color, eye)[0] for color in spread(THEMES[theme].losses)]
    falls = np.diff(light) * (1 if theme == "light" else -1)
    assert falls.min() > 0.2  # also in gray print, which keeps the lightness alone


@every("theme", THEMES)
@every("eye", EYES)
def test_equal_steps_of_the_scale_are_seen_as_equal_steps(eye, theme):
    seen = [lab(color, eye) for color in spread(THEMES[theme].losses, 17)]
    steps = np.array([difference(one, other) for one, other in pairwise(seen)])
    uneven = steps.max() / steps.min()
    assert uneven < (1.3 if eye == "normal" else 2.5), steps
    assert steps.min() > 2


@every("theme", THEMES)
@every("eye", EYES)
def test_valley_and_height_are_far_apart_for_every_eye(eye, theme):
    shades = THEMES[theme].losses
    low, middle, high = (lab(shades[place], eye) for place in (0, len(shades) // 2, -1))
    assert difference(low, high) > 50
    assert min(difference(low, middle), difference(middle, high)) > 25
    assert contrast(shades[0], shades[-1]) >= 7


@every("theme", THEMES)
def test_the_heights_fade_to_the_page_and_the_valley_stands_out_from_it(theme):
    page, shades = THEMES[theme].page, THEMES[theme].losses
    away = [contrast(page, color) for color in shades]
    assert away[0] >= 7
    assert away[-1] < 1.2
    assert away == sorted(away, reverse=True)


@every("theme", THEMES)
@every("color", sorted(RUNS))
def test_a_line_stands_out_on_its_edge_and_one_of_both_on_every_loss(color, theme):
    page = THEMES[theme].page
    assert contrast(color, page) >= 3  # on both sides of the line, whatever lies below
    for loss in spread(THEMES[theme].losses):
        assert max(contrast(color, loss), contrast(page, loss)) >= 1.7, loss


@every("theme", THEMES)
@every("eye", EYES)
@every("color", sorted(RUNS))
def test_a_line_differs_from_its_edge_and_one_of_both_from_every_loss_for_every_eye(
    color, eye, theme
):
    line, edge = lab(color, eye), lab(THEMES[theme].page, eye)
    assert difference(line, edge) > 15
    for loss in spread(THEMES[theme].losses):
        ground = lab(loss, eye)
        assert max(difference(line, ground), difference(edge, ground)) > 12, loss


@pytest.mark.parametrize("theme", THEMES)
def test_the_marks_of_places_are_seen_on_every_loss(theme):
    for loss in spread(THEMES[theme].losses):
        assert max(contrast("#ffffff", loss), contrast("#212529", loss)) >= 3


def test_the_scale_in_gray_is_in_order():
    for ink in THEMES.values():
        grays = [luminance(color) for color in spread(ink.losses)]
        assert grays == sorted(grays) or grays == sorted(grays, reverse=True)

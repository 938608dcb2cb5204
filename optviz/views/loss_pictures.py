"""Any picture of the loss around recorded runs, drawn by the view made for it."""

from __future__ import annotations

import plotly.graph_objects as go

from optviz.landscapes.curvature.sharpness import Sharpness
from optviz.landscapes.pictures import Picture
from optviz.landscapes.sheets.sheet_slice import SheetSlice
from optviz.landscapes.slices.profiles import Profile
from optviz.landscapes.slices.slice import Slice
from optviz.views.loss_profiles import line_profiles
from optviz.views.sharpness_curves import sharpness_figure
from optviz.views.sheets import sheet_contour
from optviz.views.slice_surfaces import slice_surface
from optviz.views.slices import slice_contour


def draw_picture(
    picture: Picture, *, color: str = "run", look: str = "above", theme: str = "light"
) -> go.Figure:
    """Draw a picture of the loss, without the words that a page has below it.

    `color` ("run", "true loss", "off the plane") and `look` ("above", "depth", "lifted") are those
    of a plane.
    """
    if isinstance(picture, Slice):
        if look == "above":
            return slice_contour(picture, color_by=color, theme=theme, width=None)
        return slice_surface(picture, lift=look == "lifted", theme=theme, width=None)
    if isinstance(picture, SheetSlice):
        return sheet_contour(picture, theme=theme, width=None)
    if isinstance(picture, Profile):
        return line_profiles([picture], theme=theme, width=None)
    if isinstance(picture, Sharpness):
        return sharpness_figure(picture, theme=theme, width=None)
    raise TypeError(f"no view draws a {type(picture).__name__}")

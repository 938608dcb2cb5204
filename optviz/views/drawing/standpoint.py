"""The box of a landscape and the camera before it, so that the picture is filled and not cropped.

The browser has the same in canvas/camera.js.
"""

from __future__ import annotations

from itertools import product
from math import cos, pi, sin, tan
from typing import Any

TURN, TILT = -1.97, 0.88
"""The direction of the eye: from the lower left and from high up, so that few paths are hidden."""
FOCAL = 1 / tan(pi / 8)
"""Plotly sees 45 degrees up and down, whatever the width."""
LABELS = (54, 10, 50)
"""Pixels beside, above and below the box, which ticks and titles need."""
DEPTH, HEIGHT, WIDEST = 1.1, 0.72, 1.7
SIGNS = list(product((-0.5, 0.5), repeat=3))
NORMAL = (560, 354)
"""The room of the scene in a figure of plotly's own size."""


def shape_box(width: float, height: float, ratio: float | None = None) -> tuple[float, ...]:
    """Return the sides of the box along x, y and the loss.

    A wide picture gets a wide box; with a `ratio` the sides of x and y are as those of the window.
    """
    wide = min(max(width / height / 1.3, 1.0), WIDEST) if ratio is None else ratio
    longest = max(wide, 1.0) / min(max(wide, 1.0), WIDEST)
    return DEPTH * wide / longest, DEPTH / longest, HEIGHT


def place_camera(box: tuple[float, ...], width: float, height: float) -> dict[str, Any]:
    """Return plotly's camera, as near to the box as its corners and labels fit the picture."""
    beside, above, below = LABELS
    side = max(width - 2 * beside, width / 2) / height / FOCAL
    up, down = ((height - 2 * room) / height / FOCAL for room in (above, below))
    corners = [[half * side for half, side in zip(signs, box, strict=True)] for signs in SIGNS]

    def stand_back(middle: float) -> float:
        away = 0.0
        for x, y, z in corners:
            along, right = cos(TURN) * x + sin(TURN) * y, cos(TURN) * y - sin(TURN) * x
            near = cos(TILT) * along + sin(TILT) * (z - middle)
            top = cos(TILT) * (z - middle) - sin(TILT) * along
            away = max(away, near + abs(right) / side, near + max(top / up, -top / down))
        return away

    far, middle = min((stand_back(at / 100), at / 100) for at in range(-30, 31, 2))
    flat = far * cos(TILT)
    eye = {"x": flat * cos(TURN), "y": flat * sin(TURN), "z": middle + far * sin(TILT)}
    return {"eye": eye, "center": {"x": 0, "y": 0, "z": middle}}

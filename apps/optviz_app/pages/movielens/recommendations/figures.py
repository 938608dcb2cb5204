"""The pictures of a new user: the way to the vector on its own surface, and what answers told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.landscapes.slices.slice import Slice
from optviz.recommenders.new_users.new_user_slice import slice_new_user
from optviz.views.new_user import build_surface_parts, build_width_parts, describe_path
from optviz_app.components.figure_parts import pack_parts

if TYPE_CHECKING:
    from optviz.recommenders.new_users.asking import Narrowing, Question
    from optviz.recommenders.new_users.new_user import NewUser

FRAMES = 50
"""Steps of the path that are shown, of all that were made."""
FAR = 1e3
"""A path that goes so many times as far as the optimum is no picture."""
MOVING = (1, 2, 5)
"""The traces of the path's edge, of the path and of its end."""


class Drawn(NamedTuple):
    """A picture and its words; None where there is nothing to draw."""

    figure: dict[str, Any] | None
    words: str


def draw_path(someone: NewUser) -> Drawn:
    """Draw the way of a rule from the mean user to the new one, on the loss over its vector."""
    path = someone.trajectory
    if path is None:
        return Drawn(None, "")
    if why := find_fault(someone):
        return Drawn(None, why)
    try:
        cut = slice_new_user(someone, size=41)
    except ValueError as error:
        return Drawn(None, f"There is no picture of the path: {error}.")
    parts = build_surface_parts(someone, cut)
    parts["layout"]["yaxis"]["title"]["text"] = "across"  # the words say where to
    figure = pack_parts(parts)
    figure["frames"] = make_frames(cut, path.losses)
    return Drawn(figure, describe_path(someone, cut))


def find_fault(someone: NewUser) -> str:
    """Say why a path is no picture; "" for one that is."""
    path = someone.trajectory
    assert path is not None
    reach = np.abs(path.path - someone.optimum).max(initial=0)
    span = max(float(np.abs(someone.optimum - path.path[0]).max()), 1e-9)
    if np.isfinite(path.losses).all() and reach < FAR * span:
        return ""
    return f"{path.label} diverges: the path leaves every picture. Lower its learning rate."


def make_frames(cut: Slice, losses: np.ndarray) -> list[dict[str, Any]]:
    """Make the frames of the path: the line so far on its edge, and its end."""
    shadow = cut.shadows[0]
    last = len(shadow.coords) - 1
    frames = []
    for place in sorted({round(each) for each in np.linspace(0, last, min(FRAMES, last + 1))}):
        x, y = np.round(shadow.coords[: place + 1].T.astype(float), 5).tolist()
        name = f"step {int(shadow.step[place])} · loss {losses[place]:.4f}"
        data = [{"x": x, "y": y}, {"x": x, "y": y}, {"x": x[-1:], "y": y[-1:]}]
        frames.append({"name": name, "data": data, "traces": list(MOVING)})
    return frames


def draw_narrowing(told: Narrowing, questions: Sequence[Question]) -> dict[str, Any]:
    """Draw the mean half width of the predictions' intervals after each answer."""
    parts = build_width_parts(told, questions)
    parts["layout"]["yaxis"]["title"]["text"] = "± stars, mean over movies"
    return pack_parts(parts)

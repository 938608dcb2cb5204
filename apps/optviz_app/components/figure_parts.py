"""Figures as plain data, packed for the browser; loads no dash."""

from __future__ import annotations

from typing import Any

from optviz.views.drawing.arrays import pack_arrays


def pack_parts(parts: dict[str, Any]) -> dict[str, Any]:
    """Return data and layout for the browser, without title and buttons, which the page has."""
    dropped = ("title", "title_subtitle", "margin_t", "height", "margin", "sliders", "updatemenus")
    layout = {key: value for key, value in parts["layout"].items() if key not in dropped}
    return pack_arrays(parts | {"layout": layout | {"margin": {"t": 16}}})

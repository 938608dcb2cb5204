"""Panels merged into one figure of plotly, as plain data: axes renamed, sizes in print."""

from __future__ import annotations

from typing import Any

from optviz.views.drawing.arrays import unpack_array
from optviz.views.drawing.panels import name_number
from optviz.views.export.figure_axes import place_axes, rename_axes, rename_axis
from optviz.views.export.figure_options import FigureOptions
from optviz.views.export.figure_page import ITEM, SCREEN, Page, Place
from optviz.views.export.figure_sizes import fit_text, measure_text

DROPPED = ("hovertemplate", "customdata", "legendgroup", "uid", "text")
"""What a still picture of traces has no use for."""


def merge_panels(page: Page, options: FigureOptions) -> tuple[list[Any], dict[str, Any]]:
    """Return the traces and the layout of a page of panels."""
    traces: list[Any] = []
    layout: dict[str, Any] = {"annotations": [], "shapes": []}
    base = scenes = 0
    for number, place in enumerate(page.places):
        title = write_title(place, page, number, options)
        layout["annotations"] += [title] if title else []
        if place.panel.name == "table":
            layout["annotations"] += write_cells(place, page, options)
        elif place.panel.name == "3d":
            scenes += 1
            name = f"scene{name_number(scenes)}"
            layout[name] = place_scene(place, page, options)
            traces += [each | {"scene": name} for each in place.panel.data]
        else:
            traces += [rename_axes(name_panel(each, place), base) for each in place.panel.data]
            count = place_axes(place, page, base, layout, options)
            layout["annotations"] += place_words(place, page, base, "annotations", options)
            layout["shapes"] += place_words(place, page, base, "shapes", options)
            base += count
        place_bar(traces, place, page, options)
    k = options.size_px / SCREEN
    return thin_legend([scale_trace(each, k) for each in traces], options), layout


def name_panel(trace: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return a trace that tells its panel, where it tells its run."""
    meta = trace.get("meta")
    if not isinstance(meta, dict):
        return trace
    return trace | {"meta": meta | {"panel": place.panel.name}}


def place_scene(place: Place, page: Page, options: FigureOptions) -> dict[str, Any]:
    """Return the scene of a panel at its place."""
    size, out = options.size_px, dict(place.panel.layout["scene"])
    for letter in "xyz":
        axis = dict(out[f"{letter}axis"])
        title = dict(axis.get("title") or {}) | {"font": {"size": size}}
        out[f"{letter}axis"] = axis | {"title": title, "tickfont": {"size": 0.85 * size}}
    x, y = find_rectangle(place, page)
    return out | {"domain": {"x": x, "y": y}}


def find_rectangle(place: Place, page: Page) -> tuple[list[float], list[float]]:
    """Return the ends of a plot from left to right and from bottom to top, as shares of a page."""
    x = [place.x / page.width, (place.x + place.width) / page.width]
    y = [1 - (place.y + place.height) / page.height, 1 - place.y / page.height]
    return x, y


def place_bar(traces: list[Any], place: Place, page: Page, options: FigureOptions) -> None:
    """Put the color bars of a panel's traces beside its plot, or leave them out."""
    size, own = options.size_px, {id(each.get("z")) for each in place.panel.data if "z" in each}
    x, y = find_rectangle(place, page)
    for index, trace in enumerate(traces):
        if "colorbar" not in trace or id(trace.get("z")) not in own:
            continue
        share = 0.75 if place.panel.name == "3d" else 1.0
        bar = dict(trace["colorbar"]) | {
            **{"x": x[1] + 0.6 * size / page.width, "xanchor": "left", "xpad": 0, "ypad": 0},
            **{"y": (y[0] + y[1]) / 2, "yanchor": "middle"},
            **{"len": share * place.height, "lenmode": "pixels"},
            **{"thickness": 0.9 * size, "thicknessmode": "pixels", "tickfont": {"size": size}},
        }
        bar["title"] = dict(bar.get("title") or {}) | {"font": {"size": size}}
        traces[index] = trace | {"colorbar": bar, "showscale": options.colorbar}


def place_words(
    place: Place, page: Page, base: int, kind: str, options: FigureOptions
) -> list[dict[str, Any]]:
    """Return the notes or the shapes of a panel, at their places in the page."""
    x, y = find_rectangle(place, page)
    size, out = options.size_px, []
    for each in place.panel.layout.get(kind) or ():
        moved = dict(each)
        for letter, (low, high) in (("x", x), ("y", y)):
            reference = each.get(f"{letter}ref", letter)
            moved[f"{letter}ref"] = rename_axis(reference, base)
            if reference == "paper":
                keys = [key for key in (letter, f"{letter}0", f"{letter}1") if key in each]
                moved |= {key: low + each[key] * (high - low) for key in keys}
        words = dict(moved.get("label") or {})
        if words:
            moved["label"] = words | {"font": {"size": 0.9 * size}}
        if "line" in moved:
            line = moved["line"]
            moved["line"] = line | {"width": line.get("width", 1) * size / SCREEN}
        if kind == "annotations":
            moved["font"] = dict(moved.get("font") or {}) | {"size": 0.9 * size}
            for shift in ("xshift", "yshift"):
                if shift in moved:
                    moved[shift] = moved[shift] * size / SCREEN
        out.append(moved)
    return out


def write_title(
    place: Place, page: Page, number: int, options: FigureOptions
) -> dict[str, Any] | None:
    """Return the letter and the title of a panel, above it; None where neither is wanted."""
    letter = f"<b>({chr(97 + number)})</b>" if options.letters and len(page.places) > 1 else ""
    text = " ".join(filter(None, [letter, place.panel.title if options.title else ""]))
    if not text:
        return None
    size = 1.05 * options.size_px
    ends = [each.left - size for each in page.places if each.head == place.head]
    end = min((each for each in ends if each > place.left), default=page.width)
    return write_note(fit_text(text, end - place.left, size), place.left, place.head, page, size)


def write_note(text: str, x: float, y: float, page: Page, size: float, anchor: str = "left") -> Any:
    """Return a line of text whose upper edge is at a point of the page."""
    return {
        **{"text": text, "x": x / page.width, "y": 1 - y / page.height},
        **{"xref": "paper", "yref": "paper", "xanchor": anchor, "yanchor": "top"},
        **{"showarrow": False, "font": {"size": size}, "align": anchor, "borderpad": 0},
    }


def write_cells(place: Place, page: Page, options: FigureOptions) -> list[dict[str, Any]]:
    """Return the cells of a table as text: the first column from the left, numbers to the right.

    Columns that have no room are left out, the last ones first.
    """
    size, rows = options.size_px, place.panel.rows
    widths = [max(measure_text(row[i], size) for row in rows) for i in range(len(rows[0]))]
    count = len(widths)
    while count > 2 and sum(widths[:count]) + 1.2 * size * (count - 1) > place.width:
        count -= 1
    spare = (place.width - sum(widths[:count])) / max(1, count - 1)
    gap = min(spare, 4 * size)
    notes, step = [], place.height / len(rows)
    for row, cells in enumerate(rows):
        x = place.x
        for column in range(count):
            text = f"<b>{cells[column]}</b>" if row == 0 else cells[column]
            at = x if column == 0 else x + widths[column]
            y, anchor = place.y + row * step, "right" if column else "left"
            notes.append(write_note(text, at, y, page, size, anchor))
            x += widths[column] + gap
    return notes


def scale_trace(trace: dict[str, Any], k: float) -> dict[str, Any]:
    """Return a trace for print: its lines and marks beside the letters as on screen, no hover."""
    out: dict[str, Any] = {key: each for key, each in trace.items() if key not in DROPPED}
    out["hoverinfo"] = "skip"
    if isinstance(out.get("line"), dict):
        out["line"] = scale_width(out["line"], k)
    if isinstance(out.get("marker"), dict):
        marker = scale_width(out["marker"], k, "size")
        if isinstance(marker.get("line"), dict):
            marker["line"] = scale_width(marker["line"], k)
        out["marker"] = marker
    return out


def scale_width(part: dict[str, Any], k: float, key: str = "width") -> dict[str, Any]:
    """Return a line or a mark of another size."""
    value = part.get(key)
    if value is None:
        return part
    is_one = isinstance(value, (int, float))
    return part | {
        key: value * k if is_one else [k * each for each in unpack_array(value).tolist()]
    }


def thin_legend(traces: list[dict[str, Any]], options: FigureOptions) -> list[dict[str, Any]]:
    """Return the traces, each name once in the legend."""
    seen: set[str] = set()
    out = []
    for each in traces:
        shows = has_entry(each) and (name := name_entry(each)) not in seen
        if shows:
            seen.add(name)
        out.append(each | {"showlegend": bool(shows and options.legend != "none")})
    return out


def has_entry(trace: dict[str, Any]) -> bool:
    """Return True for a trace that a legend names."""
    is_line = trace["type"] in ("scatter", "scatter3d")
    return is_line and trace.get("showlegend", True) and bool(trace.get("name"))


def name_entry(trace: dict[str, Any]) -> str:
    """Return what makes two entries of a legend the same: the run, or the name."""
    meta = trace.get("meta")
    is_arrow = isinstance(meta, dict) and meta.get("part") not in (None, "end")
    run = meta.get("run") if isinstance(meta, dict) and not is_arrow else None
    return trace["name"] if run is None else f"run {run}"


def list_entries(panels: list[Any]) -> list[str]:
    """Return the words of the legend of some panels."""
    names: dict[str, str] = {}
    for panel in panels:
        for each in filter(has_entry, panel.data):
            names.setdefault(name_entry(each), each["name"])
    return list(names.values())


def place_legend(page: Page, options: FigureOptions) -> dict[str, Any]:
    """Return the legend at its place, its entries in columns of one width."""
    x, y, *_ = page.legend
    size = options.size_px
    side = options.legend == "right"
    return {
        **{"x": x / page.width, "xref": "paper", "xanchor": "left"},
        **{"y": 1 - y / page.height, "yref": "paper", "yanchor": "top"},
        **{"orientation": "v" if side else "h", "font": {"size": size}},
        **{"itemwidth": ITEM, "tracegroupgap": 0, "itemsizing": "trace"},
        "bgcolor": "rgba(0,0,0,0)",
        "borderwidth": 0,
    }

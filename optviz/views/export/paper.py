"""Figures for papers and slides: an experiment's panels at their size on paper, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.theme import FONT, template
from optviz.views.export.figure_grays import to_gray
from optviz.views.export.figure_merge import list_entries, merge_panels, place_legend
from optviz.views.export.figure_options import FORMATS, FigureOptions
from optviz.views.export.figure_page import Page, lay_out
from optviz.views.export.figure_panels import Subject, build_panels, fill_options, read_subject
from optviz.views.export.figure_stamp import describe_subject, stamp
from optviz.views.export.files import render_image
from optviz.views.written import write_whole

CLEAR = "rgba(0,0,0,0)"


def save_figure(thing: Any, file: str | Path, **options: Any) -> Path:
    """Write a figure of an Experiment or a Comparison for a paper or a slide; return its path.

    The file's ending says what it becomes: PDF or SVG (outlines and letters; a surface in 3-D is a
    picture within), or PNG. Chromium draws it, without the network.

    `panels` are of surface, 3d, loss, distance, state, rates, schedule, lr (the loss against it),
    table. `width` and `height`
    are in centimeters or a text with a unit (8.5cm, 3.3in, 600px), `font` in points as printed,
    `dpi` for PNG. `gray`, `transparent`, `title`, `letters`, `colorbar` are switches; `legend` is
    bottom, top, right or none; `step` marks each run at that step, `arrows=True` the parts of its
    next one; `columns` panels stand side by side; `theme` is light or dark.

    Raises: ValueError: a figure ends in .pdf, .svg or .png, got "fig.gif"
            ValueError: width must be from 2 to 100 cm, got 0.5
            RuntimeError: images need kaleido: pip install "optviz[image]"
    """
    path = Path(file)
    write_whole(path, make_figure_file(thing, check_format(path.name), FigureOptions(**options)))
    return path


def check_format(name: str) -> str:
    """Return the format that a file's name ends in."""
    kind = Path(name).suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise ValueError(f'a figure ends in .pdf, .svg or .png, got "{name}"')
    return kind


def make_figure_file(thing: Any, kind: str, options: FigureOptions) -> bytes:
    """Return the bytes of a figure in a format; they tell what it shows, and its size."""
    subject = read_subject(thing)
    figure = draw_figure(subject, options)
    page = figure["layout"]
    size = page["width"], page["height"]
    scale = options.dpi / 96 if kind == "png" else 1  # it would scale the page of a PDF
    sharp = figure | {"config": {"plotGlPixelRatio": options.dpi / 96}}  # what WebGL draws
    picture = render_image(sharp, kind, *size, scale)
    return stamp(picture, kind, size, options.dpi, describe_subject(subject))


def build_paper_figure(thing: Any, options: FigureOptions | None = None) -> dict[str, Any]:
    """Return the figure of an Experiment or a Comparison as plain data: what a file is drawn from.

    Its width and height are in pixels of 1/96 inch.
    """
    return draw_figure(read_subject(thing), options or FigureOptions())


def draw_figure(subject: Subject, options: FigureOptions) -> dict[str, Any]:
    """Return the figure of a subject as plain data."""
    return draw_page(subject, options)[0]


def draw_page(subject: Subject, options: FigureOptions) -> tuple[dict[str, Any], Page]:
    """Return the figure of a subject as plain data, and where its panels are."""
    options = fill_options(options, subject)
    panels = build_panels(subject, options)
    page = lay_out(panels, list_entries(panels), options)
    traces, layout = merge_panels(page, options)
    look = template(options.theme).to_plotly_json()
    look["layout"] = look["layout"] | {"legend": {}, "margin": {}}
    clear = {"paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR} if options.transparent else {}
    layout |= {
        "template": look,
        **{"width": page.width, "height": page.height, "autosize": False},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0, "autoexpand": False},
        "font": {"family": FONT, "size": options.size_px},
        "showlegend": options.legend != "none",
        "legend": place_legend(page, options),
        **clear,
    }
    figure = pack_arrays({"data": traces, "layout": layout})
    return (to_gray(figure) if options.gray else figure), page

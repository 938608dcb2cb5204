"""A comparison as a notebook shows it: pictures that stand in any page, and its table.

They are images within the text, without a script: that is what every notebook shows, also one that
is not trusted, and one whose kernel is gone.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape

from optviz.runs.comparison import Comparison
from optviz.runs.rates import RateCurve
from optviz.views.drawing.colors import choose_styles
from optviz.views.small_pictures import draw_losses, draw_race, draw_rates


def write_comparison(comparison: Comparison) -> str:
    """Write the pictures and the table of a comparison as HTML."""
    problem = comparison.problem
    name = getattr(problem, "title", "") or problem.name
    pictures = []
    if problem.start.size == 2 and problem.window is not None:
        words = f"Paths on {name}"
        pictures.append((words, draw_race(comparison, words)))
    words = f"Loss of each run on {name}"
    pictures.append((words, draw_losses(comparison, words)))
    return f"<p>{''.join(write_image(*each) for each in pictures)}</p>\n{write_table(comparison)}"


def write_rate_curve(curve: RateCurve) -> str:
    """Write the picture of a curve and its lowest losses as HTML."""
    words = f"Final loss of {curve.label} against the learning rate"
    facts = "".join(f"<br>{escape(each)}" for each in curve.describe()[1:])
    return f"<p>{write_image(words, draw_rates(curve, words))}</p>\n<p>{escape(words)}{facts}</p>"


def write_image(words: str, picture: str) -> str:
    """Write an SVG picture as an image within a page, with its words for who cannot see it."""
    code = b64encode(picture.encode()).decode()
    return f'<img alt="{escape(words)}" width="480" src="data:image/svg+xml;base64,{code}">'


def write_table(comparison: Comparison) -> str:
    """Write the table of a comparison as HTML, each run marked in its color."""
    styles = choose_styles(comparison.trajectories.values())
    table = comparison.table.reset_index()
    table["outcome"] = table["outcome"].map(escape)
    reached = table["steps to target"]
    table["steps to target"] = reached.astype(object).where(reached.notna(), "–")
    table["optimizer"] = [
        f'<span style="color: {style.color}">■</span> {escape(label)}'
        for label, style in zip(table["optimizer"], styles, strict=True)
    ]
    return table.to_html(
        escape=False, index=False, float_format=lambda value: f"{value:.6g}", na_rep=""
    )

"""Views: data in, a plotly Figure out; no view shows, writes or evaluates anything.

    from optviz import compare, surface
    from optviz.landscapes import loss_grid
    from optviz.views import contour, scrubbable

    problem = surface("rosenbrock")
    race = compare(problem, ["sgd:lr=0.001", "adam:lr=0.05"], steps=300)
    forked = race.forked("Adam lr=0.05", 120, "adam:lr=0.01")  # goes on with another lr
    figure = contour(loss_grid(problem), forked.trajectories)  # figure.show() opens it
    scrubbable(forked, "race.html")  # one offline page that scrubs
    forked.to_csv("race.csv")
    forked.to_json("race.json")

`save_image(figure, "race.svg")` writes PNG, SVG or PDF; it needs kaleido (`optviz[image]`) and
Chromium or Chrome.
"""

from optviz.views.contours import contour
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.theme import template
from optviz.views.export.files import comparison_figures, save_html, save_image
from optviz.views.export.offline import scrubbable
from optviz.views.gradient_field import field
from optviz.views.hessian_ellipse import Curvature, curvature
from optviz.views.live.page import live_page
from optviz.views.loss_curves import distances, losses
from optviz.views.parameter_curves import rates, state
from optviz.views.result_table import table
from optviz.views.schedule_curves import schedule, schedule_factors
from optviz.views.slices import slice_contour
from optviz.views.step_arrows import Arrow, arrows
from optviz.views.surfaces import surface3d
from optviz.views.training_curves import TrainingCurve as Curve
from optviz.views.training_curves import validation

__all__ = [
    "Arrow",
    "Curvature",
    "Curve",
    "Style",
    "arrows",
    "comparison_figures",
    "contour",
    "curvature",
    "distances",
    "field",
    "live_page",
    "losses",
    "rates",
    "save_html",
    "save_image",
    "schedule",
    "schedule_factors",
    "scrubbable",
    "slice_contour",
    "state",
    "style_of",
    "surface3d",
    "table",
    "template",
    "validation",
]

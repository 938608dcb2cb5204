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

from optviz.views.basins import basin_figure
from optviz.views.bias_rankings import bias_lists
from optviz.views.claims import claim_figure
from optviz.views.contours import contour
from optviz.views.convexity_maps import convexity_figure
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.theme import template
from optviz.views.embedding_films import embedding_drift
from optviz.views.embedding_maps import embedding_map
from optviz.views.evaluation_measures import draw_evaluation
from optviz.views.export.files import comparison_figures, save_html, save_image
from optviz.views.export.offline import scrubbable
from optviz.views.gradient_bench import gradient_bench_figure
from optviz.views.gradient_field import field
from optviz.views.hessian_ellipse import Curvature, curvature
from optviz.views.layer_bars import layer_figure
from optviz.views.learning_rates import rate_curves
from optviz.views.live.page import live_page
from optviz.views.loss_curves import distances, losses
from optviz.views.loss_profiles import line_profiles
from optviz.views.new_user import interval_bars, interval_widths, new_user_surface
from optviz.views.parameter_curves import rates, state
from optviz.views.plane_maps import plane_map_figure
from optviz.views.profiles import profile_figure
from optviz.views.races import race_figure
from optviz.views.rate_search import rate_search_figure
from optviz.views.result_table import table
from optviz.views.schedule_curves import schedule, schedule_factors
from optviz.views.schedule_races import schedule_race_figure
from optviz.views.sensitivity import sensitivity_figure
from optviz.views.sharpness_curves import sharpness_figure
from optviz.views.sheets import sheet_contour
from optviz.views.singular_values import effective_ranks, spectra
from optviz.views.slice_surfaces import slice_surface
from optviz.views.slices import slice_contour
from optviz.views.spectrum_density import density_figure
from optviz.views.step_arrows import Arrow, arrows
from optviz.views.studies import draw_study
from optviz.views.surfaces import surface3d
from optviz.views.sweeps import sweep_figure
from optviz.views.training_curves import TrainingCurve as Curve
from optviz.views.training_curves import validation

__all__ = [
    "Arrow",
    "Curvature",
    "Curve",
    "Style",
    "arrows",
    "basin_figure",
    "bias_lists",
    "claim_figure",
    "comparison_figures",
    "contour",
    "convexity_figure",
    "curvature",
    "density_figure",
    "distances",
    "draw_evaluation",
    "draw_study",
    "effective_ranks",
    "embedding_drift",
    "embedding_map",
    "field",
    "gradient_bench_figure",
    "interval_bars",
    "interval_widths",
    "layer_figure",
    "line_profiles",
    "live_page",
    "losses",
    "new_user_surface",
    "plane_map_figure",
    "profile_figure",
    "race_figure",
    "rate_curves",
    "rate_search_figure",
    "rates",
    "save_html",
    "save_image",
    "schedule",
    "schedule_factors",
    "schedule_race_figure",
    "scrubbable",
    "sensitivity_figure",
    "sharpness_figure",
    "sheet_contour",
    "slice_contour",
    "slice_surface",
    "spectra",
    "state",
    "style_of",
    "surface3d",
    "sweep_figure",
    "table",
    "template",
    "validation",
]

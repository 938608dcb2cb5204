"""Pictures: data in, a plotly Figure out; nothing is shown, written or evaluated here."""

from optviz.views.colors import Style, style_of
from optviz.views.contours import contour
from optviz.views.loss_curves import losses
from optviz.views.theme import template

__all__ = ["Style", "contour", "losses", "style_of", "template"]

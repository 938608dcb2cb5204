"""Two-dimensional slices of problems of any size, and how much they hide."""

from optviz.landscapes.grid import Grid, loss_grid
from optviz.landscapes.plane import Plane
from optviz.landscapes.slices import Slice, slice_loss

__all__ = ["Grid", "Plane", "Slice", "loss_grid", "slice_loss"]

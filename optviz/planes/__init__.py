"""Two-dimensional slices of problems of any size, and how much they hide."""

from optviz.planes.grid import Grid, loss_grid
from optviz.planes.plane import Plane
from optviz.planes.slices import Slice, slice_loss

__all__ = ["Grid", "Plane", "Slice", "loss_grid", "slice_loss"]

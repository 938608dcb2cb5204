"""Two-dimensional slices of problems of any size, and how much they hide."""

from optviz.landscapes.grid import Grid, loss_grid
from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slice import SheetSlice, compare_hidden
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices.profiles import Profile, profile_loss
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss

__all__ = [
    "Grid",
    "Plane",
    "Profile",
    "Sheet",
    "SheetSlice",
    "Slice",
    "compare_hidden",
    "loss_grid",
    "profile_loss",
    "slice_loss",
    "slice_sheet",
]

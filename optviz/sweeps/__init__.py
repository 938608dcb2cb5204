"""Many runs at once: basin maps and maps of hyperparameters."""

from optviz.sweeps.basins import BasinMap, basin_maps
from optviz.sweeps.hyper_maps import SweepMap, sweep_map

__all__ = ["BasinMap", "SweepMap", "basin_maps", "sweep_map"]

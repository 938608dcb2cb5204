"""Many runs at once: basin maps, maps of two hyperparameters, and fair races."""

from optviz.sweeps.basins import BasinMap, basin_maps
from optviz.sweeps.fairness import Treatment, find_unfair
from optviz.sweeps.hyper_maps import SweepMap, sweep_map
from optviz.sweeps.races import Race, Workload, race

__all__ = [
    "BasinMap",
    "Race",
    "SweepMap",
    "Treatment",
    "Workload",
    "basin_maps",
    "find_unfair",
    "race",
    "sweep_map",
]

"""Many runs at once: basin maps, maps of two hyperparameters, fair races, a bench for rules."""

from optviz.runs.store import TrialStore
from optviz.runs.work import Here, WorkCanceledError
from optviz.sweeps.basins import BasinMap, basin_maps
from optviz.sweeps.benches import GradientBench, gradient_bench
from optviz.sweeps.claims import Claim, claim
from optviz.sweeps.fairness import Treatment, find_unfair
from optviz.sweeps.hyper_maps import sweep_map
from optviz.sweeps.plane_maps import plane_map
from optviz.sweeps.plane_records import PlaneMap
from optviz.sweeps.races import Race, race
from optviz.sweeps.schedule_races import ScheduleRace, race_schedules
from optviz.sweeps.sweep_records import SweepMap
from optviz.sweeps.workloads import BaseWorkload, Workload

__all__ = [
    "BaseWorkload",
    "BasinMap",
    "Claim",
    "GradientBench",
    "Here",
    "PlaneMap",
    "Race",
    "ScheduleRace",
    "SweepMap",
    "Treatment",
    "TrialStore",
    "WorkCanceledError",
    "Workload",
    "basin_maps",
    "claim",
    "find_unfair",
    "gradient_bench",
    "plane_map",
    "race",
    "race_schedules",
    "sweep_map",
]

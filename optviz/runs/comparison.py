"""Several optimizers on one problem, side by side: their runs and a table of how they did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.problems.base import Problem
from optviz.runs.forks import fork
from optviz.runs.loop import run
from optviz.runs.origin import as_fork, as_pin, from_start, labelled
from optviz.runs.trajectory import Trajectory
from optviz.specs import Racer, entry_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several optimizers on one problem: their trajectories and their table."""

    problem: Problem
    trajectories: dict[str, Trajectory]
    target: float
    """The loss that "steps to target" asks for."""
    elsewhere: dict[str, Problem] = field(default_factory=dict)
    """The problem of each run that was made on another one than the rest."""

    def forked(self, run: str | Trajectory, step: int, rule: Racer) -> Comparison:
        """The comparison with one run more, which leaves another after `step` steps: see `fork`."""
        parent = self.trajectories[run] if isinstance(run, str) else run
        own, pins = self._parts()
        index = parent.about.get("origin", {}).get("rule")
        number = sum("fork" in each.about for each in own)
        own.append(as_fork(fork(self.problem, parent, step, rule), index, number))
        return gathered(self.problem, own, self.target, pins)

    def pinned(self, other: Comparison) -> Comparison:
        """The comparison with the runs of another one beside its own, called pinned."""
        own, pins = self._parts()
        for place, each in enumerate(other.trajectories.values(), len(pins)):
            pins.append((as_pin(each, place, other.problem, self.problem), other.problem))
        return gathered(self.problem, own, self.target, pins)

    def _parts(self) -> tuple[list[Trajectory], list[tuple[Trajectory, Problem]]]:
        """The runs on the comparison's own problem, and those on another with that problem."""
        own = [run for label, run in self.trajectories.items() if label not in self.elsewhere]
        pins = [(self.trajectories[label], each) for label, each in self.elsewhere.items()]
        return own, pins

    def rows(self) -> list[dict[str, Any]]:
        """One dict an optimizer: final and best loss, steps to target, distance, outcome."""
        return [
            {
                "optimizer": label,
                **summary(self.elsewhere.get(label, self.problem), trajectory, self.target),
            }
            for label, trajectory in self.trajectories.items()
        ]

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame indexed by optimizer."""
        import pandas as pd

        table = pd.DataFrame(self.rows()).set_index("optimizer")
        return table.astype({"steps to target": "Int64", "distance to minimum": float})

    def to_text(self) -> str:
        """The table as text for a terminal, with what it is a table of."""
        import pandas as pd

        about = next(iter(self.trajectories.values())).about
        start = ", ".join(f"{each:g}" for each in next(iter(self.trajectories.values())).start)
        head = f"{about['problem']}: {about['steps']} steps from ({start}), seed {about['seed']}"
        reached = f"steps to loss {self.target:.4g}"
        rows = [
            {
                reached if name == "steps to target" else name: "-" if value is None else value
                for name, value in row.items()
            }
            for row in self.rows()
        ]
        text = pd.DataFrame(rows).to_string(index=False, float_format="{:.6g}".format)
        return f"{head}\n{text}"

    def to_csv(self, file: str | Path | None = None) -> str | None:
        """Write every step of every run as one CSV, the optimizer in the first column."""
        import pandas as pd

        frames = [
            trajectory.to_frame().assign(optimizer=label)
            for label, trajectory in self.trajectories.items()
        ]
        for frame in frames:
            frame.attrs = {}
        table = pd.concat(frames, ignore_index=True)
        table.insert(0, "optimizer", table.pop("optimizer"))
        return table.to_csv(file, index=False)

    def to_json(self, file: str | Path | None = None) -> str | None:
        """Write target, table and every number of every run as JSON, or return it as text.

        The columns of a run are those of its table. What is not finite is null: JSON has no word
        for it.
        """
        runs = [
            {"label": label, "about": run.about, "ended": run.ended, "columns": run.columns()}
            for label, run in self.trajectories.items()
        ]
        record = {"target": self.target, "rows": self.rows(), "runs": runs}
        text = json.dumps(strict(record), allow_nan=False, separators=(",", ":"))
        if file is None:
            return text
        Path(file).write_text(text, encoding="utf-8")
        return None

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        return self.table.to_html(float_format=lambda value: f"{value:.6g}", na_rep="")


def compare(
    problem: Problem,
    rules: Mapping[str, Racer] | Iterable[Racer],
    steps: int = 500,
    seed: int = 0,
    *,
    start: Any = None,
    also: Iterable[Any] = (),
    target: float | None = None,
    keep: str | int = "path",
) -> Comparison:
    """The trajectories of several rules on one problem, and a table of how they did.

    A rule is a Rule, a (rule, schedule) pair or a text such as "adam:lr=0.05,wd=0.01"; a mapping
    gives the labels. Each runs from the start and from the further starts `also`. Without a
    `target` it is the loss that leaves 1 % of the way from the start down to the known minimum
    (or, where none is known, to the best loss of a run that stayed).

    Raises: ValueError: compare needs at least one rule
    """
    if isinstance(rules, str):
        raise ValueError(f'compare needs a list of rules: write ["{rules}"]')
    named: Any = rules.items() if isinstance(rules, Mapping) else [("", each) for each in rules]
    if not named:
        raise ValueError("compare needs at least one rule")
    starts = [start, *also]
    if any(each is not None and np.ndim(each) > 1 for each in starts):
        raise ValueError("compare takes one start; give run() many")
    trajectories = []
    settings: Any = {"steps": steps, "seed": seed, "keep": keep}
    for index, (name, racer) in enumerate(named):
        rule, schedule, _ = entry_of(racer)
        for place, each in enumerate(starts):
            made = run(problem, rule, start=each, schedule=schedule, **settings)
            trajectories.append(from_start(labelled(made, name or made.label), index, place))
    return gathered(problem, trajectories, target)


def gathered(
    problem: Problem,
    trajectories: list[Trajectory],
    target: float | None = None,
    elsewhere: Iterable[tuple[Trajectory, Problem]] = (),
) -> Comparison:
    """Runs that were made already, and those made on another problem, as a comparison.

    Labels are told apart by a number; the runs that were handed over stay as they are.
    """
    out: dict[str, Trajectory] = {}
    problems: dict[str, Problem] = {}
    for trajectory, own in [*((each, None) for each in trajectories), *elsewhere]:
        label = trajectory.label
        count = sum(each == label or each.startswith(f"{label} #") for each in out)
        label = f"{label} #{count + 1}" if count else label
        out[label] = labelled(trajectory, label)
        if own is not None:
            problems[label] = own
    if target is None:
        target = default_target(
            problem, [each for each in trajectories if "fork" not in each.about]
        )
    return Comparison(problem, out, float(target), problems)


def default_target(problem: Problem, trajectories: list[Trajectory]) -> float:
    """The loss that leaves 1 % of the way from the start down to the lowest known loss."""
    with np.errstate(all="ignore"):
        known = [float(problem.loss(np.array(each, dtype=float))) for each in problem.minima]
    first = float(trajectories[0].losses[0] if trajectories else problem.loss(problem.start))
    known = [loss for loss in known if isfinite(loss)]
    stayed = [each for each in trajectories if not outcome(each, problem.window).startswith("div")]
    low = min(known or [lowest(each) for each in stayed] or [first])
    return low + 0.01 * max(first - low, 0.0)


def lowest(trajectory: Trajectory) -> float:
    """The lowest finite loss of a run; NaN where it has none."""
    finite = trajectory.losses[np.isfinite(trajectory.losses)]
    return float(finite.min()) if finite.size else float("nan")


def summary(problem: Problem, trajectory: Trajectory, target: float) -> dict[str, Any]:
    """How a run did: losses, steps to the target, distance to the nearest minimum, outcome."""
    losses, end = trajectory.losses, trajectory.end
    reached = np.flatnonzero(losses <= target)
    with np.errstate(over="ignore"):
        distances = [float(np.linalg.norm(end - np.array(each))) for each in problem.minima]
    return {
        "final loss": float(losses[-1]),
        "best loss": lowest(trajectory),
        "steps to target": int(trajectory.step[reached[0]]) if reached.size else None,
        "distance to minimum": min(distances) if distances else None,
        "outcome": outcome(trajectory, problem.window),
    }


def outcome(trajectory: Trajectory, window: Any = None) -> str:
    """How a run ended, in words, judged by its last tenth of steps.

    "converged": it moved less than 1e-4 of the window there; "still moving": more than half of
    the way it made there took it somewhere; "diverged at step n": not finite, or 1,000 windows
    away; else "stopped by the step limit" (circling or jumping about when the steps ran out).
    """
    path, step = trajectory.path, trajectory.step
    if not trajectory.is_finished:
        return trajectory.ended.partition(":")[0]
    size = np.ptp(path, axis=0).max() if window is None else max(np.ptp(pair) for pair in window)
    far = np.flatnonzero(np.abs(path - path[0]).max(axis=1) > 1000 * size)
    if window is not None and far.size:
        return f"diverged at step {step[far[0]]}"
    recent = path[step >= step[-1] - max(1, round(0.1 * step[-1]))]
    if np.ptp(recent, axis=0).max() <= 1e-4 * size:
        return "converged"
    way = np.linalg.norm(np.diff(recent, axis=0), axis=1).sum()
    heading = np.linalg.norm(recent[-1] - recent[0]) > 0.5 * way
    return "still moving" if heading else "stopped by the step limit"


def strict(value: Any) -> Any:
    """The value as strict JSON can hold it: arrays as lists, None for what is not finite."""
    if isinstance(value, dict):
        return {key: strict(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        gaps = ~np.isfinite(value) if value.dtype.kind == "f" else np.zeros(1, bool)
        if gaps.any():
            value = value.astype(object)
            value[gaps] = None
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [strict(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value

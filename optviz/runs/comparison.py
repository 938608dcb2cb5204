"""Comparisons: the runs of several optimizers on one problem, and their table of results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.problems.base import Problem
from optviz.runs.forks import NOT_BEGUN, fork
from optviz.runs.loop import run
from optviz.runs.origin import label_fork, label_pin, label_start, relabel
from optviz.runs.trajectory import Trajectory
from optviz.specs import Racer, to_spec

if TYPE_CHECKING:
    import pandas as pd

NOTEBOOK = "optviz.views.notebook"
"""What draws a comparison stands above it, so it is found by its name."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several optimizers on one problem: their trajectories and their table."""

    problem: Problem
    trajectories: dict[str, Trajectory]
    target: float
    """The loss of the column "steps to target"."""
    elsewhere: dict[str, Problem] = field(default_factory=dict)
    """The problem of each run that was made on another one, by label."""

    def forked(self, run: str | Trajectory, step: int, rule: Racer) -> Comparison:
        """Return the comparison with a fork of one of its runs added: see `fork`."""
        parent = self.trajectories[run] if isinstance(run, str) else run
        own, pins = self._parts()
        index = parent.about.get("origin", {}).get("rule")
        number = sum("fork" in each.about for each in own)
        own.append(label_fork(fork(self.problem, parent, step, rule), index, number))
        return build_comparison(self.problem, own, self.target, pins)

    def pinned(self, other: Comparison) -> Comparison:
        """Return the comparison with the runs of another one added as pins."""
        own, pins = self._parts()
        for place, each in enumerate(other.trajectories.values(), len(pins)):
            pins.append((label_pin(each, place, other.problem, self.problem), other.problem))
        return build_comparison(self.problem, own, self.target, pins)

    def _parts(self) -> tuple[list[Trajectory], list[tuple[Trajectory, Problem]]]:
        """Return the runs on the own problem, and those on another one with that problem."""
        own = [run for label, run in self.trajectories.items() if label not in self.elsewhere]
        pins = [(self.trajectories[label], each) for label, each in self.elsewhere.items()]
        return own, pins

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each run: final and best loss, steps to target, distance, outcome."""
        return [
            {"optimizer": label}
            | summarize_run(self.elsewhere.get(label, self.problem), trajectory, self.target)
            for label, trajectory in self.trajectories.items()
        ]

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame indexed by optimizer."""
        import pandas as pd

        table = pd.DataFrame(self.rows()).set_index("optimizer")
        numbers = dict.fromkeys(("final loss", "best loss", "distance to minimum"), float)
        return table.astype({"steps to target": "Int64", **numbers})

    def to_text(self) -> str:
        """Return the table as text for a terminal, below a line with problem, steps and seed."""
        import pandas as pd

        first = next(iter(self.trajectories.values()))
        about, start = first.about, ", ".join(f"{each:g}" for each in first.start)
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

        frames = {label: run.to_frame() for label, run in self.trajectories.items()}
        for frame in frames.values():
            frame.attrs = {}
        table = pd.concat(frames, names=["optimizer"]).reset_index(level="optimizer")
        return table.to_csv(file, index=False)

    def to_json(self, file: str | Path | None = None) -> str | None:
        """Write target, table and every number of every run as JSON, or return it as text.

        The columns of a run are those of its table. A number that is not finite is null.
        """
        runs = [
            {"label": label, "about": run.about, "ended": run.ended, "columns": run.columns()}
            for label, run in self.trajectories.items()
        ]
        record = {"target": self.target, "rows": self.rows(), "runs": runs}
        text = json.dumps(make_strict(record), allow_nan=False, separators=(",", ":"))
        if file is None:
            return text
        Path(file).write_text(text, encoding="utf-8")
        return None

    def _repr_html_(self) -> str:
        """Return pictures and table for a notebook."""
        return import_module(NOTEBOOK).write_comparison(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what notebooks show, and what those show that have nothing but text."""
        return {"text/html": self._repr_html_(), "text/plain": self.table.to_string()}


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
    """Run several rules on one problem and compare them.

    A rule is a Rule, a (rule, schedule) pair or a text such as "adam:lr=0.05,wd=0.01"; a mapping
    gives the labels. Each runs from the start and from every other start in `also`. The default
    `target` is the loss at 99 % of the way from the start down to the known minimum (or, where
    none is known, to the best loss of a run that did not diverge).

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
        rule, schedule, _ = to_spec(racer)
        for place, each in enumerate(starts):
            made = run(problem, rule, start=each, schedule=schedule, **settings)
            trajectories.append(label_start(relabel(made, name or made.label), index, place))
    return build_comparison(problem, trajectories, target)


def build_comparison(
    problem: Problem,
    trajectories: list[Trajectory],
    target: float | None = None,
    elsewhere: Iterable[tuple[Trajectory, Problem]] = (),
) -> Comparison:
    """Return the comparison of existing runs, and of those made `elsewhere`, on another problem.

    Equal labels get a number; the given runs stay as they are.
    """
    out: dict[str, Trajectory] = {}
    problems: dict[str, Problem] = {}
    for trajectory, own in [*((each, None) for each in trajectories), *elsewhere]:
        label = trajectory.label
        count = sum(each == label or each.startswith(f"{label} #") for each in out)
        label = f"{label} #{count + 1}" if count else label
        out[label] = relabel(trajectory, label) if count else trajectory
        if own is not None:
            problems[label] = own
    if target is None:
        own_runs = [each for each in trajectories if "fork" not in each.about]
        target = find_default_target(problem, own_runs)
    return Comparison(problem, out, float(target), problems)


def find_default_target(problem: Problem, trajectories: list[Trajectory]) -> float:
    """Return the loss at 99 % of the way from the start down to the lowest known loss."""
    with np.errstate(all="ignore"):
        known = [float(problem.loss(np.array(each, dtype=float))) for each in problem.minima]
    first = float(trajectories[0].losses[0] if trajectories else problem.loss(problem.start))
    known = [loss for loss in known if isfinite(loss)] or [
        find_lowest_loss(each)
        for each in trajectories
        if not describe_outcome(each, problem.window).startswith("diverged")
    ]
    low = min(known or [first])
    return low + 0.01 * max(first - low, 0.0)


def find_lowest_loss(trajectory: Trajectory) -> float:
    """Return the lowest finite loss of a run; NaN where it has none."""
    finite = trajectory.losses[np.isfinite(trajectory.losses)]
    return float(finite.min()) if finite.size else float("nan")


def summarize_run(problem: Problem, trajectory: Trajectory, target: float) -> dict[str, Any]:
    """Return a run's losses, steps to the target, distance to the nearest minimum, outcome.

    A run that starts at the target and leaves it with its first step has not reached it. A fork
    that has not begun has no number: None.
    """
    outcome = describe_outcome(trajectory, problem.window)
    if outcome == NOT_BEGUN:
        names = ("final loss", "best loss", "steps to target", "distance to minimum")
        return {**dict.fromkeys(names), "outcome": outcome}
    losses, end = trajectory.losses, trajectory.end
    reached = np.flatnonzero(losses <= target)
    if len(losses) > 1 and not losses[1] <= target:
        reached = reached[reached > 0]  # it started there and left at once
    with np.errstate(over="ignore"):
        distances = [float(np.linalg.norm(end - np.array(each))) for each in problem.minima]
    return {
        "final loss": float(losses[-1]),
        "best loss": find_lowest_loss(trajectory),
        "steps to target": int(trajectory.step[reached[0]]) if reached.size else None,
        "distance to minimum": min(distances) if distances else None,
        "outcome": outcome,
    }


@np.errstate(over="ignore", invalid="ignore")
def describe_outcome(trajectory: Trajectory, window: Any = None) -> str:
    """Return how a run ended, in words, judged by its last tenth of steps.

    The first of these that holds: "diverged at step n": not finite, or 1,000 windows away;
    "stopped at step n": no gradient there; where it moved less than 1e-4 of the window: "converged"
    if the gradient fell to a hundredth of its largest, or was noisy or not recorded, else "hardly
    moving"; "growing": the median loss is above every loss of the first tenth; "still moving":
    more than half of the way it made took it somewhere; else "oscillating".
    """
    path, step = trajectory.path, trajectory.step
    if not trajectory.is_finished:
        return trajectory.ended.partition(":")[0]
    size = np.ptp(path, axis=0).max() if window is None else max(high - low for low, high in window)
    far = np.flatnonzero(np.abs(path - path[0]).max(axis=1) > 1000 * size)
    if window is not None and far.size:
        return f"diverged at step {step[far[0]]}"
    tenth = max(1, round(0.1 * step[-1]))
    last = step >= step[-1] - tenth
    recent = path[last]
    if np.ptp(recent, axis=0).max() <= 1e-4 * size:
        return "converged" if has_small_gradient(trajectory) else "hardly moving"
    if np.median(trajectory.losses[last]) > trajectory.losses[step <= step[0] + tenth].max():
        return "growing"
    way = np.linalg.norm(np.diff(recent, axis=0), axis=1).sum()
    heading = np.linalg.norm(recent[-1] - recent[0]) > 0.5 * way
    return "still moving" if heading else "oscillating"


def has_small_gradient(trajectory: Trajectory) -> bool:
    """Return True unless the last gradient is above a hundredth of the largest one.

    A gradient with noise is never small, and one that was not recorded is not known: then True.
    """
    if trajectory.grad is None or not len(trajectory.grad) or trajectory.sample_loss is not None:
        return True
    size = np.linalg.norm(trajectory.grad, axis=1)
    return bool(size[-1] <= 0.01 * size.max())


def make_strict(value: Any) -> Any:
    """Return a value for strict JSON: arrays as lists, None for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: make_strict(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        gaps = ~np.isfinite(value) if value.dtype.kind == "f" else np.zeros(1, bool)
        if gaps.any():
            value = value.astype(object)
            value[gaps] = None
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [make_strict(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value

"""A recorded training: the points that a person's own loop visited, in memory or in one file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from optviz.runs.npz import RecordFileError
from optviz.runs.recording_files import BROKEN_OFF, CLOSED, LOGS, RUNNING
from optviz.runs.recording_headers import (
    choose_rows,
    drop_damaged,
    forget_unknown,
    read_rows,
)
from optviz.runs.recording_saving import save_recording
from optviz.runs.sketches import Sketch, find_coordinates, multiply_points

ENDS = {
    RUNNING: "not closed: still being written, or its process ended before it was closed",
    CLOSED: "closed",
    BROKEN_OFF: "closed by an exception in the loop",
}
ROWS = 64
"""Points handled at once, so that temporaries stay small."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The points that a training visited: parameters, buffers and logged values at some steps.

    It is a path wherever one is drawn: `slice_loss(problem, Plane.pca(recording), recording)`.
    A sketch holds a random projection of each point: distances, but no parameters.

    Shapes: step (points,); values (points, width), float32: all parameters in one row, or those of
        a sketch; buffers, state by name (points, *shape); logs by name (points,), NaN where none
    """

    blocks: tuple[tuple[str, tuple[int, ...]], ...]
    """The name and the shape of each recorded parameter, in the order of the path."""
    step: np.ndarray
    """The number of optimizer steps made at each point."""
    values: np.ndarray
    all_buffers: dict[str, np.ndarray] = field(default_factory=dict)
    """Every buffer of the model at each point, those that never changed included."""
    state: dict[str, np.ndarray] = field(default_factory=dict)
    """The optimizer's averages after the step that leaves each point, by name."""
    logs: dict[str, np.ndarray] = field(default_factory=dict)
    """The values that were logged with each point, by name."""
    about: dict[str, Any] = field(default_factory=dict)
    """The settings as JSON can hold them: label, kind (the rule, for its color), ..."""
    sketch: Sketch | None = None
    ended: str = ENDS[CLOSED]
    rates: np.ndarray | None = None
    """Learning rate, beta1 and count of the step that leaves each point (points, 3), or NaN."""

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.step)

    @property
    def label(self) -> str:
        """The name of the run in a legend."""
        return str(self.about.get("label") or self.about.get("kind") or "run")

    @property
    def path(self) -> np.ndarray:
        """The parameters at each point (points, n), float32; a memmap of a file.

        Raises: ValueError: Adam is recorded as a sketch of 4096 numbers of each point
        """
        if self.sketch is not None:
            raise ValueError(
                f"{self.label} is recorded as a sketch, {self.sketch.width} numbers for the "
                f"{self.size} parameters of a point: it has distances() and coordinates(), but no "
                "slices. Record it with a larger memory=, a larger every=, or to a file="
            )
        return self.values

    @property
    def size(self) -> int:
        """The number of recorded parameters."""
        return sum(math.prod(shape) for _, shape in self.blocks)

    @cached_property
    def buffers(self) -> dict[str, np.ndarray] | None:
        """The buffers of each point that the training moved, and others in the same parts.

        None where it moved none.
        """
        moved = {
            name.rpartition(".")[0]
            for name, each in self.all_buffers.items()
            if any((each[cut : cut + ROWS] != each[0]).any() for cut in range(0, len(each), ROWS))
        }
        names = [name for name in self.all_buffers if name.rpartition(".")[0] in moved]
        return {name: self.all_buffers[name] for name in names} or None

    def buffers_at(self, point: int) -> dict[str, np.ndarray] | None:
        """Return the buffers of one point; None where none are recorded."""
        if self.buffers is None:
            return None
        return {name: each[point] for name, each in self.buffers.items()}

    @cached_property
    def finite(self) -> int:
        """The number of points before the first with a number that is not finite."""
        for cut in range(0, len(self), ROWS):
            is_finite = np.isfinite(self.values[cut : cut + ROWS]).all(axis=1)
            if not is_finite.all():
                return cut + int(np.argmin(is_finite))
        return len(self)

    def words(self) -> str:
        """Say in plain sentences what is recorded."""
        each = f"{self.size} parameters at {len(self)} points"
        if len(self):
            each += f", steps {self.step[0]} to {self.step[-1]}"
        out = [f"{self.label}: {each}; {self.ended}."]
        if self.sketch is not None:
            out.append(
                f"Each point is a sketch of {self.sketch.width} numbers (seed {self.sketch.seed}): "
                f"distances are right to {self.sketch.error:.1%} (one standard deviation)."
            )
        if self.finite < len(self):
            out.append(self.name_not_finite())
        if "float64" in self.about.get("dtypes", {}).values():
            out.append("Points are kept in single precision: parameters in float64 are rounded.")
        return " ".join([*out, *self.about.get("notes", ())])

    def name_not_finite(self) -> str:
        """Return the sentence that names the first parameters that are not finite."""
        where = f"From step {self.step[self.finite]} on"
        if self.sketch is not None:
            return f"{where} some parameters are not finite."
        bad = np.flatnonzero(~np.isfinite(self.values[self.finite]))
        ends = np.cumsum([math.prod(shape) for _, shape in self.blocks])
        found = np.unique(np.searchsorted(ends, bad, side="right"))
        names = ", ".join(self.blocks[i][0] for i in found[:3])
        return f"{where} not all parameters are finite ({names}{' ...' if len(found) > 3 else ''})."

    @property
    def lr(self) -> np.ndarray | None:
        """The learning rate of the step that leaves a point: NaN where groups differ, or None."""
        return None if self.rates is None else self.rates[:, 0]

    def before(self, point: int) -> dict[str, Any]:
        """Return the optimizer's averages before the step that leaves a point.

        They are those after it where the step before is not recorded, and NaN where neither is.
        """
        counts = self.step + 1.0
        if self.rates is not None:
            counts = np.where(np.isnan(self.rates[:, 2]), counts, self.rates[:, 2])
        before = counts[point] - 1
        row = next(iter(np.flatnonzero(counts == before)), point)
        count = int(before) + int(self.about.get("count", 0))
        found = {name: (count > 0) * each[row] for name, each in self.state.items()}
        return found | {"count": count}

    def pick(self, points: Any) -> Recording:
        """Return a recording of some of the points: a slice, or their numbers in order."""
        cut: dict[str, Any] = {"step": self.step[points], "values": self.values[points]}
        for name in ("all_buffers", "state", "logs"):
            cut[name] = {key: each[points] for key, each in getattr(self, name).items()}
        if self.rates is not None:
            cut["rates"] = self.rates[points]
        made = replace(self, **cut)
        moved = {name: made.all_buffers[name] for name in self.buffers or ()}
        made.__dict__["buffers"] = moved or None  # among few points none may have moved
        return made

    def thin(self, points: int) -> Recording:
        """Return a recording of at most so many of the finite points, evenly spaced, and the last.

        Raises: ValueError: Adam has no finite point
        """
        count = self.finite
        if not count:
            raise ValueError(f"{self.label} has no finite point: lower its learning rate")
        jump = max(1, math.ceil((count - 1) / max(1, points - 1)))
        kept = list(range(0, count, jump))
        if jump == 1:
            return self if count == len(self) else self.pick(slice(count))
        return self.pick(kept if kept[-1] == count - 1 else [*kept, count - 1])

    def fit(self, problem: Any) -> Recording:
        """Return the recording with just the buffers that a problem's points have.

        Raises: ValueError: the recording has 0.weight (8, 4), the problem 0.weight (16, 4)
        """
        theirs = {name: tuple(shape) for name, shape in problem.blocks()}
        for name, shape in dict(self.blocks).items():
            if theirs.get(name) != tuple(shape):
                got = f"{name} {theirs[name]}" if name in theirs else "no such parameter"
                hint = "give the model that was recorded"
                raise ValueError(f"{self.label} has {name} {shape}, the problem {got}: {hint}")
        if more := [name for name in theirs if name not in dict(self.blocks)]:
            hint = "freeze it (requires_grad_(False)), as it did not move in the recording"
            raise ValueError(f"the problem has {more[0]}, which {self.label} has not: {hint}")
        names = problem.buffers or {}
        if missing := [name for name in names if name not in self.all_buffers]:
            raise ValueError(f"{self.label} has no buffer {missing[0]}: give the recorded model")
        made = replace(self, all_buffers={name: self.all_buffers[name] for name in names})
        made.__dict__["buffers"] = made.all_buffers or None
        return made

    def distances(self) -> np.ndarray:
        """Return the distance in parameters between every two points (points, points)."""
        gram = self._find_gram()
        squares = np.diag(gram)
        return np.sqrt(np.clip(squares[:, None] + squares - 2 * gram, 0, None))

    def coordinates(self) -> tuple[np.ndarray, float]:
        """Return the points along their two principal axes, and the share of variance there.

        Shapes: coordinates (points, 2)
        """
        return find_coordinates(self._find_gram())

    def save(self, file: str | Path, *, overwrite: bool = False) -> Path:
        """Write the recording to one file, which `open` reads, and return its path.

        Raises: FileExistsError: run.optviz exists: give another file, or pass overwrite=True
        """
        end = next((key for key, words in ENDS.items() if words == self.ended), CLOSED)
        return save_recording(self, file, end, overwrite)

    @classmethod
    def open(cls, file: str | Path, *, check: bool = True) -> Recording:
        """Open a recording; the path of a closed one stays in its file, as a memmap.

        Of one whose process was killed, half a point at the end is left out, and what belongs to
        the step that leaves the last is NaN where it was not written. Each point is read once (not
        with `check=False`) and compared with its checksum: one that changed is left out with a
        warning. At the end of a file that is not closed, a change may look like a killed process.

        Raises: RecordFileError: run.optviz is broken (its header is cut off): record ... again
                FileNotFoundError: there is no file run.optviz: give the file= of a record()
        """
        header, names, prefix, layout, raw = read_rows(file, check)
        columns = layout.view(raw)
        order = choose_rows(columns["step"], columns["again"], prefix.every, prefix.end)
        notes, is_open = [], prefix.end == RUNNING
        if check and layout.version > 1:
            order, notes = drop_damaged(Path(file), raw, layout, order, prefix)
        if not len(order):
            raise RecordFileError(f"{file} holds no whole point: record the training again")
        is_whole = np.array_equal(order, np.arange(len(order)))
        rows = slice(len(order)) if is_whole else order
        made = build_recording(header, names, columns, rows, prefix.end)
        if is_open:
            notes += forget_unknown(made.step, made.rates, made.state)
        if notes := [each for each in notes if each not in made.about.get("notes", ())]:
            made.about["notes"] = [*made.about.get("notes", ()), *notes]
        if not is_open and len(raw) < prefix.used:
            return replace(made, ended=f"cut off: {len(raw)} of its {prefix.used} points are there")
        return made

    def _find_gram(self) -> np.ndarray:
        """Return the products of the finite points, less the last (points, points)."""
        points = self.values[: self.finite]
        if not len(points):
            raise ValueError(f"{self.label} has no finite point: lower its learning rate")
        return multiply_points(points)


def build_recording(
    header: dict[str, Any], names: list[str], columns: dict[str, np.ndarray], rows: Any, end: int
) -> Recording:
    """Return the recording in some rows of a table."""
    blocks = tuple((name, shape) for name, shape, *_ in header["blocks"])
    sizes = [math.prod(shape) for _, shape in blocks]
    width, seed = columns["values"].shape[1], header["seed"]
    found = {
        word: {
            key.removeprefix(f"{word} "): each[rows]
            for key, each in columns.items()
            if key.startswith(f"{word} ")
        }
        for word in ("buffer", "state")
    }
    about = {key: header[key] for key in ("label", "kind", "frozen")} | header["about"]
    return Recording(
        blocks=blocks,
        step=np.array(columns["step"][rows]),
        values=columns["values"][rows],
        all_buffers=found["buffer"],
        state=found["state"],
        logs={name: np.array(columns["logs"][rows, i]) for i, name in enumerate(names[:LOGS])},
        about=about,
        sketch=None if seed is None else Sketch(sizes, width, seed),
        ended=ENDS[end],
        rates=np.array(columns["rates"][rows]) if "rates" in columns else None,
    )

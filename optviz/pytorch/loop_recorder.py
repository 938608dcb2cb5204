"""The recorder of a training loop under way, and of its end: a recording and its slices."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from torch import nn

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.slice import Slice
from optviz.pytorch.logged_values import LoggedValues, check_value, read_clock
from optviz.pytorch.open_points import PointWriter, read_rates
from optviz.pytorch.point_reader import digest_tensors
from optviz.pytorch.recording_plan import RecordingPlan, find_state_names
from optviz.pytorch.run_slices import MOVED, build_problem, compare_runs
from optviz.runs.recording_files import BROKEN_OFF, CLOSED, RowFile
from optviz.runs.recording_headers import make_header
from optviz.runs.recording_rows import MemoryRows
from optviz.runs.recordings import Recording, build_recording

UNCLOSED = "the recording is not closed yet: leave its with block first, or call close()"
LATE = "optviz.record: log() keeps no more values after the end: call it within the with block"


class LoopRecorder:
    """The recorder of a training loop that `record` makes; after its block a `Recording` as well.

    What a recording has (`path`, `step`, `logs`, `save` ...) is found here too once it is closed.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizers: list[Any],
        plan: RecordingPlan,
        about: dict[str, Any],
        file: str | Path | None,
        has_state: bool,
        overwrite: bool,
    ):
        self.model, self.optimizers, self.plan, self.about = model, optimizers, plan, about
        self.steps = 0
        """The number of optimizer steps so far."""
        self.notes: list[str] = []
        """What went otherwise than expected, in sentences."""
        self._file = None if file is None else Path(file)
        self._overwrite, self._waits, self._is_over = overwrite, has_state, False
        self._logged, self._clock = LoggedValues(), 0
        self._handles: list[Any] = []
        self._writer: Any = None
        self._recording: Recording | None = None
        self._in_step: set[str] | None = None
        """The names that are logged within the step under way, by a closure."""
        self._grouped = self._count_grouped()

    def __enter__(self) -> LoopRecorder:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(is_broken=kind is not None)

    def start(self) -> LoopRecorder:
        """Record the point before the first step, and from then on those after steps."""
        if self._writer is not None:
            raise ValueError("a recorder records once: make another by optviz.record(...)")
        self._waits = self._waits and not self.plan.layout.state
        self._open_rows(self._waits)
        self._take()
        if self._is_over:
            raise OSError(f"the recording cannot begin: {self.notes[-1]}")
        if self.optimizers:
            last = self.optimizers[-1]
            self._handles.append(last.register_step_pre_hook(self._begin_step))
            self._handles.append(last.register_step_post_hook(self._end_step))
        self._clock = read_clock()
        return self

    def count_step(self) -> None:
        """Count a step that has just been made, and record its point if it is due."""
        if self._writer.points:
            self._complete()
        self.steps += 1
        if self._waits:
            self._add_state()
        if self._writer.points:
            self._writer.read_state(self.optimizers)
        if self.steps % self._writer.thinning.every == 0:
            self._take()
        if self._writer.points:  # else it dates nothing
            self._clock = read_clock()

    def log(self, **values: Any) -> None:
        """Keep values, numbers or tensors of one, at the points where they were computed.

        A loss stands at the point that its step leaves, logged before or after `optimizer.step()`,
        and so does all that is logged after it: a validation loss one point early, unless the next
        training loss is computed before it is logged. Of a name logged at every step the values
        between two recorded points are dropped and the last has none; a rarer one is at the next.
        Raises: ValueError: a logged value must be one number, got loss of shape (8,): take its mean
        """
        if self._recording is not None:
            warnings.warn(LATE, stacklevel=2)
            return
        if not values.keys() <= self._logged.names.keys():
            self._add_names(values)
        if self._in_step is not None:  # a closure is called first at the point of now
            values = {key: each for key, each in values.items() if key not in self._in_step}
            self._in_step |= values.keys()
        self._logged.keep(values, self.steps, self._writer.points, self._clock)

    def close(self, *, is_broken: bool = False) -> Recording:
        """Record the last point, end the recording and return it.

        After an exception within a step (`is_broken`) the parameters may be half moved: there the
        last point is the one before.
        """
        for each in self._handles:
            each.remove()
        self._handles = []
        if self._writer is None:
            raise ValueError("the recording has not begun: use it as a with block, or call start()")
        if self._recording is None:
            self._complete()
            if self._waits:
                self._add_state()
            is_torn = is_broken and self._in_step is not None
            if not is_torn and self.steps != self._writer.thinning.steps[-1]:
                self._take(is_last=True)
            for point in self._writer.points[-1:]:
                if self.optimizers and not is_torn:
                    point.rates = read_rates(self.optimizers[-1])
            self._writer.read_state(() if is_torn else self.optimizers)
            self._complete(is_end=True)
            self._check_rest()
            self._recording = self._finish(BROKEN_OFF if is_broken else CLOSED)
        return self._recording

    @property
    def recording(self) -> Recording:
        """The recording, once it is closed.

        Raises: ValueError: the recording is not closed yet: leave its with block first
        """
        if self._recording is None:
            raise ValueError(UNCLOSED)
        return self._recording

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or self._recording is None:
            raise AttributeError(f"no {name}: {UNCLOSED}")
        return getattr(self._recording, name)

    def plane(self, way: str = "pca", *args: Any, **options: Any) -> Plane:
        """Return a plane for the path: along its principal axes, or by another way of `Plane`.

        `rec.plane("through", a, b, c)` is `Plane.through(a, b, c)`, and so on; the path itself is
        given to "pca" alone.

        Raises: ValueError: Plane has no way "pcb" to choose a plane
        """
        if way.startswith("_") or not callable(getattr(Plane, way, None)):
            raise ValueError(f'Plane has no way "{way}" to choose a plane: "pca", for example')
        finite = self.recording.thin(len(self.recording))
        return getattr(Plane, way)(*(([finite],) if way == "pca" else ()), *args, **options)

    def problem(self, loss_fn: Any, inputs: Any, targets: Any = None, **options: Any) -> Any:
        """Return the loss of the model over data, as a `ModuleProblem` in the path's parameters."""
        return build_problem(self.model, self.recording, loss_fn, inputs, targets, options)[0]

    def slice(self, loss_fn: Any, inputs: Any, targets: Any = None, **options: Any) -> Slice:
        """Return a slice of the loss over data with the path on it: see `compare_runs`."""
        label = self.recording.label
        return compare_runs({label: self}, loss_fn, inputs, targets, **options)

    def words(self) -> str:
        """Say in plain sentences what is recorded; before the end, the memory it needs."""
        return self.plan.words() if self._recording is None else self._recording.words()

    def _open_rows(self, in_memory: bool = False) -> None:
        """Make the rows and what fills them."""
        plan = self.plan
        capacity = 3 if in_memory else plan.capacity
        if self._file is None or in_memory:
            rows = MemoryRows(plan.layout, capacity)
        else:
            header = make_header(plan.blocks, self.about, plan.sketch)
            rows = RowFile(self._file, header, plan.layout, self._overwrite)
        self._writer = PointWriter(self.model, plan, rows, capacity)

    def _begin_step(self, optimizer: Any, *args: Any) -> None:
        self._in_step = set()
        if self._writer.points:
            self._complete()
            for point in self._writer.points[-1:]:
                point.rates = read_rates(optimizer)

    def _end_step(self, optimizer: Any, *args: Any) -> None:
        self._in_step = None
        # A fused optimizer is called, and told not to move, where a GradScaler skips a step.
        skips = getattr(optimizer, "found_inf", None)
        if skips is None or not float(skips):
            self.count_step()

    def _take(self, is_last: bool = False) -> None:
        """Read the point of now; whatever fails ends the recording and not the training."""
        if self._is_over:
            return
        try:
            if is_last or self._writer.is_due(self.steps):
                self._writer.take(self.steps, self._logged.take(self.steps))
        except Exception as error:
            self._end_early(self.steps, error)
        if self._grouped != self._count_grouped():
            self._grouped = self._count_grouped()
            self._note(
                "parameters were added to the optimizer during the recording, which does not hold "
                "them: begin another recording to see them move"
            )

    def _complete(self, is_end: bool = False) -> None:
        """Write the rest of the points that a step has left, or at the end of all."""
        try:
            self._writer.complete(self.steps, is_end)
        except Exception as error:
            self._end_early(self._writer.points[0].step, error)

    def _end_early(self, step: int, error: Exception) -> None:
        """End the recording before the point of a step, which cannot be recorded."""
        self._is_over = True
        self._writer.cut(step)
        self._note(f"the recording ends at step {step} ({error}); the training goes on")

    def _add_state(self) -> None:
        """Begin the rows again with the optimizer's averages, which the first step has made."""
        self._waits, before = False, self._writer
        try:
            names = find_state_names(self.optimizers, self.plan.named)
            self.plan = self.plan.with_state(names)
            self._open_rows()
            for name, index in self._logged.names.items():
                self._writer.rows.name_log(index, name)
            self._writer.begin_with(before)
        except (OSError, ValueError) as error:
            self._writer = before
            self._end_early(self.steps, error)
            return
        if not names:
            self._note(f"the {self.about['optimizer']} keeps no averages of the parameters' shapes")

    def _add_names(self, values: dict[str, Any]) -> None:
        """Make room for values that are logged for the first time."""
        for name in [name for name in values if name not in self._logged.names]:
            check_value(name, values[name])
            self._logged.check_name(name)
            if self._writer is None:
                raise ValueError("the recording has not begun: call log() within its with block")
            self._logged.names[name] = index = len(self._logged.names)
            if not self._is_over:
                with suppress(OSError):  # a full disk: the next row says so
                    self._writer.rows.name_log(index, name)

    def _check_rest(self) -> None:
        """Note parameters that moved although no optimizer moves them."""
        if digest_tensors(self.plan.rest) != self.about["frozen"]:
            self._note(MOVED)

    def _finish(self, end: int) -> Recording:
        """Close the rows and return the recording."""
        rows, slots = self._writer.rows, self._writer.thinning.slots
        if isinstance(rows, RowFile):
            try:
                rows.close(slots, end)
            except OSError as error:
                self._note(f"{rows.path} is not closed as it should be ({error})")
            made = Recording.open(rows.path, check=False)
        else:
            rows.close(slots, end)
            header = make_header(self.plan.blocks, self.about, self.plan.sketch)
            columns = self.plan.layout.view(rows.raw)
            made = build_recording(header, list(self._logged.names), columns, slice(None), end)
        return replace(made, about=made.about | {"notes": self.notes})

    def _count_grouped(self) -> int:
        """Return the number of parameters that the optimizers have."""
        return sum(len(group["params"]) for one in self.optimizers for group in one.param_groups)

    def _note(self, words: str) -> None:
        """Keep a sentence, and warn of it."""
        self.notes.append(f"{words[0].upper()}{words[1:]}.")
        warnings.warn(f"optviz.record: {words}", stacklevel=2)

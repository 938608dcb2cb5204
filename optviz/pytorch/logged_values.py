"""The values that are logged in a training loop, each at the point where it was computed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from optviz.pytorch.open_points import OpenPoint
from optviz.runs.recording_files import LOGS, NAME_BYTES


class LoggedValues:
    """The values that are logged in a loop, each at the point where it was computed.

    A name that is logged at every step has a value at each recorded point, the very one computed
    there. A rarer value stands at the next recorded point, unless that has one of its own.
    """

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        """The column of each name."""
        self._calls: dict[str, tuple[int, bool]] = {}
        """The steps made at the latest call, and True if there was one at the step before."""
        self._is_new: dict[str, bool] = {}
        """True for a name that is logged before the step that its value belongs to."""
        self._waiting: dict[str, Any] = {}
        """The values for which no point is there yet."""
        self._latest: tuple[int, dict[str, Any]] = (-1, {})
        """The steps and the values of the latest call."""

    def keep(self, values: dict[str, Any], steps: int, points: list[OpenPoint], clock: int) -> None:
        """Keep values for one of the open points, or for the next; `clock` is that of the step."""
        before, latest = self._latest
        if not points and before == steps - 1 and latest.keys() == values.keys():
            # Most calls end here: of no point, unless the training does.
            self._latest = steps, values
            return
        self._settle()
        for name, value in values.items():
            number = copy_value(check_value(name, value))
            before, is_dense = self._calls.get(name, (steps, False))
            is_dense = is_dense if steps == before else steps == before + 1
            self._calls[name] = steps, is_dense
            if points:
                self._is_new[name] = steps == 0 or date_value(value) >= clock
            elif steps == before:
                self._is_new[name] = True
            step = steps if self._is_new.get(name) else steps - 1
            at = next((each for each in points if each.step >= step), None)
            self._waiting.pop(name, None)
            if at is None:
                self._waiting[name] = number
            elif at.step == step:
                at.values[self.names[name]] = number
            elif not is_dense:
                at.values.setdefault(self.names[name], number)
        self._latest = steps, values

    def take(self, steps: int) -> dict[int, Any]:
        """Return the values of a point that is recorded now: its own, and rarer ones before it."""
        self._settle()
        waiting, self._waiting, found = self._waiting, {}, {}
        for name, value in waiting.items():
            at, is_dense = self._calls[name]
            if not is_dense or (at == steps and self._is_new.get(name)):
                with suppress(ValueError):
                    found[self.names[name]] = copy_value(check_value(name, value))
        return found

    def _settle(self) -> None:
        """Count the latest call if it was passed over, as one of values of every step."""
        steps, values = self._latest
        for name, value in values.items():
            if self._calls[name][0] != steps:
                self._calls[name], self._waiting[name] = (steps, True), value

    def check_name(self, name: str) -> None:
        """Refuse a new name for which there is no room.

        Raises: ValueError: a recording has 16 logged values at most, 'rate' is one more
        """
        if len(self.names) == LOGS:
            raise ValueError(f"a recording has {LOGS} logged values at most, {name!r} is one more")
        if not 0 < len(name.encode()) <= NAME_BYTES:
            raise ValueError(
                f"the name of a logged value has 1 to {NAME_BYTES} bytes, got {name!r}"
            )


def check_value(name: str, value: Any) -> Any:
    """Return a value to be logged: a number, or a tensor of one.

    Raises: ValueError: a logged value must be one number, got loss of shape (8,): take its mean
    """
    if isinstance(value, Tensor):
        if value.numel() == 1 and not value.is_complex():
            return value
        got = f"{name} of shape {tuple(value.shape)}: take its mean"
        got = got if value.numel() != 1 else f"the complex {name}: take its size, {name}.abs()"
        raise ValueError(f"a logged value must be one number, got {got}")
    try:
        return float(value)
    except (TypeError, ValueError):
        got = f"{name}={value!r:.40}"
        raise ValueError(f"a logged value must be one number, got {got}") from None


def copy_value(value: Any) -> Any:
    """Return a value as a number, or as a tensor on its device, which no step waits for."""
    if not isinstance(value, Tensor):
        return value
    value = value.detach()
    return float(value) if value.device.type == "cpu" else value.clone()


def read_clock() -> int:
    """Return the number that autograd gives to the next node of this thread."""
    return torch._C._autograd._get_sequence_nr()  # pyright: ignore[reportAttributeAccessIssue]


def date_value(value: Any) -> int:
    """Return the number of the node that made a value, or else of the latest one.

    A training computes its loss by nodes: one that is logged after a step, as a number or with its
    graph, is told from one that is computed after it.
    """
    node = getattr(value, "grad_fn", None)
    return read_clock() - 1 if node is None else node._sequence_nr()

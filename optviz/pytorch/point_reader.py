"""One point of a training under way, read into a row of bytes: parameters, buffers, averages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from optviz.pytorch.twins import find_twin_of
from optviz.runs.recording_files import DTYPES, Layout
from optviz.runs.sketches import Sketch


class PointReader:
    """The reader of a model's points into rows of bytes, made once: the loop only copies.

    `named` are the parameters to record; nothing of the model or the optimizer is changed. They
    are gathered on their own device, or on the one given, before they come to the row.

    Shapes: raw (places, size): a point is read into the row at a place
    """

    def __init__(
        self,
        model: nn.Module,
        named: Mapping[str, Tensor],
        layout: Layout,
        raw: np.ndarray,
        sketch: Sketch | None = None,
        device: torch.device | None = None,
    ):
        self.params, self.layout, self.sketch = list(named.values()), layout, sketch
        self.columns = layout.view(raw)
        self.values = torch.from_numpy(self.columns["values"])
        devices = {each.device for each in self.params}
        own = devices.pop() if len(devices) == 1 else torch.device("cpu")
        self.device = device or own
        # One copy from a device is faster than one for each parameter: they meet there first.
        is_direct = device is None and own.type == "cpu"
        self._flat = None if is_direct else torch.empty_like(self.values[0], device=self.device)
        if sketch is None:
            flat = self.values if self._flat is None else self._flat[None]
            self._parts = split_like(flat, self.params)
        self._buffers = self._find_buffers(model)
        self._state = {
            name: split_like(torch.from_numpy(self.columns[f"state {name}"]), self.params)
            for name in layout.state
        }

    @torch.no_grad()
    def read(self, step: int, place: int = 0) -> None:
        """Read the point after `step` steps into the row at a place."""
        for name in ("step", "again"):
            self.columns[name][place] = step
        for name in ("logs", "rates"):
            self.columns[name][place] = np.nan
        flat = self.values[place] if self._flat is None else self._flat
        if self.sketch is None:
            row = place if self._flat is None else 0
            parts = [each[row] for each in self._parts]
            torch._foreach_copy_(parts, [each.detach() for each in self.params])  # pyright: ignore[reportPrivateImportUsage]
        else:
            flats = (each.detach().reshape(-1).to(self.device).float() for each in self.params)
            if self._flat is None:  # numpy cuts and adds small blocks faster
                self.sketch.project((each.numpy() for each in flats), flat.numpy())
            else:
                self.sketch.project(flats, flat, self._convert)
        if self._flat is not None:
            self.values[place].copy_(flat)
        for owner, key, column in self._buffers:
            torch.from_numpy(column[place, ...]).copy_(owner[key])

    @torch.no_grad()
    def read_state(self, optimizers: Iterable[Any], place: int) -> None:
        """Read the optimizer's averages into the row at a place."""
        for name, parts in self._state.items():
            for param, part in zip(self.params, parts, strict=True):
                found = find_state(optimizers, param).get(name)
                part[place].copy_(found) if found is not None else part[place].fill_(torch.nan)

    def write_values(self, place: int, values: Mapping[int, Any], rates: Iterable[Any]) -> None:
        """Write logged values, by their column, and rates into the row at a place."""
        for index, value in values.items():
            self.columns["logs"][place, index] = float(value)
        self.columns["rates"][place] = rates

    def _convert(self, array: np.ndarray) -> Tensor:
        """Return an array as a tensor where the parameters are."""
        return torch.from_numpy(array).to(self.device)

    def _find_buffers(self, model: nn.Module) -> list[tuple[dict[str, Any], str, np.ndarray]]:
        """Return each buffer's owner and key there, as a loop may put in another tensor."""
        out, parts = [], dict(model.named_modules())
        for name, *_ in self.layout.buffers:
            part, _, key = name.rpartition(".")
            out.append((parts[part]._buffers, key, self.columns[f"buffer {name}"]))
        return out


def split_like(rows: Tensor, params: list[Tensor]) -> list[Tensor]:
    """Return parts of the rows of a tensor (rows, n), in the shapes of the parameters."""
    parts = rows.split([each.numel() for each in params], dim=1)
    return [part.view(len(rows), *param.shape) for part, param in zip(parts, params, strict=True)]


def find_state(optimizers: Iterable[Any], param: Tensor) -> dict[str, Tensor]:
    """Return an optimizer's averages of a parameter, those of its shape.

    They have their names in the rules here; those of an optimizer that has no rule keep their own.
    """
    for each in optimizers:
        if param in each.state:
            found, twin = each.state[param], find_twin_of(each)
            columns: dict[str, str] = {} if twin is None else twin.columns
            return {
                columns.get(str(name), str(name)): value
                for name, value in found.items()
                if name != "step" and isinstance(value, Tensor) and value.shape == param.shape
            }
    return {}


def list_buffers(model: nn.Module) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Return the name, the dtype in a file and the shape of each buffer."""
    return tuple(
        (name, choose_dtype(each), tuple(each.shape)) for name, each in model.named_buffers()
    )


def choose_dtype(tensor: Tensor) -> str:
    """Return the dtype of numpy that holds a tensor's numbers."""
    if tensor.is_floating_point() and tensor.dtype.itemsize <= 2:
        return "<f4"
    kind = torch.empty(0, dtype=tensor.dtype).numpy().dtype.str
    return kind if kind in DTYPES else "<f8"


def digest_tensors(tensors: Mapping[str, Tensor]) -> str:
    """Return the sha256 of named tensors as hex; empty where there are none."""
    digest = hashlib.sha256()
    for name, each in tensors.items():
        digest.update(f"\n{name} {each.dtype} {tuple(each.shape)}\n".encode())
        flat = each.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest() if tensors else ""

"""Maps as files: npz to read again, tables and JSON for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from optviz.runs.comparison import make_strict
from optviz.runs.npz import read_record, write_record
from optviz.sweeps.basins import WORDS, BasinMap
from optviz.sweeps.sweep_records import REGIMES, SweepMap

Maps = Sequence[BasinMap] | SweepMap
"""The basin maps of some optimizers, or the map of two hyperparameters of one."""
KIND = "maps"
CLASSES = {"basin": BasinMap, "sweep": SweepMap}


def write_maps(maps: Maps, file: str | Path) -> Path:
    """Write maps as npz and return the path."""
    listed = list_maps(maps)
    words: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    for place, each in enumerate(listed):
        values = {spec.name: getattr(each, spec.name) for spec in fields(each)}
        words.append({k: v for k, v in values.items() if not isinstance(v, np.ndarray)})
        arrays |= {f"{place}_{k}": v for k, v in values.items() if isinstance(v, np.ndarray)}
    name = "sweep" if isinstance(maps, SweepMap) else "basin"
    return write_record(file, KIND, {"class": name, "maps": words}, arrays)


def read_maps(file: str | Path) -> list[BasinMap] | SweepMap:
    """Return the maps that `write_maps` wrote.

    Raises: RecordFileError: map.npz is broken (its checksum does not fit): make it again
    """
    words, arrays = read_record(file, KIND)
    made: list[Any] = []
    for place, each in enumerate(words["maps"]):
        own = {k.partition("_")[2]: v for k, v in arrays.items() if k.startswith(f"{place}_")}
        rest = {k: tuple(v) if isinstance(v, list) else v for k, v in each.items()}
        made.append(CLASSES[words["class"]](**rest, **own))
    return made[0] if words["class"] == "sweep" else made


def maps_to_csv(maps: Maps) -> str:
    """Return a table of maps: a row for each start, or for each pair of values."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(list_cells(maps))
    return out.getvalue()


def list_cells(maps: Maps) -> Iterator[tuple[Any, ...]]:
    """Yield the names of the columns, then the row of each cell."""
    if isinstance(maps, SweepMap):
        names = ("median final loss", "median steps to target", "rate", "regime", "diverged")
        yield maps.x_name, maps.y_name, *names
        regimes = np.array(REGIMES)[maps.regime]
        columns = (maps.median, maps.steps_to_target, maps.rate, regimes, maps.diverged)
        for row, column in np.ndindex(maps.regime.shape):
            cells = (each[row, column] for each in columns)
            yield maps.x[column], maps.y[row], *cells
        return
    yield "optimizer", *(maps[0].names if maps else ("x", "y")), "end", "arrived at step", "loss"
    for each in maps:
        ends = [f"minimum {i + 1} at {each.spell(i)}" for i in range(len(each.minima))]
        for row, column in np.ndindex(each.end.shape):
            end, step = int(each.end[row, column]), int(each.arrived[row, column])
            where = each.x[column], each.y[row]
            word = ends[end] if end >= 0 else WORDS[end]
            yield each.label, *where, word, "" if step < 0 else step, each.final[row, column]


def maps_to_json(maps: Maps) -> str:
    """Return every number of maps as JSON; one that is not finite is null."""
    listed = [
        {spec.name: getattr(each, spec.name) for spec in fields(each)} for each in list_maps(maps)
    ]
    return json.dumps(make_strict({"maps": listed}), allow_nan=False, separators=(",", ":"))


def list_maps(maps: Maps) -> list[Any]:
    """Return maps as a list."""
    return [maps] if isinstance(maps, SweepMap) else list(maps)

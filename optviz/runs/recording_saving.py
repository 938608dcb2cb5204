"""A recording written to one file, row after row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from optviz.runs.recording_files import Layout, RowFile
from optviz.runs.recording_headers import make_header


def save_recording(recording: Any, file: str | Path, end: int, overwrite: bool) -> Path:
    """Write a recording to one file and return its path.

    Raises: FileExistsError: run.optviz exists: give another file, or pass overwrite=True
    """
    buffers = tuple(
        (name, each.dtype.str, each.shape[1:]) for name, each in recording.all_buffers.items()
    )
    layout = Layout(recording.values.shape[1], buffers, (*recording.state,))
    header = make_header(recording.blocks, recording.about, recording.sketch)
    rows = RowFile(file, header, layout, overwrite)
    for index, name in enumerate(recording.logs):
        rows.name_log(index, name)
    columns = layout.view(rows.raw)
    for i in range(len(recording)):
        place = rows.choose_place(i)
        columns["step"][place] = columns["again"][place] = recording.step[i]
        columns["values"][place] = recording.values[i]
        columns["logs"][place] = np.nan
        columns["rates"][place] = np.nan if recording.rates is None else recording.rates[i]
        for index, each in enumerate(recording.logs.values()):
            columns["logs"][place, index] = each[i]
        for word, each in (("buffer", recording.all_buffers), ("state", recording.state)):
            for name, column in each.items():
                columns[f"{word} {name}"][place] = column[i]
        rows.write(i, place)
    rows.close(list(range(len(recording))), end)
    return rows.path

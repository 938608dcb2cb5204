"""The record of a run: every number of every step, and its files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.runs.npz import read_record, write_record

if TYPE_CHECKING:
    import pandas as pd

KIND = "trajectory"
FINISHED = "finished"
"""The end of a run that made all its steps; older files say "ran all 40 steps"."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The record of a run: the points it visited and the step between each two of them.

    A run of k steps has k rows and k + 1 points. Row i is a row of the sheet: params, loss and
    grad before the step, state (the averages) after it, and the new params.

    Shapes: path (points, n, *runs); losses (points, *runs); step (points,), the number of steps
        made at each point; grad and each per-parameter column of state (rows, n, *runs);
        lr (rows, *runs); sample_loss (rows, *runs). A thinned record has neither grad nor state:
        there a row spans several steps.
    """

    names: tuple[str, ...]
    step: np.ndarray
    path: np.ndarray
    losses: np.ndarray
    lr: np.ndarray
    grad: np.ndarray | None = None
    state: dict[str, np.ndarray] = field(default_factory=dict)
    initial: dict[str, np.ndarray] = field(default_factory=dict)
    """The state before the first row, its columns as in state but without the rows."""
    sample_loss: np.ndarray | None = None
    """The loss of each row's own sample, where the run drew mini-batches or noise."""
    about: dict[str, Any] = field(default_factory=dict)
    """The settings of the run, as JSON can hold them: label, rule, problem, steps, seed, ..."""
    ended: Any = ""
    """The end of the run in words; an array of words for many runs."""
    buffers: dict[str, np.ndarray] | None = None
    """What each point has besides its params, such as a BatchNorm's running averages, by name.

    Each is (points, *shape, *runs). None where a point is its params alone, or not recorded; a
    table (CSV, DataFrame) has no room for them.
    """

    @property
    def params(self) -> np.ndarray:
        """The params before each row's step."""
        return self.path[:-1]

    @property
    def new(self) -> np.ndarray:
        """The params after each row's step."""
        return self.path[1:]

    @property
    def update(self) -> np.ndarray:
        """The change of the params in each row."""
        return self.new - self.params

    @property
    def loss(self) -> np.ndarray:
        """The full loss before each row's step."""
        return self.losses[:-1]

    @property
    def start(self) -> np.ndarray:
        """The first point, (n, *runs)."""
        return self.path[0]

    @property
    def end(self) -> np.ndarray:
        """The last point, (n, *runs)."""
        return self.path[-1]

    def buffers_at(self, point: int) -> dict[str, np.ndarray] | None:
        """Return the buffers of one point; None where none are recorded."""
        if self.buffers is None:
            return None
        return {name: each[point] for name, each in self.buffers.items()}

    def thin(self, points: int) -> Trajectory:
        """Return the record with at most so many of its points, spread evenly, both ends kept.

        Raises: ValueError: points must be at least 2, got 1
        """
        if points < 2:
            raise ValueError(f"points must be at least 2, got {points}")
        if len(self.step) <= points:
            return self
        kept = np.unique(np.linspace(0, len(self.step) - 1, points).round().astype(int))
        columns = {name: getattr(self, name)[kept] for name in ("step", "path", "losses")}
        columns["lr"] = self.lr[kept[:-1]]
        if self.sample_loss is not None:
            columns["sample_loss"] = self.sample_loss[kept[:-1]]
        buffers = self.buffers and {name: each[kept] for name, each in self.buffers.items()}
        rest: dict[str, Any] = {"grad": None, "state": {}, "initial": {}, "buffers": buffers}
        return replace(self, **columns, **rest)

    @property
    def label(self) -> str:
        """The name of the run in a legend."""
        return str(self.about.get("label") or self.about.get("rule") or "run")

    @property
    def is_finished(self) -> bool:
        """True for a single run that made all its steps."""
        return isinstance(self.ended, str) and modernize_end(self.ended) == FINISHED

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.step) - 1

    def before(self, row: int) -> dict[str, np.ndarray]:
        """Return the state before a row's step: that of the row above, or the initial one."""
        return {key: column[row - 1] for key, column in self.state.items()} if row else self.initial

    def columns(self) -> dict[str, np.ndarray]:
        """Return the record as named columns, one value a point; NaN where no step left the last.

        Raises: ValueError: a table holds one run, this trajectory has (101, 101): save it as .npz
        """
        if self.path.ndim != 2:
            runs = self.path.shape[2:]
            raise ValueError(f"a table holds one run, this trajectory has {runs}: save it as .npz")
        gap = np.full(1, np.nan)
        names = self.names or tuple(f"p{i}" for i in range(self.path.shape[1]))
        out = {"step": self.step, "lr": np.concatenate([self.lr, gap]), "loss": self.losses}
        if self.sample_loss is not None:
            out["sample_loss"] = np.concatenate([self.sample_loss, gap])
        out |= {name: self.path[:, i] for i, name in enumerate(names)}
        wide = {} if self.grad is None else {"grad": self.grad}
        for key, column in (wide | self.state).items():
            if column.ndim == 1:
                out[key] = np.concatenate([column, gap])
            else:
                for i, name in enumerate(names):
                    out[f"{key} {name}"] = np.concatenate([column[:, i], gap])
        out |= {f"new {name}": np.append(self.new[:, i], np.nan) for i, name in enumerate(names)}
        return out

    def to_frame(self) -> pd.DataFrame:
        """Return the record as a pandas DataFrame, one row a point; `.attrs` hold the settings."""
        import pandas as pd

        frame = pd.DataFrame(self.columns())
        initial = {key: value.tolist() for key, value in self.initial.items()}
        frame.attrs = {"about": self.about, "ended": self.ended, "names": list(self.names)}
        frame.attrs |= {"initial": initial} if initial else {}
        return frame

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Trajectory:
        """Read the trajectory that `to_frame` wrote."""
        columns = {key: frame[key].to_numpy() for key in frame.columns}
        names = [key.removeprefix("new ") for key in columns if key.startswith("new ")]
        if missing := [key for key in ("step", "lr", "loss", *names) if key not in columns]:
            raise ValueError(f"not the table of a trajectory: no column {missing[0]!r}")
        if not names:
            raise ValueError('not the table of a trajectory: no column "new x" beside "x"')
        known = {"step", "lr", "loss", "sample_loss", *names, *(f"new {name}" for name in names)}
        rows: dict[str, np.ndarray] = {}
        for key in [key for key in columns if key not in known]:
            word, _, name = key.partition(" ")
            if not name:
                rows[word] = columns[key][:-1]
            elif name == names[0]:
                wide = [columns[f"{word} {each}"] for each in names]
                rows[word] = np.stack(wide, axis=1)[:-1]
        sample_loss = columns.get("sample_loss")
        return cls(
            names=tuple(frame.attrs.get("names", names)),
            step=columns["step"].astype(int),
            path=np.stack([columns[name] for name in names], axis=1),
            losses=columns["loss"],
            lr=columns["lr"][:-1],
            grad=rows.pop("grad", None),
            state=rows,
            initial={key: np.array(each) for key, each in frame.attrs.get("initial", {}).items()},
            sample_loss=None if sample_loss is None else sample_loss[:-1],
            about=dict(frame.attrs.get("about", {})),
            ended=modernize_end(frame.attrs.get("ended", "")),
        )

    def to_csv(self, file: str | Path | None = None) -> str | None:
        """Write the record as CSV, or return it as text; the last column holds the settings."""
        frame = self.to_frame()
        frame["about"] = ""
        frame.loc[0, "about"] = json.dumps(frame.attrs, sort_keys=True)
        return frame.to_csv(file, index=False)

    @classmethod
    def from_csv(cls, file: str | Path) -> Trajectory:
        """Read the trajectory that `to_csv` wrote, number for number."""
        import pandas as pd

        # Python reads a number back to the last bit, whatever pandas' own reader does.
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        words = table.pop("about").iloc[0] if "about" in table else ""
        frame = pd.DataFrame({key: [float(each or "nan") for each in table[key]] for key in table})
        frame.attrs = json.loads(words or "{}")
        return cls.from_frame(frame)

    def to_npz(self, file: str | Path) -> Path:
        """Write the record as an npz file, without pickle, and return its path."""
        words = {"names": self.names, "about": self.about, "ended": np.asarray(self.ended).tolist()}
        arrays = {"step": self.step, "path": self.path, "losses": self.losses, "lr": self.lr}
        arrays |= {"grad": self.grad} if self.grad is not None else {}
        arrays |= {"sample_loss": self.sample_loss} if self.sample_loss is not None else {}
        arrays |= {f"state_{key}": column for key, column in self.state.items()}
        arrays |= {f"initial_{key}": value for key, value in self.initial.items()}
        arrays |= {f"buffer_{key}": column for key, column in (self.buffers or {}).items()}
        path = Path(file)
        path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
        return write_record(path, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Trajectory:
        """Read the trajectory that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: run.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND, unchecked=True)
        state, initial, buffers = (
            {key[len(word) :]: arrays.pop(key) for key in list(arrays) if key.startswith(word)}
            for word in ("state_", "initial_", "buffer_")
        )
        known: dict[str, Any] = {"state": state, "initial": initial, **arrays}
        known["buffers"] = buffers or None
        names, ended = tuple(words["names"]), modernize_end(words["ended"])
        return cls(names, about=words["about"], ended=ended, **known)

    def _repr_html_(self) -> str:
        """Return the record's first and last rows as an HTML table, for notebooks."""
        from html import escape

        if self.path.ndim != 2 or self.path.shape[1] > 8:
            shape = " x ".join(map(str, self.path.shape))
            return f"<p><b>{escape(self.label)}</b>: path of {shape}</p>"
        ended = f": {self.ended}" if self.ended else ""
        return f"<p><b>{escape(self.label)}</b>{escape(ended)}</p>" + self.to_frame().to_html(
            max_rows=10, index=False, float_format=lambda value: f"{value:.6g}", na_rep=""
        )


def modernize_end(ended: Any) -> Any:
    """Return how a run ended in today's words; several runs' as an array."""
    if isinstance(ended, str):
        return FINISHED if ended.startswith("ran ") else ended
    return np.array([modernize_end(each) for each in np.ravel(ended)]).reshape(np.shape(ended))

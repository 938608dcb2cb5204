"""The record of a run: every number of every step, and its way in and out of files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What one run did: the points it visited and, for each step between them, how.

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
    """What was run, as JSON can hold it: label, rule, problem, steps, seed, ..."""
    ended: Any = ""
    """How it ended, in words; an array of words for many runs."""

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
        """What each row added to the params."""
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

    @property
    def label(self) -> str:
        """What a legend calls this run."""
        return str(self.about.get("label") or self.about.get("rule") or "run")

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.step) - 1

    def before(self, row: int) -> dict[str, np.ndarray]:
        """The state before a row's step: what the row above left, or what the run began with."""
        return {key: column[row - 1] for key, column in self.state.items()} if row else self.initial

    # -- rows, tables, files ---------------------------------------------------------------

    def columns(self) -> dict[str, np.ndarray]:
        """The record as named columns, one value a point; NaN where the last point has no step.

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
        """The record as a pandas DataFrame, one row a point; `.attrs` say what was run."""
        import pandas as pd

        frame = pd.DataFrame(self.columns())
        initial = {key: value.tolist() for key, value in self.initial.items()}
        frame.attrs = {"about": self.about, "ended": self.ended, "names": list(self.names)}
        frame.attrs |= {"initial": initial} if initial else {}
        return frame

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Trajectory:
        """The trajectory that `to_frame` wrote down."""
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
            ended=frame.attrs.get("ended", ""),
        )

    def to_csv(self, file: str | Path | None = None) -> str | None:
        """Write the record as CSV, or return it as text; the last column says what was run."""
        frame = self.to_frame()
        frame["about"] = ""
        frame.loc[0, "about"] = json.dumps(frame.attrs, sort_keys=True)
        return frame.to_csv(file, index=False)

    @classmethod
    def from_csv(cls, file: str | Path) -> Trajectory:
        """The trajectory that `to_csv` wrote, number for number."""
        import pandas as pd

        # Python reads a number back to the last bit, whatever pandas' own reader does.
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        words = table.pop("about").iloc[0] if "about" in table else ""
        frame = pd.DataFrame({key: [float(each or "nan") for each in table[key]] for key in table})
        frame.attrs = json.loads(words or "{}")
        return cls.from_frame(frame)

    def to_npz(self, file: str | Path) -> None:
        """Write the record as a compressed npz file without pickled objects."""
        words = {"names": self.names, "about": self.about, "ended": np.asarray(self.ended).tolist()}
        arrays = {"step": self.step, "path": self.path, "losses": self.losses, "lr": self.lr}
        arrays |= {"grad": self.grad} if self.grad is not None else {}
        arrays |= {"sample_loss": self.sample_loss} if self.sample_loss is not None else {}
        arrays |= {f"state_{key}": column for key, column in self.state.items()}
        arrays |= {f"initial_{key}": value for key, value in self.initial.items()}
        np.savez_compressed(file, words=np.array(json.dumps(words)), **arrays)  # type: ignore[arg-type]

    @classmethod
    def from_npz(cls, file: str | Path) -> Trajectory:
        """The trajectory that `to_npz` wrote, bit for bit."""
        with np.load(file, allow_pickle=False) as data:
            arrays = {key: data[key] for key in data.files}
        words = json.loads(str(arrays.pop("words")))
        state, initial = (
            {key[len(word) :]: arrays.pop(key) for key in list(arrays) if key.startswith(word)}
            for word in ("state_", "initial_")
        )
        ended = words["ended"] if isinstance(words["ended"], str) else np.array(words["ended"])
        known: dict[str, Any] = {"about": words["about"], "ended": ended}
        return cls(names=tuple(words["names"]), state=state, initial=initial, **known, **arrays)

    def _repr_html_(self) -> str:
        """The record's ends as an HTML table, for notebooks."""
        from html import escape

        if self.path.ndim != 2 or self.path.shape[1] > 8:
            shape = " x ".join(map(str, self.path.shape))
            return f"<p><b>{escape(self.label)}</b>: path of {shape}</p>"
        ended = f": {self.ended}" if self.ended else ""
        return f"<p><b>{escape(self.label)}</b>{escape(ended)}</p>" + self.to_frame().to_html(
            max_rows=10, index=False, float_format=lambda value: f"{value:.6g}", na_rep=""
        )

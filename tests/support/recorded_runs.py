"""Recordings of made paths, and a slice of them, as files."""

from pathlib import Path

import numpy as np

from optviz import Plane, Recording, slice_loss, surface

BLOCKS = (("hidden.weight", (4, 3)), ("hidden.bias", (4,)))


def make_run(label: str = "SGD", seed: int = 0, points: int = 9, **more: object) -> Recording:
    """Return a recording of a path that bends."""
    rng = np.random.default_rng(seed)
    values = 1 + np.cumsum(rng.normal(size=(points, 16)), axis=0).astype(np.float32)
    logs = {"loss": np.linspace(2, 0.1, points), "accuracy": np.linspace(0.1, 0.9, points)}
    about = {"label": label, "kind": label.lower(), "frozen": ""}
    step = 5 * np.arange(points)
    given = {"blocks": BLOCKS, "logs": logs, "about": about} | more
    return Recording(step=step, values=values, **given)  # type: ignore[arg-type]


def write_slice(file: Path) -> Path:
    """Write a slice of a surface with a path on it."""
    path = np.linspace([-1.0, 1.0], [1.0, 1.0], 5)
    plane = Plane.through([1.0, 1.0], [0.0, 1.0], [1.0, 0.0])
    return slice_loss(surface("rosenbrock"), plane, path, size=9).to_npz(file)

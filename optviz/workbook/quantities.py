"""The numbers of a filled tab by name: those of its rows, and those above and below them."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.runs.trajectory import Trajectory
from optviz.workbook.variant_rules import compute_d, compute_loss_change

SMALL = 0.01
"""The step in b or a of the gradient estimates on the tab `basic`."""


def compute_columns(rows: Trajectory, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Compute each quantity of the rows, (rows,): fewer rows than samples where it diverges."""
    x, y = x[: len(rows)], y[: len(rows)]
    b, a = rows.params.T
    with np.errstate(all="ignore"):
        pred = a * x + b
        err2 = (pred - y) ** 2
        errb1 = (a * x + (b + SMALL) - y) ** 2
        erra1 = ((a + SMALL) * x + b - y) ** 2
        out = {"x": x, "y": y, "b": b, "a": a, "pred": pred, "err2": err2}
        out |= {"errb1": errb1, "est_b": (errb1 - err2) / SMALL}
        out |= {"erra1": erra1, "est_a": (erra1 - err2) / SMALL}
    for name, values in ({"grad": rows.grad, "new": rows.new} | rows.state).items():
        if values is not None and values.ndim == 2:
            out |= {f"{name}_b": values[:, 0], f"{name}_a": values[:, 1]}
    return out


def compute_singles(
    given: dict[str, Any], columns: dict[str, np.ndarray], samples: int
) -> dict[str, Any]:
    """Compute the quantities around the rows from given ones and from the columns.

    The sums over all rows are nan where the run ended before its last row.
    """
    known = {key: np.float64(value) for key, value in given.items()}
    with np.errstate(all="ignore"):
        sums = {"root_sum": np.sum(columns["err2"]) ** 0.5}
        for each in "ba":
            sums[f"norm_{each}"] = norm = np.sum(columns[f"grad_{each}"] ** 2) ** 0.5
            sums[f"mean_norm_{each}"] = norm / samples
        known |= sums if len(columns["x"]) == samples else dict.fromkeys(sums, np.nan)
        return known | compute_ratios(known)


def compute_ratios(known: dict[str, Any]) -> dict[str, Any]:
    """Compute the cells whose formulas refer to other single cells."""
    out = {}
    if "scale_b" in known:
        out = {f"rate_{each}": known["lr"] / known[f"scale_{each}"] for each in "ba"}
        out["rate_sum"] = sum(known[f"mean_norm_{each}"] * out[f"rate_{each}"] for each in "ba")
    if "best" in known:
        size = known["sqr_avg_b"] ** 0.5 + known["sqr_avg_a"] ** 0.5
        out = {"root_sqr": size, "root_ratio": size / known["best"]}
        out |= {"inverse_grad_avg_a": 1 / known["grad_avg_a"]}
        out |= {"inverse_sqr_avg_b": 1 / known["sqr_avg_b"]}
    if "f1" in known:
        last, before = known["f1"], known["f2"]
        out = {"r": compute_loss_change(last, before)}
        out["new_d"] = compute_d(known["d"], last, before, known["beta3"])
    return out

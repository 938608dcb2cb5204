"""The numbers of a filled tab by name: those of its rows, and those above and below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.workbook.variant_rules import loss_change, next_d

if TYPE_CHECKING:
    from optviz.workbook.sheet import Sheet

SMALL = 0.01
"""What b or a is moved by to estimate a gradient, on the tab `basic`."""


def wide_quantities(sheet: Sheet) -> dict[str, np.ndarray]:
    """Each quantity of the rows by its name, (rows,): fewer rows than samples where it diverges."""
    rows = sheet.rows()
    x, y = sheet.x[: len(rows)], sheet.y[: len(rows)]
    b, a = rows.params.T
    with np.errstate(all="ignore"):
        pred = a * x + b
        err2, errb1, erra1 = (
            (pred - y) ** 2,
            (a * x + (b + SMALL) - y) ** 2,
            ((a + SMALL) * x + b - y) ** 2,
        )
        out = {"x": x, "y": y, "b": b, "a": a, "pred": pred, "err2": err2}
        out |= {"errb1": errb1, "est_b": (errb1 - err2) / SMALL}
        out |= {"erra1": erra1, "est_a": (erra1 - err2) / SMALL}
    wide = {"grad": rows.grad, "new": rows.new} | rows.state
    for name, values in wide.items():
        if values is not None and values.ndim == 2:
            out |= {f"{name}_b": values[:, 0], f"{name}_a": values[:, 1]}
    return out


def single_quantities(sheet: Sheet) -> dict[str, float]:
    """Each quantity above and below the rows by its name; nan where it cannot be computed."""
    rule, out = sheet.rule, {"b": sheet.b, "a": sheet.a, "lr": sheet.rule.lr, **sheet.memory}
    for name in ("beta1", "beta2"):
        if hasattr(rule, name):
            out |= {name: getattr(rule, name), f"rest_{name}": 1 - getattr(rule, name)}
    for name, value in sheet.state._asdict().items():
        if np.ndim(value):
            out |= {f"{name}_b": value[0], f"{name}_a": value[1]}
        else:
            out[name] = value
    with np.errstate(all="ignore"):
        out |= sums(sheet)
        out |= ratios({key: np.float64(value) for key, value in out.items()})
    wanted = {cell.quantity for cell in sheet.tab.around}
    return {key: float(value) for key, value in out.items() if key in wanted}


def sums(sheet: Sheet) -> dict[str, float]:
    """The sums over all rows; nan where the run ended before its last row."""
    columns, count = sheet.columns(), len(sheet.x)
    whole = len(columns["x"]) == count
    out = {"root_sum": np.sum(columns["err2"]) ** 0.5}
    for each in "ba":
        out[f"norm_{each}"] = norm = np.sum(columns[f"grad_{each}"] ** 2) ** 0.5
        out[f"mean_norm_{each}"] = norm / count
    return {key: float(value) if whole else np.nan for key, value in out.items()}


def ratios(given: dict[str, Any]) -> dict[str, Any]:
    """What the sheet computes of other single cells."""
    out = {}
    if "scale_b" in given:
        out = {f"rate_{each}": given["lr"] / given[f"scale_{each}"] for each in "ba"}
        out["rate_sum"] = sum(given[f"mean_norm_{each}"] * out[f"rate_{each}"] for each in "ba")
    if "best" in given:
        size = given["sqr_avg_b"] ** 0.5 + given["sqr_avg_a"] ** 0.5
        out = {"root_sqr": size, "root_ratio": size / given["best"]}
        out |= {"inverse_grad_avg_a": 1 / given["grad_avg_a"]}
        out |= {"inverse_sqr_avg_b": 1 / given["sqr_avg_b"]}
    if "f1" in given:
        last, before = given["f1"], given["f2"]
        out = {"r": loss_change(last, before)}
        out["new_d"] = next_d(given["d"], last, before, given["beta3"])
    return out

"""A map (x, y) -> (u, v) near a point: its Jacobian as a picture, and the chain rule after it.

A second map, or a loss, may follow. Its texts are written in u and v.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from optviz.javascript import emit_surface
from optviz.lessons.pictures.picture import (
    Picture,
    Table,
    check_keys,
    collect_modules,
    name_module,
    read_number,
    read_point,
    read_window,
)
from optviz.problems.surfaces import Surface, surface

KEYS = ("u", "v", "then", "loss", "point", "window", "radius")
DEFAULT = {"u": "x^2 - y^2", "v": "2*x*y"}
FINE = 41
"""Points a side of the grid from which the frame of an image is found."""


def read_table(table: Table) -> dict[str, Any]:
    """Return the formulas, the point and the window of the picture, checked."""
    check_keys("jacobian", table, KEYS)
    texts = {key: _read_text(key, table.get(key, DEFAULT[key])) for key in ("u", "v")}
    then, loss = table.get("then"), table.get("loss")
    if then is not None and loss is not None:
        raise ValueError("a second map or a loss can follow the first map: give then or loss")
    if then is not None:
        if not isinstance(then, list) or len(then) != 2:
            raise ValueError(
                f'then must be two formulas such as ["u + v", "u*v"], got {then!r:.60}'
            )
        texts |= {key: _read_text("then", text) for key, text in zip("pq", then, strict=True)}
    if loss is not None:
        texts["loss"] = _read_text("loss", loss)
    return {
        "texts": texts,
        "point": read_point(table, "point", (0.8, 0.5)),
        "window": read_window(table, "window", (-1.5, 1.5, -1.5, 1.5)),
        "radius": read_number(table, "radius", 0.3, 0.01, 10),
    }


def _read_text(key: str, text: Any) -> str:
    """Return the text of a formula; refuse one in the wrong variables."""
    if not isinstance(text, str):
        raise ValueError(f'{key} must be a formula such as "x*y", got {text!r:.60}')
    wrong, right = ("x", "y"), ("u", "v")
    if key in right:
        wrong, right = right, wrong
    for each in wrong:
        if re.search(rf"\b{each}\b", text):
            raise ValueError(f'{key} is a formula of {right[0]} and {right[1]}, got "{text[:60]}"')
    return text


def build_formulas(texts: dict[str, str]) -> dict[str, Surface]:
    """Return each formula as a surface of its two variables; those of u and v are named x and y."""
    plain = {
        key: text if key in ("u", "v") else re.sub(r"\bv\b", "y", re.sub(r"\bu\b", "x", text))
        for key, text in texts.items()
    }
    found = {key: surface(text) for key, text in plain.items()}
    for key, each in found.items():
        if letters := list(each.formula.parameters):
            raise ValueError(f'{key} has the unknown letter {letters[0]}: "{texts[key][:60]}"')
    return found


def describe(table: Table) -> dict[str, Any]:
    """Return the picture as data for the browser, the frames of the images among it."""
    numbers = read_table(table)
    formulas = build_formulas(numbers["texts"])
    x, y = (np.linspace(low, high, FINE) for low, high in numbers["window"])
    columns = evaluate_pair(formulas, "uv", *np.meshgrid(x, y))
    frames = {"image": find_frame(*columns)}
    if "p" in formulas:
        frames["last"] = find_frame(*evaluate_pair(formulas, "pq", *columns))
    keys = {key: name_module(emit_surface(each)) for key, each in formulas.items()}
    return {**numbers, "modules": keys, "frames": frames}


def evaluate_pair(formulas: dict[str, Surface], pair: str, x: Any, y: Any) -> list[np.ndarray]:
    """Return the two values of a map on a grid."""
    with np.errstate(all="ignore"):
        return [np.asarray(formulas[key].formula.value(x, y), dtype=float) for key in pair]


def find_frame(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """Return the window around all finite points, with a margin.

    Raises: ValueError: the map has no finite value in the window
    """
    ends = []
    for column in (x, y):
        finite = column[np.isfinite(column)]
        if not finite.size:
            raise ValueError("the map has no finite value in the window")
        low, high = float(finite.min()), float(finite.max())
        room = 0.06 * (high - low) or 1.0
        ends.append([low - room, high + room])
    return ends


def find_jacobian(formulas: dict[str, Surface], pair: str, point: Any) -> np.ndarray:
    """Return the matrix of first derivatives of a map at a point, a row for each output."""
    x, y = map(float, point)
    return np.array([formulas[key].formula.grad(x, y) for key in pair], dtype=float)


def measure(table: Table) -> dict[str, float]:
    """Return the numbers beside the picture, by name.

    ux uy vx vy   the Jacobian's elements, the change of u by x first
    det area      its determinant, and the determinant's size: how much areas grow
    stretch squeeze   its singular values, the larger first
    gu gv gx gy   with a loss: its gradient in u, v and, pulled back, in x, y
    px py qx qy   with a second map: the Jacobian of both maps together
    area 2, area both   how much the second map alone, and both, make areas grow
    """
    numbers = read_table(table)
    formulas, point = build_formulas(numbers["texts"]), numbers["point"]
    first = find_jacobian(formulas, "uv", point)
    image = [float(formulas[key].formula.value(*point)) for key in "uv"]
    out: dict[str, float] = {}
    out |= zip(("ux", "uy", "vx", "vy"), first.ravel().tolist(), strict=True)
    out["det"] = float(np.linalg.det(first))
    out["area"] = abs(out["det"])
    out["stretch"], out["squeeze"] = map(float, np.linalg.svd(first, compute_uv=False))
    if "loss" in formulas:
        grad = np.array(formulas["loss"].formula.grad(*image), dtype=float)
        back = first.T @ grad
        names = ("gu", "gv", "gx", "gy")
        out |= zip(names, [*grad.tolist(), *back.tolist()], strict=True)
    if "p" in formulas:
        second = find_jacobian(formulas, "pq", image)
        both = second @ first
        out |= zip(("px", "py", "qx", "qy"), both.ravel().tolist(), strict=True)
        out["area 2"] = abs(float(np.linalg.det(second)))
        out["area both"] = abs(float(np.linalg.det(both)))
    return out


def make_modules(table: Table) -> dict[str, str]:
    """Return the modules of the formulas."""
    formulas = build_formulas(read_table(table)["texts"])
    return collect_modules(map(emit_surface, formulas.values()))


JACOBIAN = Picture(describe, measure, make_modules)

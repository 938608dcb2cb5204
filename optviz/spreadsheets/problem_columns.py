"""Loss, gradient and noise as columns of formulas.

A formula of x and y is written from the terms of its forward-mode derivatives; a term that is used
again, or lies deep, gets a column of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from optviz.formulas.cells import REPEATING, name_cells, write_cell
from optviz.formulas.compiled import Code
from optviz.formulas.parsing import Node
from optviz.formulas.terms import Term, find_needed_terms
from optviz.problems.base import Noisy
from optviz.problems.line import Line
from optviz.problems.surfaces import Surface
from optviz.spreadsheets.column import Column, Run

DEEP = 6
"""Nested operations in one cell; deeper terms get columns of their own."""


def make_problem_columns(run: Run) -> Iterable[Column]:
    """Make the columns of the loss and of the gradient without noise, with their helper columns.

    Raises: ValueError: a run on ratings cannot be written in cells: ...
    """
    if isinstance(run.bare, Surface):
        return _make_surface_columns(run)
    if isinstance(run.bare, Line):
        return _make_line_columns(run)
    why = "that needs a formula of x and y, or the line"
    raise ValueError(f"a run on {run.bare.name} cannot be written in cells: {why}")


def _make_surface_columns(run: Run) -> Iterator[Column]:
    formula, path = run.bare.formula, run.trajectory.path
    jet = formula.program.jet
    own = name_cells(formula.program.parameters, "formula_")
    names: dict[Any, str] = {f"p{k}": name for k, name in enumerate(own.values())}
    names |= {"x": "{x}", "y": "{y}"}
    order = find_needed_terms([jet.value, *jet.first])
    x, y = path.T
    computed = Code(order, len(own)).compute_grid(x, y, formula.values)
    values = dict(zip(order, computed, strict=True))
    for number, term in enumerate(_choose_helpers(order), 1):
        key, text = f"part {number}", write_cell(term, names)
        note = "a part of the formula or of its derivatives"
        yield Column(key, note, text, values[term], is_helper=True)
        names[id(term)] = f"{{{key}}}"
    text, note = write_cell(jet.value, names), "the loss before the step"
    yield Column("loss", note, text, values[jet.value])
    gaps = np.where(np.isfinite(values[jet.value]), 0.0, np.nan)
    for name, term in zip(("x", "y"), jet.first, strict=True):
        text = guard_slope(formula.program.nodes, write_cell(term, names), "{loss}")
        yield _make_slope(run, name, text, (values[term] + gaps)[:-1])


GAPS = {"log", "log2", "log10", "sqrt", "asin", "acos", "acosh", "atanh"}
"""The functions that have no value somewhere."""


def guard_slope(nodes: Sequence[Node], text: str, loss: str) -> str:
    """Return the text of a derivative that is an error where the cell of the loss is one."""
    for node in nodes:
        last = nodes[node.args[-1]].number if node.args else None
        is_partial = last is None or last < 0 or last % 1 != 0
        if (
            node.op in GAPS
            or (node.op == "^" and is_partial)
            or (node.op in ("/", "mod") and last is None)
        ):
            return f"({text}+(0*{loss}))"
    return text


def _choose_helpers(order: list[Term]) -> list[Term]:
    """Choose the terms that get columns of their own, in the order of evaluation."""
    uses: dict[Term, int] = dict.fromkeys(order, 0)
    for term in order:
        for each in term.args if term.op != "input" else ():
            uses[each] += 2 if term.op in REPEATING else 1
    own, depth = [], dict.fromkeys(order, 0)
    for term in order:
        if term.op == "input" or term.number is not None:
            continue
        depth[term] = 1 + max(depth[each] for each in term.args)
        if uses[term] > 1 or depth[term] > DEEP:
            own.append(term)
            depth[term] = 0
    return own


def _make_slope(run: Run, name: str, text: str, values: np.ndarray) -> Column:
    """Make the column of a derivative: the gradient itself, unless noise is added to it."""
    if isinstance(run.problem, Noisy):
        note = f"the derivative of the loss in {name}, before noise"
        return Column(f"slope {name}", note, text, values)
    return Column(f"grad {name}", f"the gradient in {name}", text, values)


def make_noise_columns(run: Run) -> Iterator[Column]:
    """Make the columns of the noise, as numbers, and of the gradient with noise."""
    if not isinstance(run.problem, Noisy):
        return
    trajectory, about, names = run.trajectory, run.trajectory.about, run.problem.names
    rows = int(trajectory.step[0]), int(trajectory.step[-1])
    noise = list(islice(run.problem.samples(about["steps"], about["seed"]), *rows))
    columns = np.reshape(noise, (-1, len(names))).T
    for name, values in zip(names, columns, strict=True):
        note = f"the noise on the gradient in {name}: numbers, not formulas"
        yield Column(f"noise {name}", note, "", values)
    first, second = names
    text = f"(({{loss}}+({{noise {first}}}*{{{first}}}))+({{noise {second}}}*{{{second}}}))"
    note = "the loss whose gradient this row takes"
    yield Column("sample_loss", note, text, trajectory.sample_loss)  # type: ignore[arg-type]
    for name, values in zip(names, trajectory.grad.T, strict=True):  # type: ignore[union-attr]
        text = f"({{slope {name}}}+{{noise {name}}})"
        yield Column(f"grad {name}", f"the gradient in {name}", text, values)


def _make_line_columns(run: Run) -> Iterator[Column]:
    """Make the line's loss and gradient; the cells `sample_x` and `sample_y` are its samples."""
    line, (b, a) = run.bare, run.trajectory.path.T
    errors = np.outer(line.x, a) + b - line.y[:, None]
    text = "(SUMPRODUCT(((({a}*sample_x)+{b})-sample_y)^2)/ROWS(sample_x))"
    note = "the mean squared error of all samples before the step"
    loss = Column("loss", note, text, np.mean(errors**2, axis=0))
    if isinstance(run.problem, Noisy):
        yield loss
        for name, weight in (("b", "1"), ("a", "sample_x")):
            weighted = np.mean((1.0 if name == "b" else line.x[:, None]) * errors, axis=0)
            text = f"(2*SUMPRODUCT({weight}*((({{a}}*sample_x)+{{b}})-sample_y))/ROWS(sample_x))"
            yield _make_slope(run, name, text, 2 * weighted[:-1])
        return
    steps = run.trajectory.step[:-1]
    place = steps % len(line.x)
    error = errors[place, np.arange(len(steps))]
    text = "(MOD({step},ROWS(sample_x))+1)"
    yield Column("sample", "the number of the sample", text, place + 1, key="place")
    for name, values in (("x", line.x), ("y", line.y)):
        text, note = f"INDEX(sample_{name},{{place}})", f"{name} of the row's sample"
        yield Column(f"sample {name}", note, text, values[place])
    yield Column("error", "predicted minus true y", "((({a}*{sample x})+{b})-{sample y})", error)
    note = "the error squared, whose gradient this row takes"
    yield Column("sample_loss", note, "({error}*{error})", error**2)
    yield loss
    yield _make_slope(run, "b", "(2*{error})", 2 * error)
    yield _make_slope(run, "a", "({sample x}*{grad b})", line.x[place] * 2 * error)

"""Loss, gradient and noise as columns of formulas.

A formula of x and y is written from the terms of its forward-mode derivatives: those that are used
again, or lie deep, have columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from optviz.formulas.cells import cell_names, cell_text
from optviz.formulas.compiled import needed
from optviz.formulas.derivatives import Term
from optviz.formulas.operations import ARRAYS
from optviz.problems.base import Noisy
from optviz.problems.line import Line
from optviz.problems.surfaces import Surface
from optviz.spreadsheets.column import Column, Run

DEEP = 6
"""Operations inside one another that one cell may hold; what is deeper gets columns of its own."""


def problem_columns(run: Run) -> Iterable[Column]:
    """The loss and, without noise, the gradient, from helper columns.

    Raises: ValueError: a run on ratings cannot be written in cells: ...
    """
    if isinstance(run.bare, Surface):
        return _surface_columns(run)
    if isinstance(run.bare, Line):
        return _line_columns(run)
    raise ValueError(
        f"a run on {run.bare.name} cannot be written in cells: "
        "that needs a formula of x and y, or the line"
    )


def _surface_columns(run: Run) -> Iterator[Column]:
    """A formula's terms, those that are used again or deep in columns of their own."""
    formula = run.bare.formula
    inputs = {f"p{k}": value for k, value in enumerate(formula.values)}
    own = cell_names(formula.program.parameters, "formula_")
    names: dict[Any, str] = {f"p{k}": name for k, name in enumerate(own.values())}
    names |= {"x": "{x}", "y": "{y}"}
    jet = formula.program.jet
    outputs = [jet.value, *jet.first]
    order = needed(outputs)
    values = _term_values(
        order, {"x": run.trajectory.path[:, 0], "y": run.trajectory.path[:, 1]} | inputs
    )
    for number, term in enumerate(_own_cells(order), 1):
        key, text = f"part {number}", cell_text(term, names)
        note = "a part of the formula or of its derivatives"
        yield Column(key, key, note, text, values[term], helper=True, at_end=True)
        names[id(term)] = f"{{{key}}}"
    text = cell_text(jet.value, names)
    yield Column("loss", "loss", "the loss before the step", text, values[jet.value], at_end=True)
    for name, term in zip(("x", "y"), jet.first, strict=True):
        yield _slope(run, name, cell_text(term, names), values[term][:-1])


def _term_values(order: list[Term], inputs: Mapping[str, Any]) -> dict[Term, np.ndarray]:
    """What each term gives in each row."""
    values: dict[Term, np.ndarray] = {}
    shape = np.shape(inputs["x"])
    for term in order:
        if term.op == "input":
            value = inputs[term.args[0]]
        elif term.number is not None:
            value = term.number
        else:
            value = ARRAYS[term.op](*(values[each] for each in term.args))
        values[term] = np.broadcast_to(value, shape)
    return values


def _own_cells(order: list[Term]) -> list[Term]:
    """The terms that are written once in a column and then named, in the order of evaluation."""
    uses: dict[Term, int] = dict.fromkeys(order, 0)
    for term in order:
        for each in term.args if term.op != "input" else ():
            uses[each] += 2 if term.op in ("pick", "pow") else 1  # which write some twice
    own, depth = [], dict.fromkeys(order, 0)
    for term in order:
        if term.op == "input" or term.number is not None:
            continue
        depth[term] = 1 + max(depth[each] for each in term.args)
        if uses[term] > 1 or depth[term] > DEEP:
            own.append(term)
            depth[term] = 0
    return own


def _slope(run: Run, name: str, text: str, values: np.ndarray) -> Column:
    """The derivative of the loss: the gradient itself unless noise is added to it."""
    if isinstance(run.problem, Noisy):
        note = f"the derivative of the loss in {name}, before noise"
        return Column(f"slope {name}", f"slope {name}", note, text, values)
    note = f"the gradient in {name}"
    return Column(f"grad {name}", f"grad {name}", note, text, values)


def noise_columns(run: Run) -> Iterator[Column]:
    """The noise of each row as numbers, and the gradient with it."""
    if not isinstance(run.problem, Noisy):
        return
    trajectory, about = run.trajectory, run.trajectory.about
    first, last = int(trajectory.step[0]), int(trajectory.step[-1])
    noise = np.array(list(islice(run.problem.samples(about["steps"], about["seed"]), first, last)))
    noise = noise.reshape(-1, len(run.problem.names))
    for i, name in enumerate(run.problem.names):
        note = f"the noise on the gradient in {name}: numbers, not formulas"
        yield Column(f"noise {name}", f"noise {name}", note, "", noise[:, i])
    first, second = run.problem.names
    text = f"(({{loss}}+({{noise {first}}}*{{{first}}}))+({{noise {second}}}*{{{second}}}))"
    note = "the loss whose gradient this row takes"
    yield Column("sample_loss", "sample_loss", note, text, trajectory.sample_loss)  # type: ignore[arg-type]
    for i, name in enumerate(run.problem.names):
        text, values = f"({{slope {name}}}+{{noise {name}}})", trajectory.grad[:, i]  # type: ignore[index]
        yield Column(f"grad {name}", f"grad {name}", f"the gradient in {name}", text, values)


def _line_columns(run: Run) -> Iterator[Column]:
    """The line's loss over all samples; the gradient of the row's own sample, or of all.

    `sample_x` and `sample_y` name the block of samples.
    """
    b, a = run.trajectory.path.T
    line = run.bare
    errors = np.outer(line.x, a) + b - line.y[:, None]
    text = "(SUMPRODUCT(((({a}*sample_x)+{b})-sample_y)^2)/ROWS(sample_x))"
    note = "the mean squared error of all samples before the step"
    loss = Column("loss", "loss", note, text, np.mean(errors**2, axis=0), at_end=True)
    if isinstance(run.problem, Noisy):
        yield loss
        for name, weight in (("b", "1"), ("a", "sample_x")):
            weighted = np.mean((1.0 if name == "b" else line.x[:, None]) * errors, axis=0)
            text = f"(2*SUMPRODUCT({weight}*((({{a}}*sample_x)+{{b}})-sample_y))/ROWS(sample_x))"
            yield _slope(run, name, text, 2 * weighted[:-1])
        return
    steps = run.trajectory.step[:-1]
    place = steps % len(line.x)
    error = errors[place, np.arange(len(steps))]
    yield Column("place", "sample", "which sample", "(MOD({step},ROWS(sample_x))+1)", place + 1)
    for name, values in (("x", line.x), ("y", line.y)):
        text, note = f"INDEX(sample_{name},{{place}})", f"{name} of the row's sample"
        yield Column(f"sample {name}", f"sample {name}", note, text, values[place])
    text = "((({a}*{sample x})+{b})-{sample y})"
    yield Column("error", "error", "predicted minus true y", text, error)
    note = "the error squared, whose gradient this row takes"
    yield Column("sample_loss", "sample_loss", note, "({error}*{error})", error**2)
    yield loss
    yield _slope(run, "b", "(2*{error})", 2 * error)
    yield _slope(run, "a", "({sample x}*{grad b})", line.x[place] * 2 * error)

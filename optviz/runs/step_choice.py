"""The way to make a rule's steps: on floats, on arrays, or as the rule's own text has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from optviz.formulas.operations import ERRORS
from optviz.rules import Rule
from optviz.runs.array_step import compile_arrays
from optviz.runs.float_step import compile_floats
from optviz.tracing import trace

MOST = 8
"""The most parameters for which floats are faster."""
Step = Callable[[Rule, np.ndarray, np.ndarray, Any], tuple[np.ndarray, Any]]
Move = Callable[[Rule, np.ndarray, np.ndarray, Any], Any]
_compiled: dict[Any, Callable[..., Any]] = {}
"""The code of each kind of rule that was run."""


def choose_step(rule: Rule, params: np.ndarray, state: Any) -> Step:
    """Return the function that makes a rule's steps from these params and this state."""
    kind = find_kind(rule)
    if not is_own(kind):
        return lambda rule, params, grad, state: rule.update(params, grad, state)
    is_small = params.ndim == 1 and params.size <= MOST and params.dtype == float
    key = (*kind, type(state), params.size if is_small else 0)
    if key not in _compiled:
        traced = trace(rule)
        made = compile_floats(traced, params.size) if is_small else compile_arrays(traced)
        _compiled[key] = made
    make = step_on_floats if is_small else step_on_arrays
    return make(_compiled[key], rule, type(state))


def choose_move(rule: Rule, state: Any) -> Move | None:
    """Return the function that moves params in place by a rule's steps; None where there is none.

    What it gives for the state, and writes to the params, are the results of `choose_step`.
    """
    kind = find_kind(rule)
    if not is_own(kind):
        return None
    key = (*kind, type(state), "in place")
    if key not in _compiled:
        _compiled[key] = compile_arrays(trace(rule), in_place=True)
    step = step_on_arrays(_compiled[key], rule, type(state))

    def move(rule: Rule, params: np.ndarray, grad: np.ndarray, state: Any) -> Any:
        new, after = step(rule, params, grad, state)
        if new is not params:
            params[...] = new
        return after

    return move


def step_on_floats(code: Callable[..., Any], rule: Rule, make: Any) -> Step:
    """Return a function that makes steps by code for floats."""
    read_numbers = follow_numbers(rule)

    def step(rule: Rule, params: np.ndarray, grad: np.ndarray, state: Any) -> Any:
        numbers = read_numbers(rule)
        before = [each.tolist() if isinstance(each, np.ndarray) else each for each in state]
        try:
            new, after = code(params.tolist(), grad.tolist(), before, *numbers)
        except ERRORS:  # where numpy has inf or nan
            arrays = [np.array(each) if isinstance(each, tuple) else each for each in state]
            return rule.update(params, grad, make(*arrays))
        return np.array(new), make(*after)

    return step


def step_on_arrays(code: Callable[..., Any], rule: Rule, make: Any) -> Step:
    """Return a function that makes steps by code for arrays."""
    read_numbers = follow_numbers(rule)

    def step(rule: Rule, params: np.ndarray, grad: np.ndarray, state: Any) -> Any:
        numbers = read_numbers(rule)
        # What is wider than params would be rounded to the array that it is written to.
        for each in (grad, *state, *numbers):
            if getattr(each, "dtype", params.dtype) != params.dtype:
                return rule.update(params, grad, state)
        new, after = code(params, grad, state, *numbers)
        return new, make(*after)

    return step


def is_own(kind: tuple[Any, ...]) -> bool:
    """Check that a rule is optviz's own, whose text is arithmetic that can be compiled."""
    return all(each.__module__ == Rule.__module__ for each in kind if isinstance(each, type))


def find_kind(rule: Rule) -> tuple[Any, ...]:
    """Return the classes and the switches of a rule, which decide what its text computes."""
    found: list[Any] = [type(rule)]
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            found += find_kind(value)
        elif isinstance(value, (bool, np.bool_)):
            found.append(bool(value))
    return tuple(found)


def follow_numbers(rule: Rule) -> Callable[[Rule], list[float]]:
    """Return `list_numbers`, which looks anew only at another rule than at the step before."""
    known = rule, list_numbers(rule)

    def read_numbers(rule: Rule) -> list[float]:
        nonlocal known
        if rule is not known[0]:
            known = rule, list_numbers(rule)
        return known[1]

    return read_numbers


def list_numbers(rule: Rule) -> list[float]:
    """Return the hyperparameters of a rule, in the order in which a trace names them."""
    found: list[float] = []
    for spec in fields(rule):  # type: ignore[arg-type]
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            found += list_numbers(value)
        elif not isinstance(value, (bool, np.bool_)):
            found.append(value)
    return found

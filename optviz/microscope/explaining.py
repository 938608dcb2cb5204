"""From a recorded step to its explanation: which row, which rule, and every quantity in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optviz.microscope.algebra import simplify
from optviz.microscope.lens import Lens, check
from optviz.microscope.record import Explanation
from optviz.microscope.terms import summands_of, terms_of
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.specs import known, parse_rule
from optviz.tracing import trace

MOST = 8
"""Parameters that are explained at once, unless some are chosen."""


def explain(
    trajectory: Trajectory, step: int, *, rule: Rule | None = None, params: Any = None
) -> Explanation:
    """How a recorded run made its step from `step` to `step + 1`, quantity by quantity.

    The rule is the one that the record names; `rule` gives one that the record cannot name.
    `params` chooses parameters, by name or index. Every value is computed by the rule's own text
    from the recorded params, gradient, learning rate and state, and must come to what is recorded.

    Raises: ValueError: step 700, but this run made steps 0 to 499
    """
    row = row_of(trajectory, step)
    chosen = chosen_of(trajectory, params)
    given = rule_of(trajectory) if rule is None else rule
    if not isinstance(given, Rule):
        raise ValueError(f"rule must be a rule such as Adam(), got {rule!r}")
    lens = Lens(trajectory, row, chosen, simplify(trace(given)))
    check(lens)
    if not lens.reading.change(lens.trace.new):
        raise ValueError(f"{type(given).__name__} never moves the params: there is no step")
    names = names_of(trajectory)
    return Explanation(
        label=trajectory.label,
        step=int(trajectory.step[row]),
        names=tuple(names[each] for each in chosen),
        terms=tuple(terms_of(lens)),
        summands=tuple(summands_of(lens)),
        change=trajectory.update[row][chosen],
    )


# -- what is looked at ---------------------------------------------------------------------


def row_of(trajectory: Trajectory, step: int) -> int:
    """The row of a step.

    Raises: ValueError: step 700, but this run made steps 0 to 499
    """
    if not isinstance(trajectory, Trajectory):
        raise ValueError(
            f"explain takes one run, as run() gives it, got {type(trajectory).__name__}"
        )
    if isinstance(step, bool) or not isinstance(step, (int, float, np.integer)):
        raise ValueError(f"step must be a whole number, got {step!r}")
    if trajectory.path.ndim != 2:
        runs = " x ".join(map(str, trajectory.path.shape[2:]))
        raise ValueError(f"this record holds {runs} runs: make the one to explain alone")
    if trajectory.grad is None:
        raise ValueError('to explain a step needs every step of the run: make it with keep="path"')
    if not len(trajectory):
        raise ValueError(f"this run made no step: {trajectory.ended}")
    found = np.flatnonzero(trajectory.step[:-1] == step)
    if not found.size:
        first, last = trajectory.step[0], trajectory.step[-2]
        raise ValueError(
            f"step {step}, but this run made steps {first} to {last} ({trajectory.ended})"
        )
    return int(found[0])


def names_of(trajectory: Trajectory) -> Sequence[str]:
    """A name for each parameter."""
    return trajectory.names or [f"p{place}" for place in range(trajectory.path.shape[1])]


def chosen_of(trajectory: Trajectory, params: Any) -> list[int]:
    """The places of the parameters to explain.

    Raises: ValueError: this run has 133,875 parameters: choose some of them, as params=[0, 1]
    """
    names, count = names_of(trajectory), trajectory.path.shape[1]
    if params is None:
        if count > MOST:
            raise ValueError(
                f"this run has {count:,} parameters: choose some of them, as params=[0, 1]"
            )
        return list(range(count))
    asked = list(params) if np.iterable(params) and not isinstance(params, str) else [params]
    if not asked:
        raise ValueError(f"choose at least one parameter, got {params!r}")
    return [place_of(each, names, count) for each in asked]


def place_of(asked: Any, names: Sequence[str], count: int) -> int:
    """The place of a parameter, by its name or index.

    Raises: ValueError: no parameter "z"; choose from x, y
    """
    if isinstance(asked, str):
        return list(names).index(known("parameter", asked, names))
    whole = isinstance(asked, (int, np.integer)) and not isinstance(asked, bool)
    if not whole or not 0 <= asked < count:
        raise ValueError(f"params must be names or indexes from 0 to {count - 1}, got {asked!r}")
    return int(asked)


def rule_of(trajectory: Trajectory) -> Rule:
    """The rule that a record names; its schedule is in the record's own lr.

    Raises: ValueError: the record's rule is not known (no rule "sign"; ...): give it as rule=
    """
    try:
        return parse_rule(str(trajectory.about.get("rule", "")))
    except ValueError as error:
        raise ValueError(f"the record's rule is not known ({error}): give it as rule=") from None

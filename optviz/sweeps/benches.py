"""A bench for rules: each is fed the same gradients, and its steps are held to theory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.rules import RULES, Rule
from optviz.specs import OptimizerSpec, Racer, check_name, format_label, format_spec, to_spec
from optviz.sweeps.gradients import (
    GRADIENTS,
    GradientSettings,
    check_fed,
    check_settings,
    feed,
    make_gradients,
)
from optviz.sweeps.steady_steps import explain_gap, find_steady


@dataclass(frozen=True, eq=False)
class GradientBench:
    """The steps that rules make of the same gradients, and what theory says of them.

    Shapes: series (gradients, steps); steps and theory (rules, gradients, steps).
    """

    labels: tuple[str, ...]
    rules: tuple[str, ...]
    """The rules as links write them."""
    kinds: tuple[str, ...]
    gradients: tuple[str, ...]
    settings: GradientSettings
    series: np.ndarray
    """The gradient of each step."""
    steps: np.ndarray
    """The step made of it: what a rule adds to params that stand at 0."""
    theory: np.ndarray
    """The size of a steady step; nan where no formula is known, or a sparse gradient is 0."""
    gaps: dict[tuple[str, str], str]
    """Why there is no theory, in words, by a rule's label and the gradient."""

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each gradient and rule: the last step that theory knows, and theory.

        "over theory" is their ratio: 1 once the averages have settled.
        """
        out = []
        for column, gradient in enumerate(self.gradients):
            for row, label in enumerate(self.labels):
                place = self._find_last(row, column)
                size = abs(float(self.steps[row, column, place]))
                wanted = float(self.theory[row, column, place])
                out.append(
                    {
                        "gradient": gradient,
                        "rule": label,
                        "step": place + 1,
                        "step size": size,
                        "theory": wanted,
                        "over theory": size / wanted,
                        "why no theory": self.gaps.get((label, gradient), ""),
                    }
                )
        return out

    def _find_last(self, row: int, column: int) -> int:
        """Return the last step that theory knows, else the last one with a gradient."""
        known = np.isfinite(self.theory[row, column])
        there = known if known.any() else self.series[column] != 0
        return int(np.flatnonzero(there)[-1])

    def to_text(self) -> str:
        """Return the table as text for a terminal."""
        import pandas as pd

        made = self.settings
        head = f"gradients of size {made.size:g}, {made.steps} steps; sparse and flipping ones "
        head += f"every {made.every}, growing ones by {made.growth:g}"
        table = pd.DataFrame(self.rows())
        text = table.to_string(index=False, float_format="{:.4g}".format, na_rep="-")
        return f"{head}\n{text}"

    def __repr__(self) -> str:
        return f"GradientBench({', '.join(self.labels)}: {', '.join(self.gradients)})"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        from html import escape

        return "<pre>" + escape(self.to_text()) + "</pre>"


def gradient_bench(
    rules: Sequence[Racer] | str | Rule | None = None,
    gradients: Iterable[str] | str | None = None,
    *,
    steps: int = 200,
    size: float = 1.0,
    spread: float = 3.0,
    every: int = 10,
    growth: float = 1.05,
    seed: int = 0,
) -> GradientBench:
    """Feed rules the same gradients, and return their steps beside those of theory.

    No surface is involved: what a rule makes of steep, alternating, noisy, sparse or growing
    gradients is seen by itself. None is every rule, and every kind of gradients. `size` is that of
    the gradients, `spread` the standard deviation of noisy ones over their mean, `every` the steps
    between sparse ones and between two changes of sign of flipping ones, and `growth` each growing
    one over the one before.

        from optviz.sweeps import gradient_bench

        made = gradient_bench(["sgd", "rmsprop", "adam:lr=0.01"], ["constant", "alternating"])
        print(made.to_text())

    Raises: ValueError: size must be above 0 and finite, got 0
    """
    settings = check_settings(GradientSettings(steps, size, spread, every, growth, seed))
    kinds = tuple([gradients] if isinstance(gradients, str) else gradients or GRADIENTS)
    kinds = tuple(dict.fromkeys(check_name("gradient", each, list(GRADIENTS)) for each in kinds))
    given = [rules] if isinstance(rules, (str, Rule)) else list(rules or RULES)
    fed = [read_fed(each) for each in given]
    labels = tuple(format_label(OptimizerSpec(each)) for each in fed)
    if len(set(labels)) < len(labels):
        raise ValueError(f"each rule is fed once, got {', '.join(labels)}")
    series = np.array([make_gradients(each, settings) for each in kinds])
    gaps = {
        (label, kind): words
        for label, rule in zip(labels, fed, strict=True)
        for kind in kinds
        if (words := explain_gap(rule, kind))
    }
    return GradientBench(
        labels=labels,
        rules=tuple(format_spec(each) for each in fed),
        kinds=tuple(type(each).__name__.lower() for each in fed),
        gradients=kinds,
        settings=settings,
        series=series,
        steps=np.array([feed(each, series.T).T for each in fed]),
        theory=np.array([[find_steady(each, kind, settings) for kind in kinds] for each in fed]),
        gaps=gaps,
    )


def read_fed(racer: Racer) -> Rule:
    """Return the rule of a bench.

    Raises: ValueError: a bench feeds rules without a schedule, got "sgd:lr=0.01,schedule=cosine"
    """
    rule, schedule, _ = to_spec(racer)
    if schedule is not None:
        text = format_spec(rule, schedule)
        raise ValueError(f'a bench feeds rules without a schedule, got "{text}"')
    if any(np.ndim(value) for value in vars(rule).values()):
        raise ValueError(f"a bench feeds rules of single numbers, got {format_spec(rule)}")
    return check_fed(rule)

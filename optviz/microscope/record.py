"""An explained step: its terms in order, and the summands of what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from optviz.microscope.names import format_latex

if TYPE_CHECKING:
    import pandas as pd


class Quantity(NamedTuple):
    """One quantity of a step.

    Shapes: values (coordinates,), or () for a quantity that all parameters share; numbers and
        latex_numbers have as many texts as there are values.
    """

    name: str
    """Its name in the rule's own text, such as `grad_avg`; `old grad_avg` is before the step."""
    meaning: str
    latex: str
    """The formula, such as m_t = ...; the name alone for what goes into the step."""
    text: str
    """The same as plain text."""
    latex_numbers: tuple[str, ...]
    """The right side of the formula with the numbers put in."""
    numbers: tuple[str, ...]
    values: np.ndarray


class Summand(NamedTuple):
    """One of the parts that add up to the change of the parameters; see `Term`."""

    name: str
    """Its origin, such as `memory`, `gradient` or `weight decay`."""
    latex: str
    text: str
    latex_numbers: tuple[str, ...]
    numbers: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Explanation:
    """One step of a run, quantity by quantity, for some of its parameters.

    Shapes: change (coordinates,), what the step added to the parameters, as recorded
    """

    label: str
    step: int
    """The number of steps that were made before this one."""
    names: tuple[str, ...]
    """The parameters that are explained."""
    terms: tuple[Quantity, ...]
    summands: tuple[Summand, ...]
    """They add up to the change, but for rounding."""
    change: np.ndarray

    def __getitem__(self, name: str) -> Quantity:
        """Return the term of a name.

        Raises: KeyError: no term "momentum": there are params, lr, grad, ...
        """
        for term in self.terms:
            if term.name == name:
                return term
        names = ", ".join(term.name for term in self.terms)
        raise KeyError(f'no term "{name}": there are {names}')

    @property
    def title(self) -> str:
        """The step and the run in words."""
        return f"Step {self.step} to {self.step + 1} of {self.label}"

    def to_frame(self) -> pd.DataFrame:
        """Return the values as a pandas DataFrame: a row for each part, a column a parameter."""
        import pandas as pd

        rows = [("term", *each[:2], each.values) for each in self.terms]
        rows += [("summand", each.name, "part of the step", each.values) for each in self.summands]
        names = pd.MultiIndex.from_tuples([row[:3] for row in rows], names=["", "name", "meaning"])
        wide = [np.broadcast_to(row[3], len(self.names)) for row in rows]
        return pd.DataFrame(np.array(wide), names, list(self.names))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "label": self.label,
            "step": self.step,
            "names": list(self.names),
            "terms": [_to_plain(each) for each in self.terms],
            "summands": [_to_plain(each) for each in self.summands],
            "change": self.change.tolist(),
        }

    def _repr_html_(self) -> str:
        """Return the step as an HTML table with LaTeX, for notebooks."""
        rows = ["".join(f"<th>{escape(each)}</th>" for each in ("", "formula", *self.names))]
        for term in self.terms:
            cells = [
                f"${text}{' = ' * bool(text)}{format_latex(value)}$"
                for text, value in zip(term.latex_numbers, np.atleast_1d(term.values), strict=True)
            ]
            cells *= len(self.names) if len(cells) == 1 else 1
            cells = [term.meaning, f"${term.latex}$", *cells]
            rows.append("".join(f"<td>{escape(each)}</td>" for each in cells))
        head, *body = [f"<tr>{row}</tr>" for row in rows]
        table = f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"
        parts = [rf"\underbrace{{{each.latex}}}_{{\text{{{each.name}}}}}" for each in self.summands]
        total = escape(rf"\theta_{{t+1}} - \theta_t = {' + '.join(parts)}")
        return f"<p><b>{escape(self.title)}</b></p>{table}<p>$${total}$$</p>"


def _to_plain(part: Any) -> dict[str, Any]:
    """Return a term or a summand as JSON can hold it."""
    out = part._asdict() | {"values": part.values.tolist()}
    return {key: list(each) if isinstance(each, tuple) else each for key, each in out.items()}

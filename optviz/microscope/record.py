"""An explained step: its terms in order, and the summands of what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class Term(NamedTuple):
    """One quantity of a step.

    Shapes: values (coordinates,), or () for a quantity that all parameters share; numbers and
        latex_numbers have as many texts as there are values.
    """

    name: str
    """What the rule's own text calls it, such as `grad_avg`; `old grad_avg` is before the step."""
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
    """One of the parts that add up to what the step changes; see `Term`."""

    name: str
    """Where it comes from, such as `memory`, `gradient` or `weight decay`."""
    latex: str
    text: str
    latex_numbers: tuple[str, ...]
    numbers: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Explanation:
    """How one step of a run was made, for some of its parameters.

    Shapes: change (coordinates,), what the step added to the parameters, as recorded
    """

    label: str
    step: int
    """The number of steps that were made before this one."""
    names: tuple[str, ...]
    """The parameters that are explained."""
    terms: tuple[Term, ...]
    summands: tuple[Summand, ...]
    """They add up to the change, but for rounding."""
    change: np.ndarray

    def __getitem__(self, name: str) -> Term:
        """The term of a name.

        Raises: KeyError: no term "momentum": there are params, lr, grad, ...
        """
        for term in self.terms:
            if term.name == name:
                return term
        names = ", ".join(term.name for term in self.terms)
        raise KeyError(f'no term "{name}": there are {names}')

    @property
    def title(self) -> str:
        """Which step of which run this is."""
        return f"Step {self.step} to {self.step + 1} of {self.label}"

    def to_frame(self) -> pd.DataFrame:
        """The values as a pandas DataFrame: a row a term or summand, a column a parameter."""
        import pandas as pd

        rows = [("term", *each[:2], each.values) for each in self.terms]
        rows += [("summand", each.name, "part of the step", each.values) for each in self.summands]
        names = pd.MultiIndex.from_tuples([row[:3] for row in rows], names=["", "name", "meaning"])
        wide = [np.broadcast_to(row[3], len(self.names)) for row in rows]
        return pd.DataFrame(np.array(wide), names, list(self.names))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "label": self.label,
            "step": self.step,
            "names": list(self.names),
            "terms": [plain(each) for each in self.terms],
            "summands": [plain(each) for each in self.summands],
            "change": self.change.tolist(),
        }

    def _repr_markdown_(self) -> str:
        """The step as a Markdown table with LaTeX, for notebooks."""
        head = ["", "formula", *self.names]
        lines = [f"**{self.title}**", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        for term in self.terms:
            cells = [f"${number}$" for number in spread(shown(term), len(self.names))]
            row = [term.meaning, f"${term.latex}$", *cells]
            lines.append("| " + " | ".join(each.replace("|", r"\vert ") for each in row) + " |")
        return "\n".join([*lines, "", f"$${self.sum_latex()}$$", ""])

    def _repr_html_(self) -> str:
        """The step as an HTML table with LaTeX, for notebooks."""
        head = "".join(f"<th>{escape(each)}</th>" for each in ("", "formula", *self.names))
        rows = []
        for term in self.terms:
            cells = [term.meaning, f"${term.latex}$"]
            cells += [f"${number}$" for number in spread(shown(term), len(self.names))]
            rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p><b>{escape(self.title)}</b></p>{table}<p>$${escape(self.sum_latex())}$$</p>"

    def sum_latex(self) -> str:
        """The change of the parameters as the sum of its summands."""
        return "".join(
            rf" + \underbrace{{{each.latex}}}_{{\text{{{each.name}}}}}" for each in self.summands
        ).replace(" + ", r"\theta_{t+1} - \theta_t = ", 1)


def plain(part: Any) -> dict[str, Any]:
    """A term or a summand as JSON can hold it."""
    out = part._asdict() | {"values": part.values.tolist()}
    return {key: list(each) if isinstance(each, tuple) else each for key, each in out.items()}


def shown(term: Term) -> list[str]:
    """The numbers of a term as LaTeX, each with what it comes to."""
    from optviz.microscope.names import format_latex

    values = np.atleast_1d(term.values)
    pairs = zip(term.latex_numbers, values, strict=True)
    return [
        f"{text} = {format_latex(value)}" if text else format_latex(value) for text, value in pairs
    ]


def spread(cells: list[str], count: int) -> list[str]:
    """A cell for each parameter, where all share one."""
    return cells * count if len(cells) == 1 else cells

"""What the Workbook page says of the row that is looked at: the chain rule, and its step."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dash import dcc, html, no_update

from optviz.microscope import explain
from optviz_app.components.fields import SCROLLS, aria
from optviz_app.components.step_table import microscope_panel, numbers
from optviz_app.pages.workbook.history import FIRST_ROW, epochs_of, sheet_of
from optviz_app.pages.workbook.link import Shown

if TYPE_CHECKING:
    from optviz.workbook import Sheet


class Row(NamedTuple):
    """A row of the tab `basic`: the error of a sample, its gradient, and what estimates it."""

    x: float
    y: float
    b: float
    a: float
    pred: float
    err2: float
    est_b: float
    est_a: float
    grad_b: float
    grad_a: float


def basic_row(sheet: Sheet, row: int) -> Row:
    """The row of any tab as the tab `basic` has it, which alone shows the estimates."""
    b, a = sheet.rows().path[row].tolist()
    return basic_row_at(float(sheet.x[row]), float(sheet.y[row]), b, a)


@lru_cache(maxsize=1024)
def basic_row_at(x: float, y: float, b: float, a: float) -> Row:
    """The one row of a sheet of one sample."""
    from optviz.workbook import Sheet

    sheet = Sheet.of("basic").with_values(x=(x,), y=(y,), b=b, a=a)
    columns = sheet.columns() | {"x": sheet.x, "y": sheet.y}
    return Row(*(float(columns[name][0]) for name in Row._fields))


def shown(value: float, digits: int = 6) -> str:
    """A number to read: short, with a proper minus."""
    return f"{value:.{digits}g}".replace("-", "−")


def bracketed(value: float) -> str:
    """A number as a factor in LaTeX, in brackets where it begins with a sign."""
    return f"({latex(value)})" if value < 0 else latex(value)


def latex(value: float) -> str:
    """A number in LaTeX."""
    text, e, power = f"{value:.6g}".partition("e")
    return rf"{text}\cdot 10^{{{int(power)}}}" if e else text


# -- the chain rule ------------------------------------------------------------------------


def row_panels(query: str, known: Any) -> tuple[Any, Any, dict[str, Any]]:
    """The chain rule of the row that a link shows, how its step is made, and that one's numbers.

    `known` is the key of the step's panel that the browser has: of the same only numbers are new.
    Where the run did not get so far there is a sentence instead.
    """
    now = Shown.from_query(query)[0]
    sheet, row = sheet_of(now), now.row
    rows = sheet.rows()
    if row >= len(rows):
        words = f"This row has no numbers: the epoch {rows.ended}. Take a smaller lr, other "
        return note(words + "samples, or reset."), note("There is no step to explain."), {}
    return chain_panel(sheet, row), *step_panel(sheet, row, known)


def note(text: str) -> Any:
    """A sentence where a panel has nothing to show."""
    return html.P(text, className="note")


def chain_panel(sheet: Sheet, row: int) -> list[Any]:
    """The gradient of the row's error, factor by factor, and beside it the estimate."""
    found = basic_row(sheet, row)
    seen: Any = aria("true", "hidden")
    return [
        html.Div(dcc.Markdown(chain_latex(found), mathjax=True, className="latex chain"), **seen),
        html.P(chain_words(found), className="hidden"),
        html.Div(estimates(found), className="wide", **SCROLLS),
        html.P(
            "The error is a parabola in b and in a, so an estimate over .01 misses its slope by "
            ".01 times half its curvature: .01 for b, and .01·x² for a. Where the error is huge, "
            "rounding adds to that.",
            className="note",
        ),
    ]


def chain_latex(row: Row) -> str:
    """The chain rule with the numbers of a row."""
    in_pred, in_x = latex(row.grad_b), latex(row.grad_a)
    outer = rf"2(\hat y - y) = 2({latex(row.pred)} - {bracketed(row.y)}) = {in_pred}"
    by_a = r"\frac{de}{d\hat y}\cdot\frac{d\hat y}{da}"
    by_b = r"\frac{de}{d\hat y}\cdot\frac{d\hat y}{db}"
    factor = bracketed(row.grad_b)
    lines = [
        r"e = (\hat y - y)^2 \qquad \hat y = a\,x + b",
        rf"\frac{{de}}{{d\hat y}} = {outer}",
        rf"\frac{{de}}{{da}} = {by_a} = {factor}\cdot {bracketed(row.x)} = {in_x}",
        rf"\frac{{de}}{{db}} = {by_b} = {factor}\cdot 1 = {in_pred}",
    ]
    return "\n\n".join(f"${line}$" for line in lines)


def chain_words(row: Row) -> str:
    """The chain rule in words, for who hears the page."""
    grad_b, x, grad_a = shown(row.grad_b), shown(row.x), shown(row.grad_a)
    return (
        f"The error is the square of prediction minus y. Its slope in the prediction is two times "
        f"{shown(row.pred)} minus {shown(row.y)}, which is {grad_b}. The prediction grows by x, "
        f"{x}, with a, and by 1 with b. So the slope in a is {grad_b} times {x}, which is "
        f"{grad_a}, and the slope in b is {grad_b}."
    )


def estimates(row: Row) -> Any:
    """The table of both gradients, the estimates, and how far they lie apart."""
    head = ("", "chain rule", "estimate over .01", "apart", "as it must be")
    rows = [
        ("de/db", row.grad_b, row.est_b, ".01 · 1"),
        ("de/da", row.grad_a, row.est_a, f".01 · {shown(row.x)}²"),
    ]
    body = [
        html.Tr(
            [
                html.Th(name, scope="row"),
                *(number_cell(each) for each in (grad, estimate)),
                number_cell(estimate - grad),
                html.Td(why, className="number"),
            ]
        )
        for name, grad, estimate, why in rows
    ]
    names = html.Tr([html.Th(each, scope="col") if each else html.Td() for each in head])
    return html.Table([html.Thead(names), html.Tbody(body)])


def number_cell(value: float) -> Any:
    """A number in a table, whole when pointed at."""
    return html.Td(shown(value), className="number", title=repr(value))


# -- the step ------------------------------------------------------------------------------


def step_panel(sheet: Sheet, row: int, known: Any) -> tuple[Any, dict[str, Any]]:
    """How the formula of the tab's rule made the row's step; a sentence where it did not."""
    try:
        explanation = explain(sheet.rows(), row, rule=sheet.rule)
    except ValueError as error:
        words = str(error)
        for slip in sheet.tab.slips:
            if slip.name in sheet.slips and slip.cells == f"J{row + FIRST_ROW}":
                words = f"This row was not made by {type(sheet.rule).__name__}. {slip}."
        return note(words), {}
    made = numbers(explanation)
    return no_update if made["key"] == known else microscope_panel(explanation), made


# -- words ---------------------------------------------------------------------------------


def place(now: Shown) -> str:
    """Which row is looked at, in words."""
    sheet = sheet_of(now)
    x, y = shown(sheet.x[now.row]), shown(sheet.y[now.row])
    epoch, row = epochs_of(now.done) + 1, now.row + FIRST_ROW
    return f"Epoch {epoch}, row {row}: sample {now.row + 1} of {len(sheet.x)}, x {x}, y {y}"


def slip_list(tab: str) -> list[Any]:
    """What a tab of the file does otherwise than the method."""
    from optviz.workbook import TABS

    slips = [
        html.Li([html.Strong(f"{slip.cells}: "), f"{slip.file}. By the method, {slip.method}."])
        for slip in TABS[tab].slips
    ]
    return (
        [html.Ul(slips, className="slips")]
        if slips
        else [html.P("This tab of the file has no slip.", className="note")]
    )


def about(tab: str) -> list[Any]:
    """The title of a tab, and what its optimizer does."""
    from optviz.workbook import TABS

    own = TABS[tab]
    return [html.H2(own.title, className="section"), html.P(own.about, className="note")]

"""What the Workbook page says of the current row: the chain rule, and its step."""

from __future__ import annotations

from typing import Any

from dash import dcc, html, no_update

from optviz.microscope import explain
from optviz.workbook.sheet import Sheet
from optviz.workbook.tab import FIRST, Tab
from optviz_app.components.fields import SCROLLS, aria, build_table
from optviz_app.components.step_table import microscope_panel, write_numbers
from optviz_app.pages.workbook.state import WorkbookState


def compute_basic_row(sheet: Sheet, row: int) -> dict[str, float]:
    """Compute the row of any tab as on the tab `basic`, which alone shows the estimates."""
    (b, a), x, y = sheet.rows().path[row], sheet.x[[row]], sheet.y[[row]]
    columns = Sheet.of("basic").with_values(x=x, y=y, b=b, a=a).columns()
    return {quantity: float(values[0]) for quantity, values in columns.items()}


def format_number(value: float) -> str:
    """Write a number to read: short, with a proper minus."""
    return f"{value:.6g}".replace("-", "−")


def format_latex(value: float) -> str:
    """Write a number in LaTeX."""
    text, e, power = f"{value:.6g}".partition("e")
    return rf"{text}\cdot 10^{{{int(power)}}}" if e else text


def format_factor(value: float) -> str:
    """Write a number as a factor in LaTeX, in brackets if it begins with a sign."""
    return f"({format_latex(value)})" if value < 0 else format_latex(value)


def row_panels(query: str, known: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Return the chain rule of the row in a link, the explanation of its step, and its numbers.

    `known` is the key of the step's panel in the browser; a panel with that key is not sent again.
    Where the run did not reach the row, or the tab's rule did not make the step, there is a
    sentence instead.
    """
    state = WorkbookState.from_query(query)[0]
    sheet, row = state.sheet, state.row
    rows = sheet.rows()
    if row >= len(rows):
        advice = "Take a smaller lr, other samples, or reset."
        chain = make_note(f"This row has no numbers: the epoch {rows.ended}. {advice}")
        return chain, make_note("There is no step to explain."), {}
    chain = chain_panel(sheet, row)
    try:
        explanation = explain(rows, row, rule=sheet.rule)
    except ValueError as error:
        words = str(error)
        for slip in sheet.tab.slips:
            if slip.name in sheet.slips and slip.cells == f"J{row + FIRST}":
                words = f"This step was not made by {type(sheet.rule).__name__}. {slip}."
        return chain, make_note(words), {}
    made = write_numbers(explanation)
    return chain, no_update if made["key"] == known else microscope_panel(explanation), made


def make_note(text: str) -> Any:
    """Make a sentence where a panel has nothing to show."""
    return html.P(text, className="note")


def chain_panel(sheet: Sheet, row: int) -> list[Any]:
    """Make the panel of the chain rule: the gradient factor by factor, beside its estimate."""
    basic = compute_basic_row(sheet, row)
    seen: Any = aria("true", "hidden")
    head = ["", "chain rule", "estimate over .01", "difference", "expected"]
    body = []
    for each, expected in (("b", ".01 · 1"), ("a", f".01 · {format_number(basic['x'])}²")):
        grad, estimate = basic[f"grad_{each}"], basic[f"est_{each}"]
        numbers = (grad, estimate, estimate - grad)
        cells = [html.Td(format_number(n), className="number", title=repr(n)) for n in numbers]
        cells.append(html.Td(expected, className="number"))
        body.append(html.Tr([html.Th(f"de/d{each}", scope="row"), *cells]))
    return [
        html.Div(dcc.Markdown(chain_latex(basic), mathjax=True, className="latex chain"), **seen),
        html.P(chain_words(basic), className="hidden"),
        html.Div(build_table(head, body), className="wide", **SCROLLS),
        make_note(
            "The error is a parabola in b and in a, so an estimate over a step of .01 differs from "
            "its slope by .01 times half its curvature: .01 for b, and .01·x² for a. Where the "
            "error is very large, rounding adds to this."
        ),
    ]


def chain_latex(row: dict[str, float]) -> str:
    """Write the chain rule with the numbers of a row."""
    in_pred, in_x = format_latex(row["grad_b"]), format_latex(row["grad_a"])
    error = f"{format_latex(row['pred'])} - {format_factor(row['y'])}"
    by_a = r"\frac{de}{d\hat y}\cdot\frac{d\hat y}{da}"
    by_b = r"\frac{de}{d\hat y}\cdot\frac{d\hat y}{db}"
    factor = format_factor(row["grad_b"])
    lines = [
        r"e = (\hat y - y)^2 \qquad \hat y = a\,x + b",
        rf"\frac{{de}}{{d\hat y}} = 2(\hat y - y) = 2({error}) = {in_pred}",
        rf"\frac{{de}}{{da}} = {by_a} = {factor}\cdot {format_factor(row['x'])} = {in_x}",
        rf"\frac{{de}}{{db}} = {by_b} = {factor}\cdot 1 = {in_pred}",
    ]
    return "\n\n".join(f"${line}$" for line in lines)


def chain_words(row: dict[str, float]) -> str:
    """Write the chain rule in words, for those who listen to the page."""
    keys = ("x", "y", "pred", "grad_b", "grad_a")
    x, y, pred, grad_b, grad_a = (format_number(row[key]) for key in keys)
    return (
        f"The error is the square of prediction minus y. Its slope in the prediction is 2 times "
        f"{pred} minus {y}, which is {grad_b}. The slope of the prediction is x, {x}, in a, and 1 "
        f"in b. So the slope in a is {grad_b} times {x}, which is {grad_a}, and the slope in b is "
        f"{grad_b}."
    )


def describe_row(state: WorkbookState) -> str:
    """Name the current row in words."""
    sheet, row = state.sheet, state.row
    x, y = format_number(sheet.x[row]), format_number(sheet.y[row])
    place = f"sample {row + 1} of {len(sheet.x)}, x {x}, y {y}"
    return f"Epoch {state.epochs + 1}, row {row + FIRST}: {place}"


def error_list(tab: Tab) -> Any:
    """Make the list of the known errors of a tab of the file."""
    if not tab.slips:
        return make_note("This tab of the file has no known errors.")
    items = []
    for each in tab.slips:
        words = f"in the file, {each.file}. In the method, {each.method}."
        items.append(html.Li([html.Strong(f"{each.cells}: "), words]))
    return html.Ul(items, className="slips")


def about_panel(tab: Tab) -> list[Any]:
    """Make the title of a tab, and the description of its optimizer."""
    return [html.H2(tab.title, className="section"), html.P(tab.about, className="note")]

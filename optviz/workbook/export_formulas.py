"""The formulas of a tab's cells: those of the rule from its own text, the others from the tab."""

from __future__ import annotations

from typing import Any

from optviz.formulas.cells import cell_text
from optviz.formulas.expressions import Expr
from optviz.tracing import trace
from optviz.workbook.addresses import FIRST, moved
from optviz.workbook.sheet import Sheet
from optviz.workbook.tab import ERR2

NAMED = {"lr": "lr", "beta1": "beta1", "beta2": "beta2", "new_d": "d"}
"""The single quantities whose cells have a name on their sheet, and that name."""
ERROR_HEADING = "squared error"


def named_cells(sheet: Sheet) -> dict[str, str]:
    """The address, with dollars, of each cell that has a name on its sheet, by that name."""
    around = {cell.quantity: moved(cell.address, len(sheet.x)) for cell in sheet.tab.around}
    return {
        name: f"${around[quantity][0]}${around[quantity][1:]}"
        for quantity, name in NAMED.items()
        if quantity in around
    }


def row_formulas(sheet: Sheet) -> dict[str, str]:
    """The formula of every cell of the rows that is computed, by its address."""
    letters = {column.quantity: column.letter for column in sheet.tab.columns}
    out = {}
    for row in range(FIRST, FIRST + len(sheet.x)):
        here = {quantity: f"{letter}{row}" for quantity, letter in letters.items()}
        for i, each in enumerate("ba"):
            first = row == FIRST
            out[here[each]] = f"=C{i + 1}" if first else f"={letters[f'new_{each}']}{row - 1}"
            out |= rule_formulas(sheet, letters, row, each)
        for column in sheet.tab.columns:
            if column.formula:
                out[here[column.quantity]] = "=" + column.formula.format(**here)
    return out


def rule_formulas(sheet: Sheet, letters: dict[str, str], row: int, which: str) -> dict[str, str]:
    """The cells of one row that the rule computes for b or for a."""
    found, out = trace(sheet.rule), {}
    names: dict[Any, str] = {name: name for name in NAMED.values()}
    names |= {"params": f"{letters[which]}{row}", "grad": f"{letters[f'grad_{which}']}{row}"}
    single = {cell.quantity: cell.address for cell in sheet.tab.around}
    for key, expr in found.state.items():
        quantity = f"{key}_{which}"
        if quantity in letters:
            address = f"{letters[quantity]}{row}"
            names[key] = f"{letters[quantity]}{row - 1}"
            lost = row == FIRST + 1 and which == "b" and key == "grad_avg" and "row5" in sheet.slips
            out[address] = "=" + cell_text(expr, names | ({"grad": "0"} if lost else {}))
            names[id(expr)] = address
        elif quantity in single:  # such as the scale of an epoch, above the rows
            names[key] = f"{single[quantity][0]}${single[quantity][1:]}"
    leave_out_trivial(found.new, names, no_eps=getattr(sheet.rule, "eps", 1) == 0)
    out[f"{letters[f'new_{which}']}{row}"] = "=" + cell_text(found.new, names)
    return out


def leave_out_trivial(expr: Expr, names: dict[Any, str], *, no_eps: bool) -> None:
    """Let x stand for x/1, and for x + eps where eps is 0, in the text of an expression."""
    if id(expr) in names:
        return
    for each in expr.args:
        leave_out_trivial(each, names, no_eps=no_eps)
    if len(expr.args) == 2:
        kept, other = expr.args
        divided = expr.op == "/" and other.number == 1
        if divided or (no_eps and expr.op == "+" and other.name == "eps"):
            names[id(expr)] = cell_text(kept, names)


def error_letter(sheet: Sheet) -> str:
    """The column, one away from the tab's own, of the squared errors that a chart needs."""
    return chr(ord(sheet.tab.columns[-1].letter) + 2)


def error_formulas(sheet: Sheet) -> list[tuple[str, float | None]]:
    """Formula and value of each row's squared error, where the tab has no column of its own."""
    letters = {column.quantity: column.letter for column in sheet.tab.columns}
    if "err2" in letters:
        return []
    values = sheet.columns()["err2"].tolist()
    values += [None] * (len(sheet.x) - len(values))
    rows = range(FIRST, FIRST + len(sheet.x))
    return [
        ("=" + ERR2.format(**{key: f"{letter}{row}" for key, letter in letters.items()}), value)
        for row, value in zip(rows, values, strict=True)
    ]

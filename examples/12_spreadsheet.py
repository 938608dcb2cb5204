"""A race as a spreadsheet of live formulas: change the learning rate and the race changes.

Open spreadsheet.xlsx in Excel or LibreOffice, go to the sheet of a run and change the yellow lr:
the loss, the path and the charts are recalculated. The formulas come from the code of the rules.
"""

from optviz import Adam, Momentum, compare, surface
from optviz.formulas.cells import write_cell
from optviz.spreadsheets import run_to_xlsx
from optviz.tracing import trace
from optviz.views import losses

RULES = {
    "sum of gradients": Momentum(lr=0.001),
    "average of gradients": Momentum(lr=0.001, damped=True),
    "Adam": Adam(lr=0.05),
}


def run_race():
    """Run three rules in Rosenbrock's valley."""
    return compare(surface("rosenbrock"), RULES, steps=200)


def main():
    """Draw the losses of the race, and print each rule's memory as a cell formula."""
    for label, rule in RULES.items():
        step = trace(rule)
        names = {name: name for name in (*step.hypers, *step.vectors, *step.shared)}
        for field, formula in step.state.items():
            print(f"{label}: {field} ={write_cell(formula, names)}")
    return losses(run_race().trajectories)


if __name__ == "__main__":
    runs = run_race()
    run_to_xlsx(runs.problem, runs.trajectories, file="spreadsheet.xlsx")
    print("Open it in Excel or LibreOffice: spreadsheet.xlsx")
    main().show()

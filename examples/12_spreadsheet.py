"""Hand a race to a spreadsheet: every row is a formula, so another learning rate is another race.

Open spreadsheet.xlsx in Excel or LibreOffice, go to the sheet of a run and change the yellow lr:
the loss, the path and the charts follow. The formulas come from the rules' own text.
"""

from optviz import Adam, Momentum, compare, surface
from optviz.formulas.cells import cell_text
from optviz.spreadsheets import run_to_xlsx
from optviz.tracing import trace
from optviz.views import losses

RULES = {
    "sum of gradients": Momentum(lr=0.001),
    "average of gradients": Momentum(lr=0.001, damped=True),
    "Adam": Adam(lr=0.05),
}


def race():
    """Three rules on Rosenbrock's valley."""
    return compare(surface("rosenbrock"), RULES, steps=200)


def main():
    """The losses of the race; what a rule remembers is printed as its cells would hold it."""
    for label, rule in RULES.items():
        step = trace(rule)
        names = {name: name for name in (*step.hypers, *step.vectors, *step.shared)}
        for field, formula in step.state.items():
            print(f"{label}: {field} ={cell_text(formula, names)}")
    return losses(race().trajectories)


if __name__ == "__main__":
    runs = race()
    run_to_xlsx(runs.problem, runs.trajectories, file="spreadsheet.xlsx")
    print("Open it in Excel or LibreOffice: spreadsheet.xlsx")
    main().show()

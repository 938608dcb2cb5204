"""A check that finds the one wrong formula in a copy of the course's workbook.

The first edition's tab `adam_ann` reads a gradient from an empty cell, in row 5: 300 cells differ
from the method, and the check names the one that causes it. The command
`optviz workbook check FILE.xlsm` checks any copy.
"""

from optviz.views import losses
from optviz.workbook import Sheet, check, tabs_to_xlsx


def main():
    """Draw the loss over one epoch with the missing gradient, and over one of the method."""
    settings = {"b": 20.0, "a": 2.2, "lr": 0.25}
    shipped = Sheet.of("adam_ann", as_shipped=True).with_values(**settings)
    method = Sheet.of("adam_ann").with_values(**settings)
    copy = tabs_to_xlsx([shipped, Sheet.of("momentum")])
    print(check(copy))
    print("All agree if the error is expected:", check(copy, as_shipped=True).ok)
    figure = losses([shipped.rows(), method.rows()])
    figure.update_traces(name="as shipped", selector=0)
    figure.update_traces(name="the method", selector=1)
    return figure.update_layout(title_text="Loss of adam_ann, with and without the error in J5")


if __name__ == "__main__":
    main().show()

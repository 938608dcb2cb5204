"""One step under the microscope, read from the code of its rule.

Every quantity of the step has its formula and its numbers. The change is a sum of three parts:
memory, the current gradient, and weight decay. Drawn step by step they explain why momentum
overshoots the minimum: memory still pushes forward where the gradient pulls back.
"""

import plotly.graph_objects as go

from optviz import L2, Momentum, run, surface
from optviz.microscope import explain
from optviz.views import template

COLORS = {"memory": "#0072b2", "gradient": "#e69f00", "weight decay": "#999999"}


def main():
    """Draw the parts of each step of momentum down a ravine, in the steep direction."""
    trajectory = run(surface("ravine"), L2(Momentum(lr=0.02, beta1=0.8), wd=0.3), steps=30)
    explained = explain(trajectory, 4)
    print(explained.title)
    for term in explained.terms:
        print(f"  {term.text:58}", *(f"{value:>12.6g}" for value in term.values.flat))
    figure = go.Figure(layout={"template": template("light"), "barmode": "relative"})
    steps = [explain(trajectory, step, params="y") for step in range(len(trajectory))]
    for place, part in enumerate(steps[0].summands):
        heights = [float(each.summands[place].values[0]) for each in steps]
        figure.add_bar(
            x=trajectory.step[:-1], y=heights, name=part.name, marker_color=COLORS[part.name]
        )
    changes = [float(each.change[0]) for each in steps]
    figure.add_scatter(x=trajectory.step[:-1], y=changes, name="change")
    title = f"Parts of each step in y: {trajectory.label}"
    return figure.update_layout(
        title_text=title, xaxis_title="step", yaxis_title="part of the step"
    )


if __name__ == "__main__":
    main().show()

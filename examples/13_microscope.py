"""One step under the microscope: what made it, read off the rule's own text.

Every quantity of the step comes with its formula and its numbers, and what the step changes is a
sum: of what the rule remembers, of this gradient, and of weight decay. Summed up step by step it
tells why momentum swings past the minimum: memory still pushes on where the gradient pulls back.
"""

import plotly.graph_objects as go

from optviz import L2, Momentum, run, surface
from optviz.microscope import explain
from optviz.views import template

COLORS = {"memory": "#0072b2", "gradient": "#e69f00", "weight decay": "#999999"}


def main():
    """The parts of each step of momentum down a ravine, in the steep direction."""
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
    figure.add_scatter(x=trajectory.step[:-1], y=changes, name="change", line_color="black")
    title = f"What each step adds to y: {trajectory.label}"
    return figure.update_layout(
        title_text=title, xaxis_title="step", yaxis_title="part of the step"
    )


if __name__ == "__main__":
    main().show()

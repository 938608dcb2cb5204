"""A map of the starts that reach the deeper of two wells: 101 x 101 runs in one call of run().

The claim that Adam finds the global minimum more often was made without Adam's bias correction
and with different numbers of steps; the table gives the share of starts for each.
"""

import numpy as np
import plotly.graph_objects as go

from optviz import SGD, Adam, Momentum, RMSProp, run, surface

RUNS = {
    "SGD": (SGD(lr=0.02), 500),
    "Momentum": (Momentum(lr=0.01, beta1=0.8), 200),
    "RMSProp": (RMSProp(lr=0.01, beta2=0.99), 300),
    "Adam, uncorrected": (Adam(lr=0.01, beta1=0.7, debias=False), 100),
    "Adam": (Adam(lr=0.01, beta1=0.7), 100),
}


def find_arrivals(name: str) -> np.ndarray:
    """Return True for each start of the grid whose run ends within .15 of the deeper well."""
    rule, steps = RUNS[name]
    ticks = np.linspace(-2, 2, 101)
    starts = np.stack(np.meshgrid(ticks, ticks))
    end = run(surface("two_wells"), rule, steps, start=starts, keep="ends").end
    return np.hypot(end[0] + 1, end[1]) < 0.15


def main():
    """Draw the map of the starts from which RMSProp arrives."""
    for name in RUNS:
        print(
            f"{name:18s} {find_arrivals(name).mean():.0%} of the starts after {RUNS[name][1]} steps"
        )
    ticks = np.linspace(-2, 2, 101)
    figure = go.Figure(
        go.Heatmap(x=ticks, y=ticks, z=find_arrivals("RMSProp").astype(float), showscale=False)
    )
    return figure.update_layout(
        title="Starts from which RMSProp reaches the deeper well at (-1, 0)",
        xaxis_title="start x",
        yaxis_title="start y",
    )


if __name__ == "__main__":
    main().show()

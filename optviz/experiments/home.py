"""The experiment of an empty address: what a person sees who was never here."""

from __future__ import annotations

from optviz.experiments.surface import PLAY, Experiment

HOME = Experiment(
    problem="himmelblau",
    start=(0.0, -3.0),
    rules=("sgd:lr=0.005", "momentum:lr=0.005", "rmsprop:lr=0.05", "adam:lr=0.2"),
    steps=100,
    view=(PLAY,),
)
"""Four optimizers whose paths all can be seen. It is no default of `Experiment`, whose links leave
out what is at its default and go on meaning what they meant."""

NOTICE = (
    "One start, three minima: SGD follows the slope, Momentum keeps its speed and overshoots, "
    "RMSProp and Adam rescale each coordinate."
)
"""What to notice there."""

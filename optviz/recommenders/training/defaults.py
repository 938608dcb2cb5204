"""Settings that train each rating model well: of one training, and optimizers to compare."""

from typing import NamedTuple


class Default(NamedTuple):
    """Settings of one training: the rule as text, epochs, and ratings a step."""

    rule: str
    epochs: int
    batch: int


DEFAULTS = {
    "dot": Default("adam:lr=0.02,l2=0.00005,schedule=cosine", 6, 512),
    "dot_bias": Default("adam:lr=0.006,beta2=0.99,l2=0.00015,schedule=cosine", 6, 256),
    "net": Default("adam:lr=0.003,l2=0.00005,schedule=cosine", 4, 512),
}
"""The settings of `train` where only the model is given.

Those of dot_bias were chosen on a fifth of the training ratings of ml-100k and ml-latest-small
(split 0), held back for that; the validation ratings had no part in it."""
SUGGESTED_RULES = {
    "dot": (
        "sgd:lr=1,l2=5e-5",
        "momentum:lr=0.3,l2=5e-5",
        "rmsprop:lr=0.003",
        "adam:lr=0.005,l2=5e-5",
    ),
    "dot_bias": (
        "sgd:lr=0.8,l2=5e-5",
        "momentum:lr=0.8,l2=5e-5",
        "rmsprop:lr=0.005,l2=0.0001",
        "adam:lr=0.003,l2=0.00015",
    ),
    "net": (
        "sgd:lr=0.1",
        "momentum:lr=0.03,l2=5e-5",
        "rmsprop:lr=0.001,l2=0.0001",
        "adam:lr=0.003,l2=0.00015",
    ),
}
"""By model, for 256 ratings a step and 5 epochs; in the spelling of `specs.format_spec`.

SGD has the lr of Momentum, whose steps add up to ten times as much, or a little more where it would
hardly move; with ten times the lr the two curves are one."""

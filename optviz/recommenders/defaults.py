"""Settings that train each rating model well: of one training, and optimizers to compare."""

from typing import NamedTuple


class Default(NamedTuple):
    """Settings of one training: the rule as text, epochs, and ratings a step."""

    rule: str
    epochs: int
    batch: int


DEFAULTS = {
    "dot": Default("adam:lr=0.02,l2=0.00005,schedule=cosine", 6, 512),
    "dot_bias": Default("adam:lr=0.006,l2=0.0001,schedule=cosine", 5, 512),
    "net": Default("adam:lr=0.003,l2=0.00005,schedule=cosine", 4, 512),
}
"""The settings of `train` where only the model is given."""
SUGGESTED_RULES = {
    "dot": (
        "sgd:lr=3,l2=5e-5",
        "momentum:lr=0.3,l2=5e-5",
        "rmsprop:lr=0.003",
        "adam:lr=0.005,l2=5e-5",
    ),
    "dot_bias": (
        "sgd:lr=8,l2=5e-5",
        "momentum:lr=0.8,l2=5e-5",
        "rmsprop:lr=0.005,l2=0.0001",
        "adam:lr=0.003,l2=0.00015",
    ),
    "net": (
        "sgd:lr=0.3",
        "momentum:lr=0.03,l2=5e-5",
        "rmsprop:lr=0.001,l2=0.0001",
        "adam:lr=0.003,l2=0.00015",
    ),
}
"""By model, for 256 ratings a step and 5 epochs; in the spelling of `specs.format_spec`."""

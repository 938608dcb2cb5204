"""Optimizers that train each rating model well, and so are worth comparing."""

RATERS = {
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
"""By model, for 256 ratings a step and 5 epochs; in the spelling of `specs.spell_entry`."""

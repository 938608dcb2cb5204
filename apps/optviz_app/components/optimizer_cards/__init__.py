"""The cards on which optimizers are set."""

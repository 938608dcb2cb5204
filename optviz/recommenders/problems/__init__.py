"""The rating models as problems: losses, gradients and exact slices."""

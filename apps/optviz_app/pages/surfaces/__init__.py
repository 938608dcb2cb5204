"""The Surfaces page: optimizers racing on a loss surface."""

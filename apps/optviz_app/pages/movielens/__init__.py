"""The MovieLens page: optimizers training a rating model."""

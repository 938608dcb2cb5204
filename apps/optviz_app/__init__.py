"""The Dash app: optimizers racing on surfaces, and training rating models on MovieLens."""

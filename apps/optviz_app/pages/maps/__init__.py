"""The Maps page: where each start leads, and what two hyperparameters do."""

"""Formulas: typed text to nodes, derivatives and code, and every writer of a formula."""

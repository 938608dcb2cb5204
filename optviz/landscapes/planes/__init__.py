"""Planes: two directions through parameter space, and the ways to choose them."""

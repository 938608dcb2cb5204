"""Slices: the loss over a plane or a line, and how much of a path it hides."""

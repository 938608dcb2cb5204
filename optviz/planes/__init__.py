"""Two-dimensional slices of problems of any size, and how much they hide."""

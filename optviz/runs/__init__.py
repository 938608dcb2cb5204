"""Runs of an optimizer: the loop, its record, comparisons and forks; pieces of work anywhere."""

"""Trainings of rating models: settings, steps, records, checkpoints and capsules."""

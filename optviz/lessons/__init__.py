"""Lessons: steps of text and experiments, with questions that the runs themselves answer."""

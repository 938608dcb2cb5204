"""See what an optimizer does: exactly, honestly, and on real models."""

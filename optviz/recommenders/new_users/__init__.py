"""Users whom a training never saw: their vectors, and what to ask them."""

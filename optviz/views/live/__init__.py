"""The page in one file on which everything moves, and what it is made of."""

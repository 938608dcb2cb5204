"""The Embeddings tab of the MovieLens page."""

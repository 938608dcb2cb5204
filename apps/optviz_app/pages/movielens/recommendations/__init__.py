"""The Recommend tab of the MovieLens page."""

"""The Landscape tab of the MovieLens page: the loss around the paths, in several pictures."""

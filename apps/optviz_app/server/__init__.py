"""Guards of the server: headers, limits, checks of callbacks."""

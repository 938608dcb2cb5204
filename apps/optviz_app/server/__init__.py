"""What guards the server: headers, limits, checks of callbacks."""

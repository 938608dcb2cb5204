"""The Race page: rules that are tuned alike, and how sure the outcome is."""

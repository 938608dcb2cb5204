"""Experiments as frozen records: limits, links, JSON, runs and scripts."""

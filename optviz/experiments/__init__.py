"""What a person asked for, as frozen records: limits, links, JSON, runs and scripts."""

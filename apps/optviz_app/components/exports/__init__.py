"""Figures for papers and films of runs as long work, for any page that shows an experiment."""

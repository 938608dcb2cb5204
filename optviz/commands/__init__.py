"""The `optviz` command, one file a subcommand."""

INTERRUPTED = 130
"""The exit status after Ctrl-C."""

"""The `optviz` command, one file a subcommand."""

"""The command line; what each command does and returns stands in docs/commands.md."""

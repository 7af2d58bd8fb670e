"""The command line: one module per verb that has a body."""

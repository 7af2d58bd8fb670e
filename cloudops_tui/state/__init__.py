"""What is known about an execution: events folded into one frozen value."""

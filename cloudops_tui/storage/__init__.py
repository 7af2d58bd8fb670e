"""What is remembered: journal, queue and history in one SQLite file."""

"""What is there before a write: which reads tell it, and what their answers mean beside what is asked."""

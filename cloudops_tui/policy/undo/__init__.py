"""Ways back: what can be put back, by which operation, and whether somebody else has changed it since."""

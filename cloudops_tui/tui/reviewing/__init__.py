"""What the review screen is made of beside its panes: searching, noticing what was read, changing the plan."""

"""Pure decisions: how dangerous, in which order, whether again, how undone, who must agree."""

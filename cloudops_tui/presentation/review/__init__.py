"""A plan before its decision, in words: a module for each thing that the person who decides should see."""

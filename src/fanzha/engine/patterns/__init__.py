"""Patterns of the graph that transfers and calls draw: pure kernels over arrays, each exact within its window."""

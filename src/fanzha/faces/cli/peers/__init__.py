"""Scripts that run a peer of a benchmark under a Python of its own; nothing here is imported by the product."""

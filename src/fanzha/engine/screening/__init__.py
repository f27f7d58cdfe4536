"""One event at a time, while it happens: the windows of the batch kernels held in memory, and what rules and policy make of them."""

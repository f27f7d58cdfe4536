"""Named features: one registry, computed by the kernels over a stretch of history."""

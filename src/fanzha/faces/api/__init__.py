"""The JSON interface under /api/v1: one module a noun, each with a `router`. Failures are `application/problem+json`."""

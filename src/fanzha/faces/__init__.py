"""The faces of the platform: pages, API, command line, worker. Thin: they translate, the desks decide."""

"""One record per GBCS use case, grouped as the use cases are."""

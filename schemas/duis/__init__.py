"""Our own DUIS schema: one file per group of service references."""

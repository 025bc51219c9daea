"""GBCS message construction. Pure: clock, counters, keys and device facts are arguments."""

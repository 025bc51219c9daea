"""The checks, grouped as the specification groups them; ``table`` holds their order."""

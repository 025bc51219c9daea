"""The product lists: which Device Models may be used, and since when."""

"""A complete world to try the gateway in: PKI, parties, an estate of homes, and the far sides."""

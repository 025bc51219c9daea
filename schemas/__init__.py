"""The documents: bytes to values and back. No device look-up, no network, no clock."""

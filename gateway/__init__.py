"""The rim: sockets, clocks, keys and files. The only package with ``async def``."""

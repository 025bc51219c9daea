"""``python -m gateway.cli``: the same as ``duis-gateway``."""

from gateway.cli import main

main()

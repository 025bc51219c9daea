"""TABLE: for every check at least one request that passes it and one that it refuses, stage by stage."""

from __future__ import annotations

from typing import Final

import vectors_envelope
import vectors_located
import vectors_target

VECTORS: Final = (
    *vectors_envelope.RECEIVED,
    *vectors_envelope.ENVELOPE,
    *vectors_located.LOCATED,
    *vectors_target.TARGET,
)

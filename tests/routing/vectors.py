"""TABLE: for every check at least one request that passes it and one that it refuses, stage by stage."""

from __future__ import annotations

from typing import Final

import vectors_advisories
import vectors_delivery
import vectors_envelope
import vectors_images
import vectors_inventory_update
import vectors_located
import vectors_ppmid
import vectors_target
import vectors_timing

VECTORS: Final = (
    *vectors_envelope.RECEIVED,
    *vectors_envelope.ENVELOPE,
    *vectors_delivery.NEWER_ROLES,
    *vectors_timing.DATES,
    *vectors_timing.SEQUENCES,
    *vectors_located.LOCATED,
    *vectors_delivery.CARRIED_OUT,
    *vectors_images.IMAGES,
    *vectors_inventory_update.CHANGES,
    *vectors_advisories.ADVISED,
    *vectors_ppmid.PPMIDS,
    *vectors_target.TARGET,
    *vectors_delivery.DELIVERY,
)

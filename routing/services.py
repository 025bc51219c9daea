"""TABLE: every service reference variant of DUIS 5.4. What a service is; who may ask what of it is in ``checks``.

Sources: the DCC's service request matrix and the comments of the DUIS 5.4 schema (criticality, roles,
variants, future dating, schedules); device types are what the Reference Test Data Set shows, which proves that
a type is allowed and never that another is not: the others are assumed and marked; statuses are assumed
but for the one exception that is transcribed (11.2 on a Suspended device, MP105). SMETS1: the list of minimum
services and the commissioning set as proposed in 2017 (the final list was not at hand), 11.3 (Further Testing
Consultation), 4.6.1 (response times of SEC Appendix E). The rows stand in ``routing.services_*``.
"""

from __future__ import annotations

from typing import Final

from routing import services_dcc, services_reading, services_settings, services_supply, services_tariff
from routing.service import SMETS1_ONLY_ROLES, FutureDating, Service, Since
from schemas.vocabulary import ServiceReferenceVariant

__all__ = ["SERVICES", "SMETS1_ONLY_ROLES", "FutureDating", "Service", "Since"]


def _place(row: Service) -> tuple[int, ...]:
    return tuple(map(int, row.variant.split(".")))


_ROWS: Final = (
    *services_tariff.ROWS,
    *services_reading.ROWS,
    *services_settings.ROWS,
    *services_supply.ROWS,
    *services_dcc.ROWS,
)
SERVICES: Final[dict[ServiceReferenceVariant, Service]] = {row.variant: row for row in sorted(_ROWS, key=_place)}
"""The services that this gateway decides. One that is not here is refused, never waved through."""

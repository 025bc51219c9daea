"""All use cases and the order in which they are asked: the tables of this package, joined."""

from __future__ import annotations

from typing import Final

from gbcs.usecases import (
    alert_settings,
    billing,
    credentials,
    displays,
    electricity_reads,
    firmware,
    gas_alerts,
    gas_display,
    gas_logs,
    gas_prepayment,
    gas_reads,
    gas_settings,
    gas_tariff,
    hub,
    hub_radio,
    joins,
    load_control,
    meter_settings,
    payment,
    prepayment,
    prepayment_settings,
    readings,
    supply,
    tariffs,
    voltage,
)
from gbcs.usecases.usecase import Choice
from schemas.vocabulary import ServiceReferenceVariant

CHOICES: Final[tuple[Choice, ...]] = (
    *prepayment.CHOICES,
    *readings.CHOICES,
    *supply.CHOICES,
    *credentials.CHOICES,
    *joins.CHOICES,
    *hub.CHOICES,
    *hub_radio.CHOICES,
    *electricity_reads.CHOICES,
    *firmware.CHOICES,
    *alert_settings.CHOICES,
    *billing.CHOICES,
    *displays.CHOICES,
    *load_control.CHOICES,
    *meter_settings.CHOICES,
    *payment.CHOICES,
    *prepayment_settings.CHOICES,
    *tariffs.CHOICES,
    *voltage.CHOICES,
    *gas_alerts.CHOICES,
    *gas_display.CHOICES,
    *gas_logs.CHOICES,
    *gas_prepayment.CHOICES,
    *gas_reads.CHOICES,
    *gas_settings.CHOICES,
    *gas_tariff.CHOICES,
)


def _by_variant() -> dict[ServiceReferenceVariant, tuple[Choice, ...]]:
    rows: dict[ServiceReferenceVariant, tuple[Choice, ...]] = {}
    for choice in CHOICES:
        rows[choice.variant] = (*rows.get(choice.variant, ()), choice)
    return rows


def _names_by_code() -> dict[int, tuple[str, ...]]:
    names: dict[int, tuple[str, ...]] = {}
    for choice in CHOICES:
        use_case = choice.use_case
        known = names.get(use_case.message_code, ())
        names[use_case.message_code] = known if use_case.name in known else (*known, use_case.name)
    return names


CHOICES_BY_VARIANT: Final = _by_variant()
NAMES_BY_CODE: Final = _names_by_code()
"""Names of the use cases of each message code: several variants of one may share it."""

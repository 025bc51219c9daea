"""TABLE: what stands in a home. ``FEATURED`` has every case that is worth showing once; others are drawn by lot.

A plan is data without identifiers; ``estate`` makes devices, meter points and registrations of it.
Shares and statuses are chosen to have enough of each, not to be those of Great Britain.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from gateway.sandbox.models import ESME_POLYPHASE, ESME_SINGLE, ESME_TWIN, Cohort, SampleModel
from schemas.vocabulary import DeviceType, Generation

T = TypeVar("T")


class State(StrEnum):
    """How far a home has come."""

    COMMISSIONED = "commissioned"
    PENDING = "pending"
    """Everything is pre-notified, nothing is joined yet and no meter point is known."""
    INSTALLING = "installing"
    """The hub is commissioned, the other devices are joined to it and not yet commissioned."""
    SUSPENDED = "suspended"
    """The electricity meter runs a firmware version that was withdrawn."""
    DECOMMISSIONED = "decommissioned"
    WITHDRAWN = "withdrawn"


class Consumer(StrEnum):
    """What shows the consumer the meters."""

    PPMID = "ppmid"
    BILINGUAL = "bilingual"
    IHD = "ihd"


class Supplier(StrEnum):
    FIRST = "first"
    SECOND = "second"
    SUSPENDED = "suspended"


class Change(StrEnum):
    """Of supplier, from the one to the other of the first two."""

    PAST = "past"
    AHEAD = "ahead"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One home."""

    cohort: Cohort | None = None
    """``None``: SMETS2+."""
    region: str = "North"
    """WAN region of a SMETS2+ home."""
    esme: SampleModel = ESME_SINGLE
    """Of a SMETS2+ home; a cohort has its own."""
    gas: bool = True
    consumer: Consumer | None = Consumer.PPMID
    consumer_as: Generation | None = None
    """How the bilingual PPMID was pre-notified; ``None``: as what the home is."""
    consumer_s1sp: Cohort | None = None
    """The S1SP of a bilingual PPMID that was pre-notified as SMETS1 and stands in a SMETS2+ home."""
    load_control: bool = False
    exports: bool = False
    state: State = State.COMMISSIONED
    supplier: Supplier = Supplier.FIRST
    gas_supplier: Supplier | None = None
    """``None``: the same."""
    change: Change | None = None
    names: dict[str, DeviceType] = msgspec.field(default_factory=dict)
    """The devices that the tour and people refer to."""

    @property
    def generation(self) -> Generation:
        return Generation.SMETS2 if self.cohort is None else Generation.SMETS1

    @property
    def consumer_generation(self) -> Generation:
        return self.consumer_as or self.generation

    @property
    def misjoined(self) -> bool:
        return self.consumer_generation is not self.generation


def _named(prefix: str = "", suffix: str = "") -> dict[str, DeviceType]:
    names = {
        "esme": DeviceType.ESME,
        "gsme": DeviceType.GSME,
        "gpf": DeviceType.GPF,
        "hub": DeviceType.CHF,
        "ppmid": DeviceType.PPMID,
    }
    return {f"{prefix}{name}{suffix}": kind for name, kind in names.items()}


_ESME, _PPMID = DeviceType.ESME, DeviceType.PPMID

FEATURED: Final = (
    Plan(names=_named()),
    Plan(
        region="Central",
        esme=ESME_TWIN,
        consumer=Consumer.IHD,
        load_control=True,
        supplier=Supplier.SECOND,
        names={"twin-esme": _ESME, "ihd": DeviceType.IHD, "hcalcs": DeviceType.HCALCS},
    ),
    Plan(cohort=Cohort.SECURE, names=_named("smets1-secure-")),
    Plan(cohort=Cohort.IOC, names=_named("smets1-ioc-")),
    Plan(cohort=Cohort.MDS, names=_named("smets1-mds-")),
    Plan(cohort=Cohort.FOC, names=_named("smets1-foc-")),
    Plan(region="South", consumer=Consumer.BILINGUAL, names={"bilingual-ppmid-as-smets2": _PPMID}),
    Plan(cohort=Cohort.FOC, consumer=Consumer.BILINGUAL, names={"bilingual-ppmid-as-smets1": _PPMID}),
    Plan(
        region="Central",
        consumer=Consumer.BILINGUAL,
        consumer_as=Generation.SMETS1,
        consumer_s1sp=Cohort.FOC,
        names={"misjoined-ppmid-1": _PPMID},
    ),
    Plan(
        cohort=Cohort.IOC,
        consumer=Consumer.BILINGUAL,
        consumer_as=Generation.SMETS2,
        names={"misjoined-ppmid-2": _PPMID},
    ),
    Plan(region="South", state=State.SUSPENDED, names={"suspended-esme": _ESME}),
    Plan(region="Central", state=State.PENDING, names=_named("pending-")),
    Plan(region="North", state=State.INSTALLING, names=_named("installing-")),
    Plan(region="South", state=State.DECOMMISSIONED, names={"decommissioned-esme": _ESME}),
    Plan(cohort=Cohort.MDS, state=State.WITHDRAWN, names={"smets1-withdrawn-esme": _ESME}),
    Plan(region="North", supplier=Supplier.SUSPENDED, names={"esme-of-suspended-supplier": _ESME}),
    Plan(region="Central", change=Change.PAST, names={"esme-changed-supplier": _ESME}),
    Plan(region="South", change=Change.AHEAD, names={"esme-changing-supplier": _ESME}),
    Plan(
        region="South",
        esme=ESME_POLYPHASE,
        gas=False,
        consumer=None,
        exports=True,
        names={"exporting-esme": _ESME, "electricity-only-hub": DeviceType.CHF},
    ),
    Plan(cohort=Cohort.SECURE, gas=False, state=State.SUSPENDED, names={"smets1-suspended-esme": _ESME}),
)
"""In the order of the homes' numbers."""

_SMETS1_SHARE: Final = 0.4
_REGIONS: Final = ("North", "Central", "South")
_COHORTS: Final = {Cohort.IOC: 20, Cohort.MDS: 15, Cohort.SECURE: 30, Cohort.FOC: 35}
_ESMES: Final = {ESME_SINGLE: 80, ESME_TWIN: 12, ESME_POLYPHASE: 8}
_STATES: Final = {
    State.COMMISSIONED: 90,
    State.PENDING: 3,
    State.INSTALLING: 2,
    State.SUSPENDED: 2,
    State.DECOMMISSIONED: 2,
    State.WITHDRAWN: 1,
}
_SUPPLIERS: Final = {Supplier.FIRST: 60, Supplier.SECOND: 37, Supplier.SUSPENDED: 3}
_SMETS2_CONSUMERS: Final = {Consumer.PPMID: 55, Consumer.BILINGUAL: 15, Consumer.IHD: 15, None: 15}
_SMETS1_CONSUMERS: Final = {Consumer.PPMID: 60, Consumer.BILINGUAL: 15, None: 25}


def drawn(lot: random.Random) -> Plan:
    """One home by lot."""
    cohort = _one(lot, _COHORTS) if lot.random() < _SMETS1_SHARE else None
    supplier = _one(lot, _SUPPLIERS)
    change = Change.PAST if lot.random() < 0.1 and supplier is not Supplier.SUSPENDED else None
    consumer = _one(lot, _SMETS1_CONSUMERS if cohort else _SMETS2_CONSUMERS)
    if cohort is Cohort.SECURE and consumer is Consumer.BILINGUAL:
        consumer = Consumer.PPMID  # Secure holds nothing on displays of other makers (seed 001, section 4)
    return Plan(
        cohort=cohort,
        region=lot.choice(_REGIONS),
        esme=_one(lot, _ESMES),
        gas=lot.random() < 0.85,
        consumer=consumer,
        load_control=cohort is None and lot.random() < 0.05,
        exports=lot.random() < 0.04,
        state=_one(lot, _STATES),
        supplier=supplier,
        gas_supplier=None if change or lot.random() < 0.8 else _one(lot, _SUPPLIERS),
        change=change,
    )


def _one(lot: random.Random, weights: Mapping[T, int]) -> T:
    return lot.choices(list(weights), list(weights.values()))[0]

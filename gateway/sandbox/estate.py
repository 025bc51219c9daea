"""An estate of homes: which devices stand where, in what status, and who is registered for their meter points.

The same seed gives the same estate: nothing here reads a clock or makes a key. The first homes are those of
``plans.FEATURED`` in their order, the others are drawn by lot. Certificates and the store are ``world``'s
affair, the models ``models``'.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final, assert_never

import msgspec

from gateway.sandbox import models
from gateway.sandbox.lists import cpl_entries, entry_ids
from gateway.sandbox.models import COHORTS, Cohort, SampleModel, SampleVersion
from gateway.sandbox.places import Place, place
from gateway.sandbox.plans import FEATURED, Consumer, Plan, State, drawn
from gateway.sandbox.registrants import Registrants, register
from routing.inventory import Device
from routing.parties import Registration
from schemas.vocabulary import TYPE_2_DEVICES, DeviceId, DeviceStatus, DeviceType, Generation, UserId

SMETS1_REGION: Final = "SMETS1"
"""The CSPRegion of devices in SMETS1 homes (DUIS schema)."""
_SLOTS: Final = {
    DeviceType.CHF: 1,
    DeviceType.GPF: 2,
    DeviceType.ESME: 3,
    DeviceType.GSME: 4,
    DeviceType.PPMID: 5,
    DeviceType.IHD: 6,
    DeviceType.HCALCS: 7,
}
_PREFIXES: Final = {Generation.SMETS1: 0x90DB1251, Generation.SMETS2: 0x00DB125A}
"""First half of the EUI-64 of the devices in a home: both are made up, one has its top bit set."""
_FIRST_INSTALLATION: Final = date(2018, 1, 8)
_DAYS_OF_INSTALLATION: Final = 2500
"""Up to the end of 2024: before the changes of supplier."""


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """One home, to pick example devices from."""

    number: int
    generation: Generation
    cohort: Cohort | None
    """``None`` for SMETS2+."""
    region: str
    """WAN region, or ``SMETS1``."""
    state: State
    electricity_supplier: UserId | None
    """Registered today; ``None`` where no meter point is known yet."""
    gas_supplier: UserId | None
    devices: dict[DeviceType, DeviceId]
    bilingual: bool = False
    """Its PPMID has a product list entry in each generation."""
    misjoined: bool = False
    """Its PPMID was pre-notified as the other generation."""
    changes_supplier: bool = False
    """In the past or ahead."""


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    homes: tuple[Home, ...]
    devices: tuple[Device, ...]
    registrations: tuple[Registration, ...]
    named: dict[str, DeviceId]
    """The devices of ``plans.FEATURED`` by their names there."""


def make_estate(homes: int, seed: int, registrants: Registrants) -> Estate:
    """``homes`` homes, numbered from 1. Raises ValueError when they are fewer than the featured ones."""
    if homes < len(FEATURED):
        raise ValueError(f"expected at least {len(FEATURED)} homes, found {homes}")
    lot = random.Random(seed)
    plans = [*FEATURED, *(drawn(lot) for _ in range(homes - len(FEATURED)))]
    made: list[Home] = []
    devices: list[Device] = []
    registrations: list[Registration] = []
    named: dict[str, DeviceId] = {}
    for number, plan in enumerate(plans, start=1):
        builder = _HomeBuilder(number, plan, lot)
        home, registered = builder.home(registrants)
        made.append(home)
        registrations += registered
        devices += builder.devices()
        named |= {name: builder.device_id(kind) for name, kind in plan.names.items()}
    return Estate(homes=tuple(made), devices=tuple(devices), registrations=tuple(registrations), named=named)


class _HomeBuilder:
    """One home under way."""

    def __init__(self, number: int, plan: Plan, lot: random.Random) -> None:
        self._number: Final = number
        self._plan: Final = plan
        self._installed: Final = _FIRST_INSTALLATION + timedelta(days=lot.randrange(_DAYS_OF_INSTALLATION))
        self._region: Final = SMETS1_REGION if plan.cohort else plan.region
        self._place: Final = place(number, self._region, lot)
        self._joined: Final = plan.state is not State.PENDING

    def device_id(self, kind: DeviceType) -> DeviceId:
        return DeviceId(_PREFIXES[self._plan.generation] << 32 | self._number << 8 | _SLOTS[kind])

    def home(self, registrants: Registrants) -> tuple[Home, tuple[Registration, ...]]:
        plan = self._plan
        since = datetime(self._installed.year, self._installed.month, self._installed.day, tzinfo=UTC)
        electricity, gas, registered = register(plan, self._place, since, registrants)
        home = Home(
            number=self._number,
            generation=plan.generation,
            cohort=plan.cohort,
            region=self._region,
            state=plan.state,
            electricity_supplier=electricity if self._joined else None,
            gas_supplier=gas if self._joined else None,
            devices={device.type: device.id for device in self.devices()},
            bilingual=plan.consumer is Consumer.BILINGUAL,
            misjoined=plan.misjoined,
            changes_supplier=self._joined and plan.change is not None,
        )
        return home, registered if self._joined else ()

    def devices(self) -> Iterator[Device]:
        """Hub first."""
        plan = self._plan
        cohort = COHORTS[plan.cohort] if plan.cohort else None
        hub_model = cohort.hub if cohort else _hub_of(plan.region)
        mprn = self._place.mprn if plan.gas else None
        yield self._device(DeviceType.CHF, hub_model, associated_gpf=self.device_id(DeviceType.GPF))
        yield self._device(DeviceType.GPF, hub_model, import_mpxn=mprn)
        yield self._device(
            DeviceType.ESME,
            cohort.esme if cohort else plan.esme,
            import_mpxn=self._place.mpan,
            export_mpan=self._place.export_mpan if plan.exports else None,
        )
        if plan.gas:
            yield self._device(DeviceType.GSME, cohort.gsme if cohort else models.GSME, import_mpxn=mprn)
        if plan.consumer is not None:
            yield self._consumer_device(plan.consumer, cohort.ppmid if cohort else models.PPMID)
        if plan.load_control:
            yield self._device(DeviceType.HCALCS, models.HCALCS)

    def _consumer_device(self, consumer: Consumer, ppmid: SampleModel) -> Device:
        match consumer:
            case Consumer.PPMID:
                return self._device(DeviceType.PPMID, ppmid)
            case Consumer.IHD:
                return self._device(DeviceType.IHD, models.IHD)
            case Consumer.BILINGUAL:
                as_smets1 = self._plan.consumer_generation is Generation.SMETS1
                model = models.BILINGUAL_AS_SMETS1 if as_smets1 else models.BILINGUAL_AS_SMETS2
                return self._device(DeviceType.PPMID, model)
            case _:
                assert_never(consumer)

    def _device(
        self,
        kind: DeviceType,
        model: SampleModel,
        *,
        import_mpxn: str | None = None,
        export_mpan: str | None = None,
        associated_gpf: DeviceId | None = None,
    ) -> Device:
        status = _status(self._plan.state, kind)
        version = _version(model, status)
        typed = kind not in TYPE_2_DEVICES
        installed = self._joined and status is not DeviceStatus.INSTALLED_NOT_COMMISSIONED
        return Device(
            id=self.device_id(kind),
            type=kind,
            status=status,
            manufacturer=model.manufacturer,
            model=model.model,
            firmware_version=version.version if typed else None,
            smets_chts_version=model.smets_chts_version,
            suspended_from=DeviceStatus.COMMISSIONED if status is DeviceStatus.SUSPENDED else None,
            prenotified_as=model.generation,
            cpl_entry=_ENTRY_IDS[(model.manufacturer, model.model, version.version)] if typed else None,
            s1sp=self._s1sp(model.generation),
            hub=self.device_id(DeviceType.CHF) if self._joined and kind is not DeviceType.CHF else None,
            associated_gpf=associated_gpf,
            import_mpxn=import_mpxn if self._joined else None,
            export_mpan=export_mpan if self._joined else None,
            esme_variant=model.esme_variant,
            gbcs_version=model.gbcs_version,
            csp_region=self._region if self._joined and model.generation is self._plan.generation else None,
            date_commissioned=self._installed if typed and installed else None,
            **_where(self._place if self._joined else None),
        )

    def _s1sp(self, generation: Generation) -> str | None:
        if generation is Generation.SMETS2:
            return None
        operated_by = self._plan.cohort or self._plan.consumer_s1sp
        return operated_by.value if operated_by else None


_ENTRY_IDS: Final = entry_ids(cpl_entries())


def _where(place: Place | None) -> dict[str, str]:
    return {} if place is None else {"uprn": place.uprn, "postcode": place.postcode, "address": place.address}


def _hub_of(region: str) -> SampleModel:
    return models.HUB_NORTH if region == "North" else models.HUB_CENTRAL_SOUTH


def _version(model: SampleModel, status: DeviceStatus | None) -> SampleVersion:
    """A Suspended device runs the version that was withdrawn; all others run the current one."""
    return model.former[0] if status is DeviceStatus.SUSPENDED else model.current


def _status(state: State, kind: DeviceType) -> DeviceStatus | None:
    if kind in TYPE_2_DEVICES:
        return None
    hub = kind in {DeviceType.CHF, DeviceType.GPF}
    match state:
        case State.COMMISSIONED:
            return DeviceStatus.COMMISSIONED
        case State.PENDING:
            return DeviceStatus.PENDING
        case State.INSTALLING:
            return DeviceStatus.COMMISSIONED if hub else DeviceStatus.INSTALLED_NOT_COMMISSIONED
        case State.SUSPENDED:
            return DeviceStatus.SUSPENDED if kind is DeviceType.ESME else DeviceStatus.COMMISSIONED
        case State.DECOMMISSIONED:
            return DeviceStatus.DECOMMISSIONED
        case State.WITHDRAWN:
            return DeviceStatus.WITHDRAWN
        case _:
            assert_never(state)

"""The sandbox's product lists, made of the models in ``models``, and sample firmware images to send.

An image is a few octets of text that name what it is for; the list holds its SHA-256. Entry ids are
invented. Writing the lists into the store is ``world``'s affair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Final

import msgspec

from cpl.epcl import EpclEntry, InstallationStatus
from cpl.product import CplEntry, DeviceModel
from gateway.sandbox import models
from gateway.sandbox.models import COHORTS, Cohort, CohortModels, SampleModel, SampleVersion
from schemas.vocabulary import CplStatus

_FIRST_CPL_ENTRY: Final = 100_001
_FIRST_EPCL_ENTRY: Final = 900_001
UNLISTED_VERSION: Final = "0BADC0DE"
"""Of no entry in any sandbox."""


class SampleFirmware(msgspec.Struct, frozen=True, kw_only=True):
    """An image that an 11.1 can carry, and what an 11.3 names it by."""

    manufacturer: str
    model: str
    version: str
    """The DUIS form."""
    image: bytes
    hash: bytes
    """SHA-256 of ``image``, 32 octets."""
    status: CplStatus | None
    """Of its CPL entry; ``None``: the list has none."""


def sample_image(manufacturer: str, model: str, version: str) -> bytes:
    """The image of a firmware version in the sandbox: always the same octets."""
    return f"Sample firmware image {version} for {manufacturer} {model}: nothing that a device could run.\n".encode()


def cpl_entries() -> tuple[CplEntry, ...]:
    """The Central Products List: every version of every model."""
    numbered = zip(
        count(_FIRST_CPL_ENTRY),
        ((model, version) for model in models.ALL_MODELS for version in model.versions),
        strict=False,
    )
    return tuple(_cpl_entry(str(number), model, version) for number, (model, version) in numbered)


def _cpl_entry(entry_id: str, model: SampleModel, version: SampleVersion) -> CplEntry:
    image = sample_image(model.manufacturer, model.model, version.version)
    return CplEntry(
        entry_id=entry_id,
        device_type=model.device_type,
        generation=model.generation,
        manufacturer=model.manufacturer,
        model=model.model,
        firmware_version=version.version,
        vendor_version=version.vendor_version,
        firmware_hash=hashlib.sha256(image).digest(),
        smets_chts_version=model.smets_chts_version,
        gbcs_version=model.gbcs_version,
        esme_variant=model.esme_variant,
        status=version.status,
        status_since=version.status_since,
    )


def entry_ids(entries: tuple[CplEntry, ...]) -> dict[tuple[str, str, str], str]:
    """CPL Entry IDs by manufacturer, model and firmware version."""
    return {(e.manufacturer, e.model, e.firmware_version): e.entry_id for e in entries}


# ---- combinations


class _Combination(msgspec.Struct, frozen=True, kw_only=True):
    """Models that stand together."""

    esme: SampleModel | None
    gsme: SampleModel | None
    hub: SampleModel
    ppmid: SampleModel | None
    equivalent: bool
    """To the main combination of the same firmware and installation status; that one is tested."""


def epcl_entries() -> tuple[EpclEntry, ...]:
    """The Eligible Product Combinations List: every SMETS1 model that the CPL has in force is in an entry.

    The main combination of a cohort is tested; single fuel and display-less ones, and those with another
    meter or display, are Substantively Equivalent to it. Each stands once per installation status.
    """
    numbers = count(_FIRST_EPCL_ENTRY)
    return tuple(
        entry
        for cohort in Cohort
        for newer in (False, True)
        for status in InstallationStatus
        for entry in _entries(cohort, newer, status, numbers)
    )


def _entries(cohort: Cohort, newer: bool, status: InstallationStatus, numbers: Iterator[int]) -> Iterator[EpclEntry]:
    tested: str | None = None
    for combination in _combinations(COHORTS[cohort]):
        entry = EpclEntry(
            entry_id=f"{next(numbers):06d}",
            cohort=cohort.listed_as,
            installation_status=status,
            equivalent_to=tested if combination.equivalent else None,
            solution_release=None if newer else COHORTS[cohort].solution_release,
            esme=_device_model(combination.esme, newer),
            gsme=_device_model(combination.gsme, newer),
            hub=_device_model(combination.hub, newer),
            ppmid=_device_model(combination.ppmid, newer),
        )
        tested = tested or entry.entry_id
        yield entry


def _combinations(cohort: CohortModels) -> Iterator[_Combination]:
    main = _Combination(esme=cohort.esme, gsme=cohort.gsme, hub=cohort.hub, ppmid=cohort.ppmid, equivalent=False)
    yield main
    child = msgspec.structs.replace(main, equivalent=True)
    yield msgspec.structs.replace(child, gsme=None)
    yield msgspec.structs.replace(child, ppmid=None)
    for esme in cohort.other_esmes:
        yield msgspec.structs.replace(child, esme=esme)
    for gsme in cohort.other_gsmes:
        yield msgspec.structs.replace(child, gsme=gsme)
    for ppmid in cohort.other_ppmids:
        yield msgspec.structs.replace(child, ppmid=ppmid)


def _device_model(model: SampleModel | None, newer: bool) -> DeviceModel | None:
    if model is None:
        return None
    return DeviceModel(
        manufacturer=model.manufacturer,
        model=model.model,
        hardware_version=model.hardware_version,
        hardware_revision=model.hardware_revision,
        vendor_version=(model.newer if newer else model.current).vendor_version,
    )


# ---- firmware to try requests with


def sample_firmware() -> dict[str, SampleFirmware]:
    """Images by name: ``esme-current``, ``esme-newer``, ``esme-withdrawn``, ``esme-expired``, ``esme-cancelled``,
    ``esme-unlisted``; ``gsme-newer``, ``twin-esme-newer``, ``ppmid-newer``; ``smets1-secure-esme-newer`` and so on
    for each cohort's devices, with ``-withdrawn`` for its ESME; ``bilingual-ppmid-as-smets1``, ``-as-smets2``.
    """
    esme = models.ESME_SINGLE
    found = {
        "esme-current": _sample(esme, esme.current),
        "esme-unlisted": _sample(esme, SampleVersion(version=UNLISTED_VERSION, vendor_version=""), listed=False),
        "twin-esme-newer": _sample(models.ESME_TWIN, models.ESME_TWIN.newer),
        "gsme-newer": _sample(models.GSME, models.GSME.newer),
        "ppmid-newer": _sample(models.PPMID, models.PPMID.newer),
        "bilingual-ppmid-as-smets1": _sample(models.BILINGUAL_AS_SMETS1, models.BILINGUAL_AS_SMETS1.newer),
        "bilingual-ppmid-as-smets2": _sample(models.BILINGUAL_AS_SMETS2, models.BILINGUAL_AS_SMETS2.newer),
        **_newer_and_former("esme", esme),
    }
    for cohort, its in COHORTS.items():
        for name, model in (("esme", its.esme), ("gsme", its.gsme), ("hub", its.hub), ("ppmid", its.ppmid)):
            found |= _newer_and_former(f"smets1-{cohort.value}-{name}", model)
    return found


def _newer_and_former(name: str, model: SampleModel) -> dict[str, SampleFirmware]:
    former = {f"{name}-{version.status.value.lower()}": _sample(model, version) for version in model.former}
    return {f"{name}-newer": _sample(model, model.newer)} | former


def _sample(model: SampleModel, version: SampleVersion, *, listed: bool = True) -> SampleFirmware:
    image = sample_image(model.manufacturer, model.model, version.version)
    return SampleFirmware(
        manufacturer=model.manufacturer,
        model=model.model,
        version=version.version,
        image=image,
        hash=hashlib.sha256(image).digest(),
        status=version.status if listed else None,
    )

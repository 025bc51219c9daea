"""Why a firmware version is on the Central Products List or not: finds out what E110101 explains.

It is asked only when somebody wants to know or a request is refused, so it may look at every entry that is
near. It decides nothing: the CPL's status column alone lets a version be used (seed 004, section 3); an EPCL
entry only lets a SMETS1 CPL entry be made. Since when a revision is in force is not known here.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from cpl.product import CplEntry, DeviceModel, in_force
from cpl.product_list import ProductList
from cpl.story import Asked, Standing, Story, clauses, remedies
from cpl.words import fold, fold_version

_DUIS_MODEL_DIGITS: Final = 8
_MODEL_WITHOUT_HARDWARE: Final = 4
"""A model as pre-notified is four digits of model and four of hardware version and revision (inferred from RTDS)."""


def why(products: ProductList, asked: Asked, *, today: date | None = None) -> Story:
    """The story of one product or image. ``today`` lets it say that the date of a CPA certificate has passed."""
    entries = _exact(products, asked)
    version = entries[0].firmware_version if entries else asked.firmware_version
    named = _device_models(products, asked, entries)
    story = Story(
        asked=asked,
        revision=products.revision,
        standing=Standing.MODEL_NOT_LISTED,
        entries=entries,
        same_model=_others_of_model(products, asked, entries),
        other_hardware=_on_other_hardware(products, asked, version),
        eligible=tuple(dict.fromkeys(entry for one in named for entry in products.combinations.containing(one))),
        pending=tuple(dict.fromkeys(row for one in named for row in products.pending.containing(one))),
    )
    story = msgspec.structs.replace(story, standing=_standing(products, story))
    return msgspec.structs.replace(story, because=tuple(clauses(story, today)), to_do=tuple(remedies(story)))


def explain_absence(
    products: ProductList, firmware_version: str, manufacturer: str | None = None, model: str | None = None
) -> str:
    """Why a firmware version (of a Device Model, where one is known) is refused: E110101 of an 11.1 and its kin."""
    return why(products, Asked(manufacturer=manufacturer, model=model, firmware_version=firmware_version)).reason


def explain_absence_of_hash(
    products: ProductList, firmware_hash: bytes, manufacturer: str | None = None, model: str | None = None
) -> str:
    """Why an 11.3 is refused: no Active entry (of the device's model, where that is given) has its hash."""
    return why(products, Asked(manufacturer=manufacturer, model=model, firmware_hash=firmware_hash)).reason


# ---- what the lists hold of it


def _exact(products: ProductList, asked: Asked) -> tuple[CplEntry, ...]:
    if asked.firmware_hash is not None:
        return products.by_hash(asked.firmware_hash)
    if asked.firmware_version is None:
        return ()
    if asked.manufacturer is None or asked.model is None:
        return products.by_version(asked.firmware_version)
    found = products.entry(asked.manufacturer, asked.model, asked.firmware_version)
    return found or tuple(
        entry
        for entry in products.by_model(asked.manufacturer, asked.model)
        if entry.vendor_version is not None
        and fold_version(entry.vendor_version) == fold_version(asked.firmware_version)
    )


def _others_of_model(products: ProductList, asked: Asked, entries: tuple[CplEntry, ...]) -> tuple[CplEntry, ...]:
    if asked.manufacturer is None or asked.model is None:
        return ()
    return tuple(entry for entry in products.in_force_by_model(asked.manufacturer, asked.model) if entry not in entries)


def _on_other_hardware(products: ProductList, asked: Asked, version: str | None) -> tuple[CplEntry, ...]:
    if version is None or asked.manufacturer is None or asked.model is None:
        return ()
    maker, model = asked.manufacturer, asked.model
    return tuple(
        entry
        for entry in products.in_force_by_version(version)
        if _same(entry.manufacturer, maker)
        and not _same(entry.model, model)
        and _same(_without_hardware(entry.model), _without_hardware(model))
    )


def _without_hardware(model: str) -> str:
    return model[:_MODEL_WITHOUT_HARDWARE] if len(model) == _DUIS_MODEL_DIGITS else model


def _device_models(products: ProductList, asked: Asked, entries: tuple[CplEntry, ...]) -> tuple[DeviceModel, ...]:
    """As a combination may name it; nothing without a version, because a model alone is no Device Model."""
    if entries:
        return tuple(dict.fromkeys(model for entry in entries for model in entry.device_models))
    if asked.manufacturer is None or asked.model is None or asked.firmware_version is None:
        return ()
    of_model = products.by_model(asked.manufacturer, asked.model)
    names = dict.fromkeys((asked.model, *(e.model_name for e in of_model if e.model_name is not None)))
    # Combinations have the vendor's name where DUIS has an identifier, so the maker is not compared.
    return tuple(DeviceModel(model=name, vendor_version=asked.firmware_version) for name in names)


def _standing(products: ProductList, story: Story) -> Standing:
    asked, active = story.asked, in_force(story.entries)
    of_model = tuple(entry for entry in active if _is_of(entry, asked))
    if any(asked.generation in {None, entry.generation} for entry in of_model):
        return Standing.IN_FORCE
    if of_model:
        return Standing.OTHER_GENERATION
    if active:
        return Standing.OTHER_MODEL
    if story.entries:
        return Standing.REMOVED
    if story.eligible:
        return Standing.AWAITING_ENTRY
    if story.pending:
        return Standing.AWAITING_COMBINATION
    if story.other_hardware:
        return Standing.OTHER_HARDWARE
    if asked.firmware_hash is not None:
        return Standing.HASH_NOT_LISTED
    if asked.manufacturer is None or asked.model is None or products.by_model(asked.manufacturer, asked.model):
        return Standing.VERSION_NOT_LISTED
    return Standing.MODEL_NOT_LISTED


def _is_of(entry: CplEntry, asked: Asked) -> bool:
    if asked.manufacturer is None or asked.model is None:
        return True
    return is_of_model(entry, asked.manufacturer, asked.model)


def is_of_model(entry: CplEntry, manufacturer: str, model: str) -> bool:
    """Whether an entry is of a Device Model as DUIS names it."""
    return _same(entry.manufacturer, manufacturer) and _same(entry.model, model)


def _same(one: str, other: str) -> bool:
    return fold(one) == fold(other)

"""TABLE: every check, in the order in which they are put.

The order is the policy: of several faults it decides which code a request gets, never whether it
passes. The official order was not at hand (domain facts, section 1.3): sender, service, envelope,
device, then the service's own; it is assumed as a whole. Codes of rules whose official code is not
known are picked from the part of the enumeration whose meanings are not published; each is marked
assumed, and can be mapped to another or switched off in the configuration. Those that come before any
device is looked at stand in ``table_envelope``.
"""

from __future__ import annotations

from typing import Final

from routing.checks import delivery, device, firmware, inventory
from routing.checks.check import DEVICE, Applies, Check
from routing.checks.fact import Fact
from routing.checks.table_advisories import OF_LISTED, OF_TARGET
from routing.checks.table_envelope import ENVELOPE, RECEIVED
from routing.checks.table_images import IMAGES
from routing.checks.table_inventory_update import CHANGES
from routing.checks.table_ppmid import JOINS, KIND_IS_CLEAR, PRE_NOTIFIED_AGAIN
from routing.facts import Located, Target
from schemas.vocabulary import LOCAL_COPY_VARIANTS, Basis, Generation, ResponseCode

__all__ = ["BUILT", "ENVELOPE", "LOCATED", "RECEIVED", "TARGET"]

_TITLES: Final = "DCC Systems Response Codes"
_SEED_004: Final = "SMETS1 Further Testing Consultation (19 Dec 2019), section 3"
_SEED_001: Final = "PPMID consultation (27 Jul 2021), section 2"


def _code(text: str) -> ResponseCode:
    return ResponseCode(text)


LOCATED: Final[tuple[Check[Located], ...]] = (
    Check(
        name="device-exists",
        code=_code("E19"),
        ask=device.device_exists,
        cites=f"{_TITLES}, E19",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.TARGET, Fact.IN_INVENTORY),
        remedy="pre-notify the device (12.2), or correct the target",
        applies=DEVICE,
    ),
    Check(
        name="inventory-holds-what-is-asked",
        code=_code("E080201"),
        ask=inventory.inventory_holds_what_is_asked,
        cites="ours: the schema allows no answer without a device",
        basis=Basis.ASSUMED,
        reads=(Fact.MATCHES,),
        remedy="ask for a device, meter point or property that the inventory holds",
        applies=Applies(services=frozenset({"8.2"})),
    ),
    PRE_NOTIFIED_AGAIN,
    Check(
        name="device-is-new",
        code=_code("E120201"),
        ask=inventory.device_is_new,
        cites="E120201 by behaviour only (DP316)",
        basis=Basis.ASSUMED,
        reads=(Fact.NAMED_DEVICES,),
        remedy="a device is pre-notified once; delete it first (8.4) to announce it anew",
        applies=Applies(services=frozenset({"12.2"})),
    ),
    Check(
        name="hub-is-not-its-own-gas-proxy",
        code=_code("E120201"),
        ask=inventory.hub_is_not_its_own_gas_proxy,
        cites="DP316: what the DCC returns when CHF ID equals GPF ID",
        basis=Basis.SPECIFIED,
        reads=(Fact.NAMED_DEVICES,),
        remedy="give the gas proxy function its own device ID",
        applies=Applies(services=frozenset({"12.2"})),
    ),
    Check(
        name="pre-notified-model-is-on-cpl",
        code=_code("E120203"),
        ask=inventory.pre_notified_model_is_on_cpl,
        cites=f"{_SEED_001}: the pre-notification gives the details of a CPL entry; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.FIRMWARE, Fact.PRODUCT_LIST),
        remedy="give manufacturer, model, type and firmware version of an active CPL entry",
        applies=Applies(services=frozenset({"12.2"})),
    ),
    KIND_IS_CLEAR,
    Check(
        name="whitelisting-is-described",
        code=_code("E081101"),
        ask=inventory.whitelisting_is_described,
        cites="DUIS schema, UpdateHANDeviceLog: optional there, because the schema cannot tie it to RequestType",
        basis=Basis.ASSUMED,
        reads=(Fact.BODY,),
        remedy="give AddDeviceToCHFWhitelist with an Add, and leave it out of a Remove",
        applies=Applies(services=frozenset({"8.11"})),
    ),
    Check(
        name="named-device-is-pre-notified",
        code=_code("E081102"),
        ask=inventory.named_device_is_pre_notified,
        cites="inventory life cycle: a device is pre-notified before it is whitelisted",
        basis=Basis.ASSUMED,
        reads=(Fact.NAMED_DEVICES,),
        remedy="pre-notify the device first (12.2)",
        applies=Applies(services=frozenset({"8.11"})),
    ),
    *CHANGES,
    Check(
        name="firmware-version-is-on-cpl",
        code=_code("E110101"),
        ask=firmware.firmware_version_is_on_cpl,
        cites=_SEED_004,
        basis=Basis.SPECIFIED,
        reads=(Fact.FIRMWARE, Fact.NAMED_DEVICES, Fact.PRODUCT_LIST),
        remedy="send a firmware version that the CPL lists for the devices' model",
        applies=Applies(services=frozenset({"11.1"})),
    ),
    Check(
        name="service-is-carried-out-here",
        code=_code("E66"),
        ask=delivery.service_is_carried_out_here,
        cites="ours: what nothing here does is not acknowledged",
        basis=Basis.ASSUMED,
        reads=(Fact.SERVICE,),
        remedy="send it to a gateway that carries it out",
        applies=Applies(non_device=True),
    ),
    *IMAGES,
    *OF_LISTED,
)

TARGET: Final[tuple[Check[Target], ...]] = (
    Check(
        name="device-type-suits-service",
        code=_code("E11"),
        ask=device.device_type_suits_service,
        cites=f"{_TITLES}, E11; RTDS",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.DEVICE_TYPE, Fact.SERVICE_TYPES),
        remedy="address a device of a type that the service is for",
        applies=DEVICE,
    ),
    Check(
        name="device-is-joined-to-its-kind",
        code=_code("E59"),
        ask=device.device_is_joined_to_its_kind,
        cites=f"{_SEED_001}: such a device cannot be targeted; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.TREATMENT,),
        remedy="join the device to an installation of the kind it was pre-notified as",
        applies=DEVICE,
    ),
    Check(
        name="device-status-suits-service",
        code=_code("E5"),
        ask=device.device_status_suits_service,
        cites=f"{_TITLES}, E5; 11.2 on a Suspended device: MP105",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.DEVICE_STATUS, Fact.SERVICE_STATUSES),
        remedy="bring the device into one of the statuses named",
        applies=DEVICE,
    ),
    Check(
        name="role-has-rights-to-generation",
        code=_code("E4"),
        ask=delivery.role_has_rights_to_generation,
        cites="a summary of DUIS 5.3: the Meter Data Retriever reads SMETS1 devices; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.ROLES, Fact.ELIGIBLE_ROLES, Fact.TREATMENT),
        remedy="address a SMETS1 device, or send in another role",
        applies=Applies(non_device=False, generation=Generation.SMETS2),
    ),
    Check(
        name="sender-is-registered",
        code=_code("E4"),
        ask=device.sender_is_registered,
        cites=f"{_TITLES}, E4",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.ROLES, Fact.ELIGIBLE_ROLES, Fact.METER_POINTS, Fact.REGISTRATIONS, Fact.TREATMENT),
        remedy="be registered for the meter point at the required date and time",
        applies=DEVICE,
    ),
    Check(
        name="local-delivery-is-permitted",
        code=_code("E17"),
        ask=delivery.local_delivery_is_permitted,
        cites=f"{_TITLES}, E17; which roles and statuses is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.ROLES, Fact.ELIGIBLE_ROLES, Fact.DEVICE_STATUS, Fact.TREATMENT),
        remedy="have the command sent over the WAN",
        applies=Applies(non_device=False, variants=LOCAL_COPY_VARIANTS),
    ),
    Check(
        name="service-is-available-for-smets1",
        code=_code("E57"),
        ask=device.service_is_available_for_smets1,
        cites="SMETS1 communications forum (Mar 2017), minimum services; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.SMETS1_SERVICES,),
        remedy="use a service that SMETS1 devices offer",
        applies=Applies(non_device=False, generation=Generation.SMETS1),
    ),
    Check(
        name="variant-suits-treatment",
        code=_code("E12"),
        ask=device.variant_suits_treatment,
        cites=f"{_TITLES}, E12; which variant a SMETS1 critical request carries is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.COMMAND_VARIANT, Fact.TREATMENT, Fact.SERVICE_VARIANTS, Fact.SMETS1_SERVICES),
        remedy="use the command variant that the device's generation takes",
        applies=DEVICE,
    ),
    *JOINS,
    Check(
        name="firmware-hash-is-on-cpl",
        code=_code("E110101"),
        ask=firmware.firmware_hash_is_on_cpl,
        cites=_SEED_004,
        basis=Basis.SPECIFIED,
        reads=(Fact.FIRMWARE, Fact.DEVICE_MODEL, Fact.PRODUCT_LIST),
        remedy="activate an image whose hash the CPL lists for the device's model",
        # A Signed Pre-Command carries the hash of the 11.3 that was checked when it was transformed.
        applies=Applies(services=frozenset({"11.3"})),
    ),
    *OF_TARGET,
    Check(
        name="destination-is-known",
        code=_code("E58"),
        ask=device.destination_is_known,
        cites="ours: fail closed on a provider that is not configured",
        basis=Basis.ASSUMED,
        reads=(Fact.TREATMENT, Fact.COMMAND_VARIANT, Fact.HUB, Fact.PROVIDERS),
        remedy="have the S1SP or WAN region of the device configured",
        applies=DEVICE,
    ),
)


def message_can_be_built(facts: Target) -> str | None:
    """A GBCS message can be made of the request."""
    return facts.facts.unbuildable


BUILT: Final[tuple[Check[Target], ...]] = (
    Check(
        name="message-can-be-built",
        code=_code("E56"),
        ask=message_can_be_built,
        cites="GBCS use cases as the Reference Test Data Set shows them",
        basis=Basis.ASSUMED,
        reads=(Fact.GBCS_MESSAGE,),
        remedy="send values that a GBCS use case of the device takes; sign a Pre-Command without changing it",
        applies=Applies(non_device=False, generation=Generation.SMETS2),
    ),
)
"""Asked last: whether the GBCS builder could do its part."""

"""TABLE: what is asked of an 8.3 and an 8.4, which change a device's record here and go nowhere else."""

from __future__ import annotations

from typing import Final

from routing.checks import inventory_update
from routing.checks.check import Applies, Check
from routing.checks.fact import Fact
from routing.facts import Located
from schemas.vocabulary import Basis, ResponseCode

_TITLES: Final = "DCC Systems Response Codes"
_TABLE: Final = "the table of transitions; the code is assumed"
_BOTH: Final = Applies(services=frozenset({"8.3", "8.4"}))

CHANGES: Final[tuple[Check[Located], ...]] = (
    Check(
        name="device-to-change-exists",
        code=ResponseCode("E19"),
        ask=inventory_update.device_to_change_exists,
        cites=f"{_TITLES}, E19",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.NAMED_DEVICES,),
        remedy="pre-notify the device (12.2), or correct the DeviceID",
        applies=_BOTH,
    ),
    Check(
        name="sender-may-change-device",
        code=ResponseCode("E4"),
        ask=inventory_update.sender_may_change_device,
        cites=f"{_TITLES}, E4",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.ROLES, Fact.ELIGIBLE_ROLES, Fact.NAMED_DEVICES, Fact.METER_POINTS, Fact.REGISTRATIONS),
        remedy="be registered for the meter point at the required date and time",
        applies=_BOTH,
    ),
    Check(
        name="decommissioning-is-possible",
        code=ResponseCode("E080302"),
        ask=inventory_update.change_is_provided_for,
        cites=_TABLE,
        basis=Basis.ASSUMED,
        reads=(Fact.BODY, Fact.NAMED_DEVICES, Fact.PRODUCT_LIST, Fact.TIME, Fact.TRANSITIONS),
        remedy="decommission a device that is in place; duis-gateway transitions prints what is provided for",
        applies=Applies(services=frozenset({"8.3"})),
    ),
    Check(
        name="update-is-possible",
        code=ResponseCode("E080405"),
        ask=inventory_update.change_is_provided_for,
        cites=_TABLE,
        basis=Basis.ASSUMED,
        reads=(Fact.BODY, Fact.NAMED_DEVICES, Fact.PRODUCT_LIST, Fact.TIME, Fact.TRANSITIONS),
        remedy="bring the device into a status that the change leads from; duis-gateway transitions prints them",
        applies=Applies(services=frozenset({"8.4"})),
    ),
)

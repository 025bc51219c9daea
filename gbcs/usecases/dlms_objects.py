"""COSEM classes that sets and actions address, and what use cases of several services do with their objects."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from gbcs import axdr
from gbcs.axdr import Tag
from gbcs.usecases.dlms import Step, action, structure
from gbcs.usecases.dlms_values import i8
from gbcs.usecases.elements import Path
from gbcs.usecases.parts import Constant, Part, run


class CosemClass(IntEnum):
    """Source: the DLMS Blue Book; 9000 is of GBCS."""

    DATA = 1
    REGISTER = 3
    EXTENDED_REGISTER = 4
    PROFILE = 7
    CLOCK = 8
    SCRIPT_TABLE = 9
    SCHEDULE = 10
    SPECIAL_DAYS = 11
    ACTIVITY_CALENDAR = 20
    REGISTER_MONITOR = 21
    SINGLE_ACTION_SCHEDULE = 22
    LIMITER = 71
    ACCOUNT = 111
    CREDIT = 112
    CHARGE = 113
    EXTENDED_DATA = 9000


_RESET: Final = 1
_EXECUTE: Final = 1
NO_ARGUMENT: Final = Constant(axdr.number(Tag.INTEGER, 0))
"""What a method without an argument is given."""
_NO_COMMODITY: Final = structure(
    Constant(axdr.long_unsigned(0)), Constant(axdr.octet_string(bytes(6))), Constant(axdr.number(Tag.INTEGER, 0))
)


def reset(class_id: int, name: str) -> Step:
    """Of a register or a log."""
    return action(class_id, name, _RESET, NO_ARGUMENT)


def script(table: str, selector: Part) -> Step:
    """Run the script with that number."""
    return action(CosemClass.SCRIPT_TABLE, table, _EXECUTE, selector)


def fixed_script(table: str, selector: int) -> Step:
    return script(table, Constant(axdr.long_unsigned(selector)))


def unit_charge(scale: Path, charge: Part) -> Part:
    """One price of a charge that depends on no commodity, and its scale."""
    prices = Constant(axdr.array_head(1) + axdr.structure_head(2) + axdr.octet_string(b""))
    return structure(structure(NO_ARGUMENT, i8(scale)), _NO_COMMODITY, run(prices, charge))

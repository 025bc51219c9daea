"""The words of the domain, each in one place.

Identifiers are parsed once, at the border, and are these types afterwards. This module
imports nothing of ours; every other module may import it.

Sources: the identifier shapes, device types, statuses and command variants are those of the
DUIS 5.4 schema; the user roles are those of the DCC's service request matrix.
"""

from __future__ import annotations

import re
from enum import IntEnum, StrEnum
from typing import Final, NewType, Self

_EUI_TEXT: Final = re.compile(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}")
_EUI_LENIENT: Final = re.compile(r"[0-9A-Fa-f]{2}(?:[-:]?[0-9A-Fa-f]{2}){7}")
_COUNTER_TEXT: Final = re.compile(r"0|[1-9][0-9]{0,19}")
COUNTER_LIMIT: Final = 2**64


class Eui64(int):
    """A 64-bit extended unique identifier. Compares as a number: clients mix case.

    Its text form is DUIS's: eight upper-case hexadecimal pairs joined by hyphens.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the DUIS form, ``90-B3-D5-1F-30-01-00-00`` in either case.

        Raises ValueError naming the text when it has another form.
        """
        if not _EUI_TEXT.fullmatch(text):
            raise ValueError(f"{text!r} is not an EUI-64 (eight hexadecimal pairs joined by hyphens)")
        return cls(int(text.replace("-", ""), 16))

    @classmethod
    def parse_lenient(cls, text: str) -> Self:
        """Read what people type: with hyphens, colons or nothing between the pairs."""
        bare = text.strip()
        if not _EUI_LENIENT.fullmatch(bare):
            raise ValueError(f"{text!r} is not an EUI-64 (sixteen hexadecimal digits)")
        return cls(int(bare.replace("-", "").replace(":", ""), 16))

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Read eight big-endian octets, the form of GBCS messages, certificates and the store."""
        if len(octets) != 8:
            raise ValueError(f"an EUI-64 has 8 octets, found {len(octets)}")
        return cls(int.from_bytes(octets, "big"))

    @property
    def octets(self) -> bytes:
        return int.to_bytes(self, 8, "big")

    def __str__(self) -> str:
        return int.to_bytes(self, 8, "big").hex("-").upper()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class DeviceId(Eui64):
    """The EUI-64 of a device, or of the DCC where a request is addressed to the DCC."""

    __slots__ = ()


class UserId(Eui64):
    """The EUI-64 of a user in one or more user roles, of the DCC, or of a service provider."""

    __slots__ = ()


class RequestId:
    """Originator, target and counter: the name of a service request.

    Two RequestIDs are equal when their three numbers are; ``text`` keeps the sender's own
    spelling, because answers repeat it.
    """

    __slots__ = ("counter", "originator", "target", "text")

    def __init__(self, originator: UserId, target: DeviceId, counter: int, text: str | None = None) -> None:
        self.originator: Final = originator
        self.target: Final = target
        self.counter: Final = counter
        self.text: Final = text if text is not None else f"{originator}:{target}:{counter}"

    @classmethod
    def parse(cls, text: str) -> RequestId:
        """Read ``originator:target:counter``. Raises ValueError with the part that is wrong."""
        parts = text.split(":")
        if len(parts) != 3:
            raise ValueError(f"{text!r} is not a RequestID (originator:target:counter)")
        if not _COUNTER_TEXT.fullmatch(parts[2]) or int(parts[2]) >= COUNTER_LIMIT:
            raise ValueError(f"the counter of RequestID {text!r} is not an unsigned 64-bit number")
        return cls(UserId.parse(parts[0]), DeviceId.parse(parts[1]), int(parts[2]), text)

    @property
    def response_id(self) -> str:
        """The ResponseID of the final answer: originator and target swapped, the same counter."""
        originator, target, counter = self.text.split(":")
        return f"{target}:{originator}:{counter}"

    @property
    def octets(self) -> bytes:
        """Twenty-four octets that are equal exactly when two RequestIDs are: the ledger's key."""
        return self.originator.octets + self.target.octets + self.counter.to_bytes(8, "big")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RequestId):
            return NotImplemented
        return (self.originator, self.target, self.counter) == (other.originator, other.target, other.counter)

    def __hash__(self) -> int:
        return hash((int(self.originator), int(self.target), self.counter))

    def __str__(self) -> str:
        return f"{self.originator}:{self.target}:{self.counter}"

    def __repr__(self) -> str:
        return f"RequestId({self})"


ServiceReferenceVariant = NewType("ServiceReferenceVariant", str)
"""A service reference variant, ``4.1.1``; its rules are a row of ``routing.services``."""

ResponseCode = NewType("ResponseCode", str)
"""A response code, ``E110101``; what is known of it is a row of ``schemas.response_codes``."""


class Basis(StrEnum):
    """How sure we are of a rule. Carried by every row of every table."""

    SPECIFIED = "specified"
    """Read in the primary source."""
    TRANSCRIBED = "transcribed"
    """Read in a third party's copy or summary of the primary source."""
    ASSUMED = "assumed"
    """Ours: the source was not at hand. Can be overridden in configuration."""


class WebService(StrEnum):
    """The three DUIS web services a user posts to."""

    TRANSFORM = "T"
    SEND_COMMAND = "S"
    NON_DEVICE = "D"


class CommandVariant(IntEnum):
    """What is to be done with a request; the values are DUIS's."""

    SEND = 1
    LOCAL = 2
    SEND_AND_LOCAL = 3
    TRANSFORM = 4
    SIGNED_SEND = 5
    SIGNED_LOCAL = 6
    SIGNED_SEND_AND_LOCAL = 7
    NON_DEVICE = 8
    INTERNAL = 9
    """Internal to the DCC data systems: the schema lists it, no user may send it."""


SIGNED_PRE_COMMANDS: Final = frozenset(
    {CommandVariant.SIGNED_SEND, CommandVariant.SIGNED_LOCAL, CommandVariant.SIGNED_SEND_AND_LOCAL}
)
"""The variants that carry a Signed Pre-Command and reuse the RequestID of their variant 4."""
LOCAL_VARIANTS: Final = frozenset({CommandVariant.LOCAL, CommandVariant.SIGNED_LOCAL})
"""Returned for local delivery only: nothing goes out over the WAN."""
LOCAL_COPY_VARIANTS: Final = LOCAL_VARIANTS | {
    CommandVariant.SEND_AND_LOCAL,
    CommandVariant.SIGNED_SEND_AND_LOCAL,
}
"""The command comes back to the user in the answer (alone, or beside being sent)."""


class UserRole(StrEnum):
    """The user roles of the DCC's service request matrix, and the one that is newer than it."""

    IMPORT_SUPPLIER = "IS"
    EXPORT_SUPPLIER = "ES"
    GAS_SUPPLIER = "GS"
    REGISTERED_SUPPLIER_AGENT = "RSA"
    ELECTRICITY_DISTRIBUTOR = "ED"
    GAS_TRANSPORTER = "GT"
    OTHER_USER = "OU"
    METER_DATA_RETRIEVER = "MDR"
    """Since DUIS 5.3, according to a summary of it."""


class UserStatus(StrEnum):
    ACTIVE = "Active"
    SUSPENDED = "Suspended"


class DeviceType(StrEnum):
    ESME = "ESME"
    GSME = "GSME"
    GPF = "GPF"
    CHF = "CHF"
    HCALCS = "HCALCS"
    PPMID = "PPMID"
    IHD = "IHD"
    CAD = "CAD"


TYPE_2_DEVICES: Final = frozenset({DeviceType.IHD, DeviceType.CAD})
"""Devices without keys of their own; they have no status in the inventory."""


class DeviceStatus(StrEnum):
    PENDING = "Pending"
    WHITELISTED = "Whitelisted"
    INSTALLED_NOT_COMMISSIONED = "InstalledNotCommissioned"
    COMMISSIONED = "Commissioned"
    DECOMMISSIONED = "Decommissioned"
    WITHDRAWN = "Withdrawn"
    SUSPENDED = "Suspended"
    RECOVERY = "Recovery"
    RECOVERED = "Recovered"


class Generation(StrEnum):
    """Which technical specifications a device, or the home it stands in, belongs to."""

    SMETS1 = "SMETS1"
    SMETS2 = "SMETS2+"


class CplStatus(StrEnum):
    ACTIVE = "Active"
    CANCELLED = "Cancelled"
    EXPIRED = "Expired"
    WITHDRAWN = "Withdrawn"

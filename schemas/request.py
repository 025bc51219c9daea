"""A service request as values: what ``schemas.reading`` makes of the received bytes.

Frozen, comparable and free of XML: no lxml node leaves ``schemas``. Bodies hold what a rule, the
inventory or the GBCS builder reads; times are aware (``datetime`` in UTC), octets are ``bytes``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from schemas.firmware_image import FirmwareImage
from schemas.vocabulary import CommandVariant, DeviceId, DeviceType, RequestId, ServiceReferenceVariant

_CANCELLATION_YEAR: Final = 3000


def is_cancellation(execution: datetime) -> bool:
    """An ExecutionDateTime that cancels what is held. Source: cancellations in the Reference Test Data Set.

    These cancel on devices; that the same date cancels what the DSP holds is assumed.
    """
    return execution.year == _CANCELLATION_YEAR


class Body(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True, gc=False):
    """The part of a request that differs from service to service. The tag is the element's name."""

    execution: datetime | None = None
    """ExecutionDateTime of a future-dated request, UTC; ``None`` for now."""


class ReadInstantaneousImportRegisters(Body, frozen=True, kw_only=True):
    """4.1.1."""


class ReadActiveImportProfileData(Body, frozen=True, kw_only=True):
    """4.8.1."""

    start: datetime
    end: datetime
    ka_credentials: bytes | None = None
    """DER of the key agreement certificate of an unknown remote party."""


class TopUpDevice(Body, frozen=True, kw_only=True):
    """2.2."""

    utrn: str
    """Unique Transaction Reference Number, 20 decimal digits."""


class DisableSupply(Body, frozen=True, kw_only=True):
    """7.2."""


class ReadInventory(Body, frozen=True, kw_only=True):
    """8.2: exactly one of the four ways to name the devices is given."""

    device: DeviceId | None = None
    mpxn: str | None = None
    uprn: str | None = None
    postcode: str | None = None
    address: str | None = None


class AddDeviceToCHFWhitelist(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    join_time_period: int
    """How long the hub lets the device join, seconds, 1 to 3600."""
    install_code: bytes
    """6 to 16 octets."""
    import_mpxn: str | None = None
    secondary_import_mpan: str | None = None
    export_mpan: str | None = None


class UpdateHANDeviceLog(Body, frozen=True, kw_only=True):
    """8.11: ``add`` is given for an Add and absent for a Remove (the schema alone does not tie them)."""

    device: DeviceId
    request_type: str
    """``Add`` or ``Remove``."""
    add: AddDeviceToCHFWhitelist | None = None


class UpdateFirmware(Body, frozen=True, kw_only=True):
    """11.1. The image stays in the received bytes: up to 10,240,000 octets once decoded."""

    firmware_version: str
    """1 to 8 characters."""
    devices: tuple[DeviceId, ...]
    """1 to 50,000 devices, in the sender's order."""
    image_characters: int
    """Length of the image's base64 text, characters."""
    image: FirmwareImage | None = None
    """What a rule may ask of the image; ``None`` in a request that was not read from a document."""


class UpdatePPMIDFirmware(UpdateFirmware, frozen=True, kw_only=True):
    """11.4: an 11.1 for PPMIDs, which activate the image by themselves."""


class ReadFirmwareVersion(Body, frozen=True, kw_only=True):
    """11.2."""


class ActivateFirmware(Body, frozen=True, kw_only=True):
    """11.3."""

    firmware_hash: bytes
    """32 octets: the SHA-256 of the image, the only link to a product list entry."""


class DevicePrenotification(Body, frozen=True, kw_only=True):
    """12.2."""

    device: DeviceId
    manufacturer: str
    model: str
    device_type: DeviceType
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    esme_variant: str | None = None
    associated_gpf: DeviceId | None = None


class SignedPreCommand(Body, frozen=True, kw_only=True):
    """The body of command variants 5, 6 and 7, whatever the service."""

    gbcs_payload: bytes


class Part(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One element inside an ``OtherBody``: text, or further parts."""

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()


class OtherBody(Body, frozen=True, kw_only=True):
    """A body that no rule, record or builder of this gateway reads: kept as it stands, element by element."""

    element: str
    attributes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    """Its elements in order, ExecutionDateTime among them."""


AnyBody = (
    ReadInstantaneousImportRegisters
    | ReadActiveImportProfileData
    | TopUpDevice
    | DisableSupply
    | ReadInventory
    | UpdateHANDeviceLog
    | UpdateFirmware
    | UpdatePPMIDFirmware
    | ReadFirmwareVersion
    | ActivateFirmware
    | DevicePrenotification
    | SignedPreCommand
    | OtherBody
)


class ServiceRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request, read from the very element that its signature covers."""

    request_id: RequestId
    schema_version: str
    """``schemaVersion`` as written: it chooses the response-code enumeration."""
    command_variant: CommandVariant
    service_reference: str
    variant: ServiceReferenceVariant
    body: AnyBody
    first_in_sequence: bool | None = None
    preceding: RequestId | None = None

    @property
    def body_element(self) -> str:
        """Local name of the body's element, ``ReadInventory``."""
        return self.body.element if isinstance(self.body, OtherBody) else type(self.body).__name__


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a document."""

    message: str
    """What was expected and what was found, as a sentence of its own."""
    line: int = 0
    column: int = 0
    """Line and column count from 1; 0 when unknown."""
    path: str = ""
    """Elements from the root to the place, ``/Request/Header/RequestID``."""
    expected: str = ""
    found: str = ""
    """Both as in the message; empty where the message has no such parts."""
    hint: str = ""
    """For common mistakes: how to mend it."""


class Malformed(msgspec.Struct, frozen=True, kw_only=True):
    """Not a document we accept: not XML, not of the schema, or made to attack the parser."""

    kind: str
    """``not-xml``, ``forbidden-construct`` or ``not-schema-valid``."""
    faults: tuple[Fault, ...]


class Unauthenticated(msgspec.Struct, frozen=True, kw_only=True):
    """A well-formed document that nobody we know has signed as it stands."""

    kind: str
    """``unsigned``, ``signature-profile``, ``unknown-certificate``, ``wrong-originator``,
    ``certificate-dates`` or ``signature-does-not-verify``."""
    message: str

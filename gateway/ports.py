"""The ports: what the service asks of the world, as protocols. Adapters live beside this module.

Everything that crosses a port is a value of ``schemas``, ``cpl``, ``gbcs`` or ``routing``, or one of the
small records below. Nothing above an adapter knows SQL, files or sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.status_records import StatusChange
from gbcs.usecases.usecase import Originator
from routing.facts import HeldRequest, Preceding
from routing.inventory import Device
from routing.parties import Registration
from routing.transitions import Change
from schemas.request import ReadInventory
from schemas.vocabulary import DeviceId, RequestId, ResponseCode, ServiceReferenceVariant, UserId


class Unavailable(Exception):
    """The far side of a port cannot serve just now: theirs, not a bug and not a refusal."""


# ---- look-up: the only await before the decision


class Stage(StrEnum):
    """Which use of a RequestID: variants 5, 6 and 7 reuse the one of their variant 4."""

    REQUEST = "request"
    SIGNED_PRE_COMMAND = "signed-pre-command"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What one request needs to know of the world."""

    request_id: RequestId
    stage: Stage
    devices: tuple[DeviceId, ...] = ()
    """Records to fetch with their hubs and their homes' registrations (first: the target)."""
    listed: tuple[DeviceId, ...] = ()
    """The devices of an 11.1, up to 50,000: as ``devices``, but homes only for those that measure nothing."""
    query: ReadInventory | None = None
    """An 8.2: the records that match."""
    preceding: RequestId | None = None
    """The request that a sequenced one follows."""
    cancelled: ServiceReferenceVariant | None = None
    """A cancellation: what of this service is held for the same user and device."""


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger holds of a RequestID at one stage."""

    digest: bytes
    """The digest that was signed, 32 octets."""
    code: ResponseCode
    answer: bytes
    """The synchronous answer as it was sent."""
    trace_id: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a ``Wanted``. Several look-ups may share one: nothing in it is to be changed."""

    devices: dict[DeviceId, Device]
    """Of ``devices`` and ``listed``, those that exist, and their hubs."""
    certificates: dict[DeviceId, bytes] = msgspec.field(default_factory=dict)
    """DER of the key agreement certificates of ``devices``, where they have one."""
    registrations: tuple[Registration, ...] = ()
    """Of the meter points of every device found, and of the homes (same hub) that were asked for."""
    home_mpxns: dict[DeviceId, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Per hub concerned: the meter points of all devices associated with it."""
    matches: tuple[Device, ...] = ()
    earlier: Earlier | None = None
    later_counter: int | None = None
    """The highest counter above the request's that its originator has used for its target."""
    held: tuple[HeldRequest, ...] = ()
    """What ``cancelled`` asked for, by its time."""
    pre_command: bytes | None = None
    """For a signed pre-command: the Pre-Command that was issued under this RequestID."""
    preceding: Preceding = Preceding.UNKNOWN
    updating: tuple[DeviceId, ...] = ()
    """Of ``listed``, those that an image is under way to."""


class Inventory(Protocol):
    async def look_up(self, wanted: Wanted) -> Found:
        """One consistent view. Raises Unavailable."""
        ...

    async def device(self, device: DeviceId) -> Device | None: ...

    async def history(self, device: DeviceId) -> list[StatusChange]:
        """The device's status history, oldest first."""
        ...

    async def key_agreement_certificate(self, device: DeviceId) -> bytes | None:
        """DER of the device's key agreement certificate."""
        ...


# ---- acceptance: one transaction


class Far(StrEnum):
    """The kinds of far side a hand-off goes to."""

    S1SP = "s1sp"
    WAN = "wan"
    USER = "user"


class Enclosure(msgspec.Struct, frozen=True):
    """The request inside a hand-off's body: shared by all hand-offs of one request, and stored with it alone."""

    at: int
    """Where in ``body`` it belongs, octets."""
    octets: bytes
    """The received octets as base64."""


class HandOff(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to deliver, at least once. ``id`` is its idempotency key."""

    id: str
    """32 hexadecimal digits."""
    far: Far
    name: str
    """The S1SP's name, the WAN region, or the user's EUI; the address is looked up at delivery."""
    content_type: str
    body: bytes
    """What is posted; with an ``enclosed`` request, what stands around it."""
    trace_id: str
    traceparent: str | None = None
    not_before: datetime | None = None
    """A future-dated request that the DSP holds: not handed on before this moment."""
    enclosed: Enclosure | None = None

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """What is posted, one after the other: megabytes that several hand-offs enclose are not copied for each."""
        if self.enclosed is None:
            return (self.body,)
        at = self.enclosed.at
        return self.body[:at], self.enclosed.octets, self.body[at:]

    @property
    def octets(self) -> int:
        """How many are posted."""
        return len(self.body) + (0 if self.enclosed is None else len(self.enclosed.octets))


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A firmware image that a hand-off brings to a provider, for these devices."""

    hand_off: str
    euis: bytes
    """The devices', 8 octets each, in rising order: up to 50,000."""
    until: datetime
    """Until then it is taken to be under way, unless the hand-off is a dead letter or the device activates it."""


class AnswerKey(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer from the far side finds its request.

    ``originator`` is the originator in the message's own header (the user, or the ACB where the DCC
    is the originator), ``counter`` the originator counter there.
    """

    originator: UserId
    device: DeviceId
    counter: int

    @property
    def octets(self) -> bytes:
        return self.originator.octets + self.device.octets + self.counter.to_bytes(8, "big")


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer of a device to a Command must be, and what the user is told with it."""

    message_code: int
    """That of the Command, unsigned 16 bits."""
    customer_identification_number: str | None = None
    """9.1: the four digits that were chosen for this request and are in the Command."""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """All that becomes durable, or none of it, before the user is answered."""

    request_id: RequestId
    stage: Stage
    digest: bytes
    variant: ServiceReferenceVariant
    service_reference: str
    schema_version: str
    trace_id: str
    received_at: datetime
    received: bytes
    """The request's octets as they came."""
    code: ResponseCode
    answer: bytes
    """The synchronous answer, signed."""
    hand_offs: tuple[HandOff, ...] = ()
    answer_keys: tuple[AnswerKey, ...] = ()
    device_answer: DeviceAnswer | None = None
    """Of the answers that come by ``answer_keys``, where devices of SMETS2+ give them."""
    new_devices: tuple[Device, ...] = ()
    """Inventory records that this acceptance creates (12.2); a clash refuses the whole."""
    changes: tuple[Change, ...] = ()
    """What becomes of devices (8.3, 8.4); one that no longer stands refuses the whole."""
    pre_command: bytes | None = None
    """The Pre-Command that this acceptance issues (variant 4)."""
    cancels: tuple[HeldRequest, ...] = ()
    """What is held no longer; when one of them is on its way by then, the whole is refused."""
    images: tuple[Image, ...] = ()
    activates_image: DeviceId | None = None
    """The device that this acceptance tells to activate its image: none is under way to it any more."""


class Accepted(msgspec.Struct, frozen=True):
    """Durable. The hand-offs due now were leased to this process: it delivers them first.

    Those held for later (``not_before``) are nobody's: whoever claims them when they fall due delivers them.
    """


class AlreadyUsed(msgspec.Struct, frozen=True, kw_only=True):
    """The RequestID was taken meanwhile (a race); ``earlier`` says by what."""

    earlier: Earlier


class DeviceExists(msgspec.Struct, frozen=True, kw_only=True):
    """A new device was made meanwhile by another request."""

    device: DeviceId


class HeldNoLonger(msgspec.Struct, frozen=True):
    """Something that was to be cancelled is on its way, or done. Nothing was cancelled."""


class Overtaken(msgspec.Struct, frozen=True, kw_only=True):
    """A device that was to change has changed meanwhile; nothing was written. Judge it again."""

    device: DeviceId


AcceptanceOutcome = Accepted | AlreadyUsed | DeviceExists | HeldNoLonger | Overtaken


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted request, as far as an answer from the far side needs it."""

    request_id: RequestId
    stage: Stage
    variant: ServiceReferenceVariant
    service_reference: str
    schema_version: str
    trace_id: str
    received_at: datetime
    answered: bool
    """Whether an answer of the far side has been passed on already."""
    device_answer: DeviceAnswer | None = None
    """As accepted; ``None`` when it was not found by the key of an answer."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-off with its delivery history."""

    hand_off: HandOff
    attempts: int
    due_at: datetime
    since: datetime | None = None
    """When it first fell due; a redrive starts anew."""
    last_error: str | None = None
    dead: bool = False


class Ledger(Protocol):
    """RequestIDs, accepted requests, the outbox. Shares one file with the inventory."""

    async def accept(self, acceptance: Acceptance) -> AcceptanceOutcome:
        """Returns only when durable. Raises Unavailable."""
        ...

    async def open_request(self, key: AnswerKey) -> Open | None: ...

    async def open_request_by_id(self, request_id: RequestId) -> Open | None:
        """The latest stage of that RequestID that was handed on."""
        ...

    async def received(self, request_id: RequestId) -> bytes | None:
        """The octets of the request itself, or of the one that was transformed."""
        ...

    async def answered(
        self,
        request_id: RequestId,
        stage: Stage,
        message_digest: bytes,
        hand_offs: Sequence[HandOff],
        changes: Sequence[Change] = (),
    ) -> bool | Overtaken:
        """Pass a far side's answer on: hand-offs to the user, inventory changes, one transaction.

        False (and nothing changed) when this very message was passed on before.
        """
        ...

    async def claim_due(self, now: datetime, limit: int) -> list[Due]:
        """Lease hand-offs whose time has come and that no living process holds."""
        ...

    async def delivered(self, hand_off_id: str) -> None:
        """Done with. May be written a little later: delivery is at-least-once."""
        ...

    async def postpone(self, hand_off_id: str, due_at: datetime, error: str) -> None: ...

    async def dead_letter(self, hand_off_id: str, reason: str) -> None: ...

    async def redrive(self, hand_off_id: str) -> bool: ...

    async def outbox(self, *, dead: bool, limit: int) -> list[Due]: ...

    async def outbox_depth(self) -> dict[str, int]:
        """Waiting and dead hand-offs per far side: ``{"s1sp": 3, "dead": 1}``."""
        ...


class Upkeep(Protocol):
    """What the ledger needs now and then for as long as a gateway runs."""

    async def recover(self, owner: str | None = None) -> int:
        """Free the hand-offs that this process held when it died last, or another of that name; how many."""
        ...

    async def renew(self, hand_off_ids: Sequence[str]) -> None:
        """Still delivering these: hold them for another lease."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget requests received before; those with a hand-off that waits or is dead stay. How many."""
        ...

    async def shrink(self, max_octets: int) -> int:
        """Forget the oldest finished requests, as ``forget`` does, until the store takes less. How many."""
        ...


# ---- keys


class DccKeys(Protocol):
    """The private keys that the DCC's parties have in GBCS, wherever they are kept."""

    async def agree(self, certificate: bytes) -> bytes:
        """Z between the access control broker and the owner of a key agreement certificate (DER), 32 octets.

        Asked once for each certificate. Raises ValueError when the certificate cannot be used, Unavailable.
        """
        ...

    async def sign(self, party: Originator, octets: bytes) -> bytes | None:
        """The party's signature, ECDSA P-256 with SHA-256, r‖s, 64 octets; ``None`` when it has no key here.

        Raises Unavailable.
        """
        ...

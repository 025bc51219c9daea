"""What a builder must be told of a device: the inventory's affair, passed in by whoever builds."""

from __future__ import annotations

import msgspec

from schemas.vocabulary import DeviceId, DeviceType


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The device a message is for."""

    id: DeviceId
    type: DeviceType
    gbcs_version: str | None = None
    """As in the product list entry, ``4.0``; ``None`` when it is not known."""
    twin_element: bool = False
    """Whether an ESME has two measuring elements. Reads shown by RTDS are the same for both."""

"""Where an accepted request goes: an S1SP, the GBCS builder and a WAN region, or the DCC's own systems."""

from __future__ import annotations

from typing import Final

import msgspec

from routing.facts import Envelope, Target
from schemas.vocabulary import LOCAL_VARIANTS, CommandVariant, DeviceId, Generation

NOT_OVER_WAN: Final = LOCAL_VARIANTS | {CommandVariant.TRANSFORM}
"""Variants whose message goes back to the user and nowhere else."""


class ToS1sp(msgspec.Struct, frozen=True, kw_only=True, tag="s1sp"):
    """Countersigned, to the provider that operates the devices."""

    name: str
    devices: tuple[DeviceId, ...]

    def __str__(self) -> str:
        return f"s1sp:{self.name}"


class ToGbcs(msgspec.Struct, frozen=True, kw_only=True, tag="gbcs"):
    """To the GBCS builder, and from there to the WAN provider of the region."""

    region: str
    """Empty where it is not known and nothing goes out over the WAN."""
    device: DeviceId

    def __str__(self) -> str:
        return f"gbcs:{self.region}" if self.region else "gbcs"


class ToFirmwareDistribution(msgspec.Struct, frozen=True, kw_only=True, tag="firmware-distribution"):
    """An 11.1: the image goes to the WAN provider of the region for these devices."""

    region: str
    devices: tuple[DeviceId, ...]

    def __str__(self) -> str:
        return f"firmware-distribution:{self.region}"


class ToDcc(msgspec.Struct, frozen=True, kw_only=True, tag="dcc"):
    """Answered from the inventory and the lists, or by what is held no longer."""

    def __str__(self) -> str:
        return "dcc"


Destination = ToS1sp | ToGbcs | ToFirmwareDistribution | ToDcc


def region_of(target: Target) -> str | None:
    """The WAN region of the home: that of the hub, or the device's own record."""
    hub_region = target.hub.csp_region if target.hub is not None else None
    return hub_region or target.device.csp_region


def choose_destination(target: Target) -> tuple[Destination, str]:
    """The destination of a device's request and the reason. The checks saw to it that there is one."""
    device, treatment = target.device, target.treatment
    if target.cancels_what_the_dsp_holds:
        return ToDcc(), f"cancels what the DSP holds: {len(target.facts.held)} of {target.request.variant}"
    if treatment.generation is Generation.SMETS1:
        name = treatment.s1sp or ""
        return ToS1sp(name=name, devices=(device.id,)), f"SMETS1, operated by S1SP {name}"
    region = region_of(target) or ""
    if target.request.command_variant in NOT_OVER_WAN:
        return ToGbcs(region=region, device=device.id), "SMETS2+, returned to the user: nothing goes out over the WAN"
    return ToGbcs(region=region, device=device.id), f"SMETS2+, reached through WAN region {region}"


def answered_here(envelope: Envelope) -> tuple[Destination, str]:
    return ToDcc(), f"{envelope.service.variant} is a non-device service"

"""What a simulated SMETS2+ device writes into its Responses and alerts: the content, not the framing.

Assumed throughout: no published vector shows a Response. DLMS answers follow the ACCESS response of
DLMS/COSEM, GBZ answers the general commands of the ZigBee cluster library, ASN.1 answers are the least
that says "done". Firmware versions are the characters of the DUIS form. What is encrypted for the user
on a real device (protected reads) is opaque octets here: no device's private key exists in the sandbox.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

import msgspec

from gateway.sandbox.simulated_devices import HALF_HOUR, LONGEST_PROFILE, SimulatedDevices, half_hour, register
from gbcs import axdr, der, gbz
from gbcs.message import GeneralSigned
from gbcs.octets import length_octets
from gbcs.times import ZIGBEE_EPOCH, cosem_date_time, generalized_time
from routing.inventory import Device

_ACTIVATE_IMAGE: Final = 0x0012
_READ_HAN_FIRMWARE: Final = 0x0129
_IMAGE_ACTIVATED: Final = 0
_NO_IMAGE_HELD: Final = 1

_ACCESS_RESPONSE: Final = 0xDA
_DONE: Final = 0
_OBJECT_UNDEFINED: Final = 4
_REGISTER_CLASS: Final = 3
_CLOCK_CLASS: Final = 8
_CLOCK_IS_RIGHT: Final = axdr.number(axdr.Tag.UNSIGNED, 0)
_VALUE: Final = 2
_SCALER_UNIT: Final = 3
_WATT_HOURS: Final = 30
_DATA_PROTECTION_CLASS: Final = 30
_FIRMWARE_OBJECT: Final = axdr.obis("0-0:0.2.1.255")
_OPAQUE_LENGTH: Final = 64
"""Octets that stand for what would be encrypted."""

_READ_ATTRIBUTES: Final = 0x00
_READ_ATTRIBUTES_RESPONSE: Final = 0x01
_DEFAULT_RESPONSE: Final = 0x0B
_GET_SAMPLED_DATA: Final = 0x08
_GET_SAMPLED_DATA_RESPONSE: Final = 0x07
_METERING: Final = 0x0702
_GENERAL_FROM_SERVER: Final = 0x18
_UNSUPPORTED_ATTRIBUTE: Final = 0x86
_U24_TYPE: Final = b"\x22"
_U48_TYPE: Final = b"\x25"
_ENUM_TYPE: Final = b"\x30"
_OCTET_STRING_TYPE: Final = b"\x41"
_CUBIC_METRES: Final = 1


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The device that answers, and when."""

    device: Device
    devices: SimulatedDevices
    now: datetime


def response_content(command: GeneralSigned, setting: Setting) -> bytes:
    """The content of the Response to a Command, by the family of the Command's payload.

    Raises ValueError when the payload cannot be read.
    """
    payload = command.content
    if payload[:1] == bytes((axdr.ACCESS_REQUEST,)):
        return _access_response(axdr.decode_access_request(payload), setting)
    if payload[:2] == gbz.PROFILE:
        return gbz.encode([_component(component, setting) for component in gbz.decode(payload)])
    return _asn1(command.header.message_code, payload, setting)


def alert_content(code: int, now: datetime) -> bytes:
    """An alert code (16 bits) and its moment."""
    return der.sequence(
        der.octet_string(code.to_bytes(2, "big")),
        der.generalized_time(generalized_time(now)),
    )


# ---- DLMS


def _access_response(request: axdr.AccessRequest, setting: Setting) -> bytes:
    answers = [_access(specification, setting) for specification in request.specifications]
    count = length_octets(len(answers))
    results = b"".join(
        bytes((axdr.Access.GET if s.access is axdr.Access.GET_WITH_SELECTION else s.access, result))
        for s, (_, result) in zip(request.specifications, answers, strict=True)
    )
    head = bytes((_ACCESS_RESPONSE, 0x20)) + request.invoke_id.to_bytes(3, "big") + b"\x00\x00"
    return head + count + b"".join(datum for datum, _ in answers) + count + results


def _access(specification: axdr.Specification, setting: Setting) -> tuple[bytes, int]:
    """The datum and the result of one access."""
    if specification.access is axdr.Access.ACTION:
        protected = specification.class_id == _DATA_PROTECTION_CLASS
        return (axdr.octet_string(_opaque(setting)) if protected else axdr.NULL), _DONE
    if specification.access is axdr.Access.SET:
        return axdr.NULL, _DONE
    if specification.class_id == _CLOCK_CLASS:
        shown = axdr.octet_string(cosem_date_time(setting.now)) if specification.index == _VALUE else _CLOCK_IS_RIGHT
        return shown, _DONE
    if specification.logical_name == _FIRMWARE_OBJECT:
        return axdr.octet_string(setting.devices.firmware_version(setting.device).encode()), _DONE
    if specification.class_id == _REGISTER_CLASS and specification.index == _VALUE:
        reading = register(setting.device.id, setting.now)
        return axdr.number(axdr.Tag.DOUBLE_LONG_UNSIGNED, reading & 0xFFFFFFFF), _DONE
    if specification.class_id == _REGISTER_CLASS and specification.index == _SCALER_UNIT:
        return axdr.structure(axdr.number(axdr.Tag.INTEGER, 0), axdr.enum(_WATT_HOURS)), _DONE
    return axdr.NULL, _OBJECT_UNDEFINED


def _opaque(setting: Setting) -> bytes:
    seed = setting.device.id.octets + register(setting.device.id, setting.now).to_bytes(8, "big")
    return hashlib.sha512(seed).digest()[:_OPAQUE_LENGTH]


# ---- GBZ


def _component(asked: gbz.Component, setting: Setting) -> gbz.Component:
    if asked.command == _READ_ATTRIBUTES and asked.frame_control == gbz.FrameControl.READ_ATTRIBUTES:
        ids = [int.from_bytes(asked.payload[i : i + 2], "little") for i in range(0, len(asked.payload), 2)]
        return gbz.Component(
            cluster=asked.cluster,
            frame_control=_GENERAL_FROM_SERVER,
            command=_READ_ATTRIBUTES_RESPONSE,
            payload=b"".join(_attribute(asked.cluster, identifier, setting) for identifier in ids),
        )
    if asked.cluster == _METERING and asked.command == _GET_SAMPLED_DATA:
        return gbz.Component(
            cluster=asked.cluster,
            frame_control=gbz.FrameControl.SERVER_TO_CLIENT,
            command=_GET_SAMPLED_DATA_RESPONSE,
            payload=_samples(asked.payload, setting),
        )
    return gbz.Component(
        cluster=asked.cluster,
        frame_control=_GENERAL_FROM_SERVER,
        command=_DEFAULT_RESPONSE,
        payload=bytes((asked.command, _DONE)),
    )


def _attribute(cluster: int, identifier: int, setting: Setting) -> bytes:
    """One record of a Read Attributes Response."""
    name = identifier.to_bytes(2, "little")
    version = setting.devices.firmware_version(setting.device).encode()
    values = {
        0x0000: _U48_TYPE + register(setting.device.id, setting.now).to_bytes(6, "little"),
        0x0206: _OCTET_STRING_TYPE + bytes((len(version),)) + version,
        0x0300: _ENUM_TYPE + bytes((_CUBIC_METRES,)),
        0x0301: _U24_TYPE + (1).to_bytes(3, "little"),
        0x0302: _U24_TYPE + (1000).to_bytes(3, "little"),
    }
    if cluster != _METERING or identifier not in values:
        return name + bytes((_UNSUPPORTED_ATTRIBUTE,))
    return name + bytes((_DONE,)) + values[identifier]


def _samples(asked: bytes, setting: Setting) -> bytes:
    """A Get Sampled Data Response: half-hours from the start that was asked for."""
    if len(asked) != 9:
        raise ValueError(f"Get Sampled Data has 9 octets of fields, found {len(asked)}")
    first = int.from_bytes(asked[2:6], "little")
    start = ZIGBEE_EPOCH + first * (HALF_HOUR / 1800)
    held = max(0, (setting.now - start) // HALF_HOUR)
    count = min(int.from_bytes(asked[7:9], "little"), held, LONGEST_PROFILE)
    head = asked[:7] + (1800).to_bytes(2, "little") + count.to_bytes(2, "little")
    return head + b"".join(
        half_hour(setting.device.id, start + step * HALF_HOUR).to_bytes(3, "little") for step in range(count)
    )


# ---- ASN.1


def _asn1(message_code: int, payload: bytes, setting: Setting) -> bytes:
    if message_code == _READ_HAN_FIRMWARE:
        return der.octet_string(setting.devices.firmware_version(setting.device).encode())
    if message_code == _ACTIVATE_IMAGE:
        return _activation(payload, setting)
    return der.sequence(der.integer(_DONE))


def _activation(payload: bytes, setting: Setting) -> bytes:
    """An outcome and the version that runs; NULL where the command waits for its execution time."""
    fields = der.decode(payload).content
    firmware_hash = fields[0].content if isinstance(fields, tuple) and fields else b""
    if not isinstance(fields, tuple) or not isinstance(firmware_hash, bytes):
        raise ValueError("an activation is a sequence that starts with the hash of the image")
    if any(isinstance(f, der.Element) and f.tag == der.GENERALIZED_TIME for f in fields):
        return der.NULL
    version = setting.devices.activate(setting.device, firmware_hash)
    outcome = _IMAGE_ACTIVATED if version is not None else _NO_IMAGE_HELD
    return der.sequence(
        der.integer(outcome), der.octet_string(setting.devices.firmware_version(setting.device).encode())
    )

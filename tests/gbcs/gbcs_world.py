"""A world of our own for GBCS tests: keys from fixed numbers, certificates, requests, device facts."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gbcs.crypto import shared_secret
from gbcs.facts import DeviceFacts
from schemas.request import AddDeviceToCHFWhitelist, AnyBody, ServiceRequest, UpdateHANDeviceLog
from schemas.vocabulary import CommandVariant, DeviceId, DeviceType, RequestId, ServiceReferenceVariant, UserId

BUILD_TIME = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)
USER = UserId.parse("A0-00-00-00-00-00-00-01")
BROKER = UserId.parse("A0-00-00-00-00-00-00-02")
DEVICE = DeviceId.parse("B0-00-00-00-00-00-00-0E")
JOINING = DeviceId.parse("B0-00-00-00-00-00-00-0F")
COUNTER = 0x0102030405060708
BROKER_COUNTER = 0x1112131415161718

BROKER_KEY = ec.derive_private_key(0xACB, ec.SECP256R1())
DEVICE_KEY = ec.derive_private_key(0xDE71CE, ec.SECP256R1())
USER_KEY = ec.derive_private_key(0x05E12, ec.SECP256R1())


def certificate_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """DER of a certificate for the key; its dates are long past."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime(2001, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, datetime(2002, 1, 1, tzinfo=UTC))
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


SECRET = shared_secret(BROKER_KEY, certificate_of(DEVICE_KEY))


def request(variant: str, body: AnyBody, *, counter: int = COUNTER) -> ServiceRequest:
    return ServiceRequest(
        request_id=RequestId(USER, DEVICE, counter),
        schema_version="5.4",
        command_variant=CommandVariant.SEND,
        service_reference=".".join(variant.split(".")[:2]),
        variant=ServiceReferenceVariant(variant),
        body=body,
    )


def facts(device_type: DeviceType, *, device: DeviceId = DEVICE) -> DeviceFacts:
    return DeviceFacts(id=device, type=device_type)


def addition(*, install_code: bytes = bytes(range(16)), join_time_period: int = 600) -> UpdateHANDeviceLog:
    """An 8.11 that adds a device."""
    add = AddDeviceToCHFWhitelist(join_time_period=join_time_period, install_code=install_code)
    return UpdateHANDeviceLog(device=JOINING, request_type="Add", add=add)

"""A small world for tests of the far-side simulators: keys and certificates, devices, and a gateway's doors.

The gateway here is a real server that keeps what is posted to it and can be told to answer otherwise.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import msgspec
from aiohttp import web
from lxml import etree

from gateway.sandbox.courier import RetryPolicy
from gateway.sandbox.far_sides import Simulators, make_simulators
from gateway.sandbox.pki import Authority, Unit, certificate_pem, make_pki, new_key
from routing.inventory import Device
from schemas.certificates import CertificateDirectory, directory_from
from schemas.countersigned import RoutingHeader, write_countersigned
from schemas.reading import read_request_unverified
from schemas.request import ServiceRequest
from schemas.signature import SigningIdentity, sign, signature_over
from schemas.vocabulary import DeviceId, DeviceType, Eui64, Generation, RequestId, ServiceReferenceVariant, UserId
from schemas.xsd import DUIS_NAMESPACE, own_schema

NOW = datetime(2025, 6, 10, 12, 0, tzinfo=UTC)
COUNTER = 1_750_000_000_000
USER = UserId.parse("A0-00-00-00-00-00-00-01")
OTHER_USER = UserId.parse("A0-00-00-00-00-00-00-02")
DCC = UserId.parse("A0-00-00-00-00-00-00-0D")
ACB = UserId.parse("A0-00-00-00-00-00-00-0A")
SECURE = UserId.parse("A0-00-00-00-00-00-00-51")
IOC = UserId.parse("A0-00-00-00-00-00-00-52")
S1SPS = {"secure": SECURE, "ioc": IOC}
IMAGE_HASH = bytes(range(32))
NEWER_VERSION = "0002012F"


class Issued:
    """The organisations' certificates, as they are issued."""

    def __init__(self) -> None:
        self.pki = make_pki(NOW)
        self._files: dict[str, bytes] = {}

    def organisation(self, eui: Eui64, unit: Unit) -> SigningIdentity:
        key = new_key()
        certificate = self.pki.organisations.organisation(eui, unit, key.public_key())
        self._files[f"{len(self._files)}.pem"] = certificate_pem(certificate)
        return SigningIdentity(key=key, issuer=certificate.issuer.rfc4514_string(), serial=certificate.serial_number)

    def directory(self) -> CertificateDirectory:
        return directory_from(self._files)


def device(last: int, kind: DeviceType, *, s1sp: str | None = None, region: str | None = None) -> Device:
    return Device(
        id=DeviceId(0xB0 << 56 | last),
        type=kind,
        manufacturer="AB01",
        model="010A030B",
        firmware_version="00000001",
        prenotified_as=Generation.SMETS2 if s1sp is None else Generation.SMETS1,
        s1sp=s1sp,
        csp_region=region,
    )


SMETS1_ESME = device(0x11, DeviceType.ESME, s1sp="secure")
SMETS1_GSME = device(0x12, DeviceType.GSME, s1sp="secure")
SMETS1_HUB = device(0x13, DeviceType.CHF, s1sp="secure")
IOC_ESME = device(0x14, DeviceType.ESME, s1sp="ioc")
JOINED_PPMID = msgspec.structs.replace(device(0x15, DeviceType.PPMID), hub=SMETS1_HUB.id)
ESME = device(0x21, DeviceType.ESME, region="North")
GSME = device(0x22, DeviceType.GSME, region="North")
HUB = device(0x23, DeviceType.CHF, region="North")
PPMID = msgspec.structs.replace(device(0x24, DeviceType.PPMID, region="SMETS1"), hub=HUB.id)
DEVICES = (SMETS1_ESME, SMETS1_GSME, SMETS1_HUB, IOC_ESME, JOINED_PPMID, ESME, GSME, HUB, PPMID)
STRANGER = DeviceId(0xB0 << 56 | 0x99)


class Book:
    """The inventory that the far sides share."""

    def __init__(self, devices: Authority) -> None:
        """Nobody keeps the devices' private keys."""
        self._devices = {one.id: one for one in DEVICES}
        self._certificates = {one.id: devices.device_key_agreement(one.id, new_key().public_key()) for one in DEVICES}

    async def device(self, device: DeviceId) -> Device | None:
        return self._devices.get(device)

    async def key_agreement_certificate(self, device: DeviceId) -> bytes | None:
        return self._certificates.get(device)


class Keys:
    """Everyone's."""

    def __init__(self) -> None:
        issued = Issued()
        self.user = issued.organisation(USER, Unit.XML_SIGNING)
        self.other_user = issued.organisation(OTHER_USER, Unit.XML_SIGNING)
        self.user_ds = issued.organisation(USER, Unit.SUPPLIER)
        self.dcc = issued.organisation(DCC, Unit.DSP_XML_SIGNING)
        self.s1sps = {name: issued.organisation(eui, Unit.OTHER) for name, eui in S1SPS.items()}
        self.acb = new_key()
        self.book = Book(issued.pki.devices)
        self.certificates = issued.directory()


KEYS = Keys()


# ---- the gateway's doors


class Posted(msgspec.Struct, frozen=True):
    path: str
    content_type: str
    body: bytes


class Gateway:
    """Takes what the far sides post. ``statuses`` are its next answers; then 204."""

    def __init__(self) -> None:
        self.posted: asyncio.Queue[Posted] = asyncio.Queue()
        self.statuses: deque[int] = deque()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        await self.posted.put(Posted(request.path, request.content_type, await request.read()))
        status = self.statuses.popleft() if self.statuses else 204
        return web.Response(status=status)

    async def next(self) -> Posted:
        async with asyncio.timeout(5):
            return await self.posted.get()

    async def nothing_more(self) -> bool:
        """Whether nothing comes within the time in which an answer would have come."""
        await asyncio.sleep(0.15)
        return self.posted.empty()


class Sandbox(msgspec.Struct, frozen=True):
    """The simulators at work, the gateway that they answer to, and a client."""

    simulators: Simulators
    gateway: Gateway
    client: aiohttp.ClientSession

    async def post(self, path: str, body: bytes, content_type: str, key: str | None = None) -> tuple[int, str]:
        headers = {"Content-Type": content_type} | ({} if key is None else {"Idempotency-Key": key})
        async with self.client.post(self.simulators.url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def sandbox(*, only_count: bool = False) -> AsyncIterator[Sandbox]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/{tail:.*}", gateway.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    simulators = make_simulators(
        certificates=KEYS.certificates,
        dcc=KEYS.dcc,
        s1sps=KEYS.s1sps,
        acb_key=KEYS.acb,
        book=KEYS.book,
        image_version=lambda _device, firmware_hash: {IMAGE_HASH: NEWER_VERSION}.get(firmware_hash),
        gateway=gateway.url,
        port=0,
        answer_after=0.01,
        only_count=only_count,
        retries=RetryPolicy(first=0.01, longest=0.05),
        clock=lambda: NOW,
    )
    try:
        async with simulators, aiohttp.ClientSession() as client:
            yield Sandbox(simulators, gateway, client)
    finally:
        await runner.cleanup()


# ---- documents


BODIES = {
    "4.1.1": "<sr:ReadInstantaneousImportRegisters></sr:ReadInstantaneousImportRegisters>",
    "4.8.1": "<sr:ReadActiveImportProfileData><sr:ReadLogPeriod>"
    "<sr:StartDateTime>2025-06-01T00:10:00.00Z</sr:StartDateTime>"
    "<sr:EndDateTime>2025-06-01T02:00:00.00Z</sr:EndDateTime>"
    "</sr:ReadLogPeriod></sr:ReadActiveImportProfileData>",
    "2.2": "<sr:TopUpDevice><sr:UTRN>12345678901234567890</sr:UTRN></sr:TopUpDevice>",
    "7.2": "<sr:DisableSupply></sr:DisableSupply>",
    "8.11": f"<sr:UpdateHANDeviceLog><sr:DeviceID>{STRANGER}</sr:DeviceID><sr:RequestType>Remove</sr:RequestType>"
    "</sr:UpdateHANDeviceLog>",
    "11.1": "<sr:UpdateFirmware><sr:FirmwareImage>AAAA</sr:FirmwareImage><sr:FirmwareVersion>0002012F"
    f"</sr:FirmwareVersion><sr:DeviceIDList>{SMETS1_ESME.id}</sr:DeviceIDList></sr:UpdateFirmware>",
    "11.2": "<sr:ReadFirmwareVersion></sr:ReadFirmwareVersion>",
    "11.3": f"<sr:ActivateFirmware><sr:FirmwareHash>{IMAGE_HASH.hex()}</sr:FirmwareHash></sr:ActivateFirmware>",
    "11.3 of an unknown image": f"<sr:ActivateFirmware><sr:FirmwareHash>{'FF' * 32}</sr:FirmwareHash>"
    "</sr:ActivateFirmware>",
    "11.3 in 2026": "<sr:ActivateFirmware><sr:ExecutionDateTime>2026-01-01T00:00:00.00Z</sr:ExecutionDateTime>"
    f"<sr:FirmwareHash>{IMAGE_HASH.hex()}</sr:FirmwareHash></sr:ActivateFirmware>",
}


def request_document(
    service: str, target: DeviceId, *, signed_by: SigningIdentity = KEYS.user, image: str = "AAAA"
) -> bytes:
    """A user's signed request; ``service`` is a variant, or a key of ``BODIES`` that starts with one."""
    variant = service.split(maxsplit=1)[0]
    reference = ".".join(variant.split(".")[:2])
    text = (
        f'<sr:Request xmlns:sr="{DUIS_NAMESPACE}" schemaVersion="5.4"><sr:Header>'
        f"<sr:RequestID>{request_id(target)}</sr:RequestID><sr:CommandVariant>1</sr:CommandVariant>"
        f"<sr:ServiceReference>{reference}</sr:ServiceReference>"
        f"<sr:ServiceReferenceVariant>{variant}</sr:ServiceReferenceVariant></sr:Header>"
        f"<sr:Body>{BODIES[service].replace('AAAA', image)}</sr:Body></sr:Request>"
    )
    return sign(etree.fromstring(text), signed_by)


def request_id(target: DeviceId) -> RequestId:
    return RequestId(USER, target, COUNTER)


def request_of(service: str, target: DeviceId) -> ServiceRequest:
    read = read_request_unverified(request_document(service, target), own_schema())
    assert isinstance(read, ServiceRequest), read
    return read


def countersigned(
    service: str,
    target: DeviceId,
    *,
    s1sp: str = "secure",
    devices: tuple[DeviceId, ...] | None = None,
    supplementary: bool = False,
    request: bytes | None = None,
    header_variant: str | None = None,
    signed_by: SigningIdentity = KEYS.dcc,
) -> bytes:
    header = RoutingHeader(
        request_id=request_id(target),
        variant=ServiceReferenceVariant(header_variant or service.split(maxsplit=1)[0]),
        s1sp=s1sp,
        devices=(target,) if devices is None else devices,
        accepted=NOW,
        supplementary_remote_party=USER if supplementary else None,
        supplementary_counter=COUNTER if supplementary else None,
    )
    return write_countersigned(header, request or request_document(service, target), signed_by)


def sign_in_place(document: bytes, identity: SigningIdentity) -> bytes:
    """A signature over the tree, put into the octets as they are."""
    canonical = etree.tostring(etree.fromstring(document), method="c14n")
    at = document.rindex(b"</")
    return document[:at] + signature_over(hashlib.sha256(canonical).digest(), identity) + document[at:]

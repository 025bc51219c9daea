"""What SMETS1 service providers send, octets to values: SMETS1SignedResponse and S1SPAlert.

The octets themselves are kept by the caller: they travel on to the user unchanged.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec
from lxml import etree

from schemas.certificates import CertificateDirectory
from schemas.faults import path_of
from schemas.request import Fault, Malformed, Unauthenticated
from schemas.signature import verify
from schemas.vocabulary import COUNTER_LIMIT, DeviceId, Eui64, RequestId, UserId
from schemas.xsd import DUIS_NAMESPACE, MESSAGE_MAPPING_NAMESPACE, DuisSchema

_SR: Final = f"{{{DUIS_NAMESPACE}}}"
_RA: Final = f"{{{MESSAGE_MAPPING_NAMESPACE}}}"

_SAY_VERSION: Final = ("ReadFirmwareVersionRsp", "ActivateFirmwareRsp")


class Smets1Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A SMETS1 device's answer or alert, as its header names it."""

    signer: Eui64
    """The S1SP whose certificate verified it."""
    device: DeviceId
    """BusinessOriginatorID."""
    user: UserId
    """BusinessTargetID, or the supplementary remote party where one is given."""
    counter: int
    """OriginatorCounter, or the supplementary counter."""
    is_alert: bool
    failed: bool
    """The provider reports SMETS1Debug: the device did not do it."""


class S1spAlert(msgspec.Struct, frozen=True, kw_only=True):
    signer: Eui64
    code: str
    request_id: RequestId | None
    device: DeviceId | None


def read_s1sp_message(
    document: bytes, schema: DuisSchema, certificates: CertificateDirectory, now: datetime
) -> Smets1Answer | S1spAlert | Malformed | Unauthenticated:
    """Parse, validate, verify and read one message of a provider."""
    root = schema.read(document)
    if isinstance(root, Malformed):
        return root
    verified = verify(root, certificates, now)
    if isinstance(verified, Unauthenticated):
        return verified
    signer = verified.certificate.eui
    try:
        if root.tag == _SR + "S1SPAlert":
            return _alert(root, signer)
        if root.tag == _SR + "SMETS1SignedResponse":
            return _answer(root, signer)
    except ValueError as fault:
        return Malformed(kind="not-schema-valid", faults=(Fault(message=str(fault), path=path_of(root)),))
    stranger = Fault(message=f"expected a SMETS1SignedResponse or S1SPAlert, found {path_of(root)[1:]}", line=1)
    return Malformed(kind="not-schema-valid", faults=(stranger,))


def firmware_version_said(document: bytes, schema: DuisSchema) -> str | None:
    """What the device of a SMETS1SignedResponse says it runs, in an answer to 11.2 or 11.3 (DUIS form).

    Reads the document anew: no other answer is to pay for the question.
    """
    root = schema.parse(document)
    if isinstance(root, Malformed):
        return None
    data = root.find(f"{_SR}SMETS1Response/{_SR}Body/{_SR}ResponseMessage/{_RA}SMETSData")
    if data is None:
        return None
    said = (data.findtext(f"{_RA}{name}/{_RA}FirmwareVersion") for name in _SAY_VERSION)
    return next((version.strip() for version in said if version is not None), None)


def _alert(root: etree._Element, signer: Eui64) -> S1spAlert:
    request_id, device = root.findtext(_SR + "RequestID"), root.findtext(_SR + "DeviceID")
    return S1spAlert(
        signer=signer,
        code=root.findtext(_SR + "S1SPAlertCode") or "",
        request_id=None if request_id is None else RequestId.parse(request_id.strip()),
        device=None if device is None else DeviceId.parse(device.strip()),
    )


def _answer(root: etree._Element, signer: Eui64) -> Smets1Answer:
    response = root.find(_SR + "SMETS1Response")
    header = None if response is None else response.find(_SR + "Header")
    if response is None or header is None:
        raise ValueError("expected SMETS1Response/Header")

    def value(name: str) -> str | None:
        found = header.findtext(_RA + name)
        return None if found is None else found.strip()

    originator, target, counter = value("BusinessOriginatorID"), value("BusinessTargetID"), value("OriginatorCounter")
    if originator is None or target is None or counter is None:
        raise ValueError("expected BusinessOriginatorID, BusinessTargetID and OriginatorCounter in the Header")
    return Smets1Answer(
        signer=signer,
        device=DeviceId.parse(originator),
        user=UserId.parse(value("SupplementaryRemotePartyID") or target),
        counter=_counter(value("SupplementaryRemotePartyCounter") or counter),
        is_alert=response.find(f"{_SR}Body/{_SR}DeviceAlertMessage") is not None,
        failed=response.find(f".//{_RA}SMETS1Debug") is not None,
    )


def _counter(text: str) -> int:
    """Our own schema does not look inside the message mapping namespace."""
    if not re.fullmatch(r"\+?0*[0-9]{1,20}", text, re.ASCII) or int(text) >= COUNTER_LIMIT:
        raise ValueError(f"expected an unsigned 64-bit counter, found {text[:40]!r}")
    return int(text)

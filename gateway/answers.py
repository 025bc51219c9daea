"""Signed answers: a decision's synchronous Response, and the final Responses of the far sides.

Everything a user gets is written and signed here, with the DCC's XML-signing key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
from lxml import etree

from gateway.ports import Open
from routing.inventory import Device
from schemas import canonical as xml
from schemas.messages import AlertContent, DccAlertCode, DCCAlertMessage
from schemas.request import ServiceRequest
from schemas.response import (
    DSPInventory,
    GBCSPayload,
    InventoryDevice,
    ResponseHeader,
    Result,
    write_message,
    write_response,
    write_s1sp_alert,
    write_smets1_response,
)
from schemas.response_codes import codes_of
from schemas.results import CINMessage
from schemas.signature import SigningIdentity, sign, sign_canonical
from schemas.value_texts import Day
from schemas.vocabulary import CplStatus, DeviceId, RequestId, ResponseCode, UserId

NEAREST_IN_5_1 = ResponseCode("E100")
"""What a version whose enumeration lacks a code is answered with (assumed)."""
S1SP_ALERT_CODE = "N55"
"""The DCC Alert that carries an S1SP's alert (from memory, fairly sure)."""
_SOME_REQUEST: Final = RequestId(UserId(0), DeviceId(0), 0)
_SOME_MOMENT: Final = datetime.min.replace(tzinfo=UTC)


class Answers:
    """Writes and signs."""

    def __init__(self, identity: SigningIdentity) -> None:
        self._identity = identity

    def immediate(
        self, request: ServiceRequest, code: ResponseCode, moment: datetime, result: Result | None = None
    ) -> bytes:
        """The synchronous answer."""
        code = in_version(code, request.schema_version)
        if result is None:
            frame = _frame(request.schema_version, code, request.service_reference, request.variant)
            document = frame.around(request.request_id, moment)
        else:
            header = ResponseHeader(
                request_id=request.request_id, code=code, moment=moment, schema_version=request.schema_version
            )
            document = write_response(header, request.service_reference, request.variant, result)
        return sign_canonical(document, self._identity)

    def final(self, opened: Open, moment: datetime, payload: bytes) -> bytes:
        """A SMETS2+ device's answer for its user: the octets of the GBCS message; of 9.1, what the meter shows too."""
        told = None if opened.device_answer is None else opened.device_answer.customer_identification_number
        result = (
            GBCSPayload(payload) if told is None else CINMessage(octets=payload, customer_identification_number=told)
        )
        return sign_canonical(
            write_response(_final_header(opened, moment), opened.service_reference, opened.variant, result),
            self._identity,
        )

    def final_smets1(self, opened: Open, moment: datetime, signed_response: bytes) -> bytes:
        """A SMETS1 device's answer for its user, the S1SP's document inside untouched.

        Raises ValueError when that document is none.
        """
        return self._around(
            write_smets1_response(
                _final_header(opened, moment), opened.service_reference, opened.variant, signed_response
            )
        )

    def s1sp_alert(self, request_id: RequestId | None, schema_version: str, moment: datetime, alert: bytes) -> bytes:
        """A DCC Alert for the user whose request an S1SP's alert is about. Raises ValueError as above."""
        header = ResponseHeader(
            request_id=request_id, code=ResponseCode("I0"), moment=moment, schema_version=schema_version
        )
        return self._around(write_s1sp_alert(header, S1SP_ALERT_CODE, alert))

    def alert(self, code: str, content: AlertContent, schema_version: str, moment: datetime) -> bytes:
        """A DCC Alert that answers no request. It holds no foreign octets: S1SP alerts have a way of their own."""
        header = ResponseHeader(request_id=None, code=ResponseCode("I0"), moment=moment, schema_version=schema_version)
        message = DCCAlertMessage(code=DccAlertCode(code), content=content)
        return sign_canonical(write_message(header, message), self._identity)

    def _around(self, document: bytes) -> bytes:
        # The inner octets are the provider's own and need not be canonical, so this one is digested as a tree.
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        return _sign_in_place(document, root, self._identity)


class _Frame(msgspec.Struct, frozen=True):
    """An answer without a result, but for its RequestID and its moment: all that differs from one to the next."""

    before: bytes
    between: bytes
    after: bytes

    def around(self, request_id: RequestId, moment: datetime) -> bytes:
        """Canonical octets: nothing in a RequestID or a moment is ever escaped."""
        said, at = request_id.text.encode(), xml.moment(moment).encode()
        return b"".join((self.before, said, self.between, at, self.after))


@lru_cache(maxsize=1024)
def _frame(schema_version: str, code: ResponseCode, service_reference: str, variant: str) -> _Frame:
    header = ResponseHeader(request_id=_SOME_REQUEST, code=code, moment=_SOME_MOMENT, schema_version=schema_version)
    written = write_response(header, service_reference, variant)
    before, _, rest = written.partition(_SOME_REQUEST.text.encode())
    between, _, after = rest.partition(xml.moment(_SOME_MOMENT).encode())
    return _Frame(before, between, after)


def _final_header(opened: Open, moment: datetime) -> ResponseHeader:
    return ResponseHeader(
        request_id=opened.request_id,
        code=ResponseCode("I0"),
        moment=moment,
        schema_version=opened.schema_version,
        final=True,
    )


def _sign_in_place(document: bytes, root: etree._Element, identity: SigningIdentity) -> bytes:
    """The signature of the tree, put into the octets as they are: the provider's part stays letter for letter."""
    signed = sign(root, identity)
    signature = signed[signed.rindex(b"<ds:Signature ") : signed.rindex(b"</")]
    at = document.rindex(b"</")
    return document[:at] + signature + document[at:]


def in_version(code: ResponseCode, schema_version: str) -> ResponseCode:
    """The code, or the nearest that the declared version's enumeration has."""
    return code if code in codes_of(schema_version) else NEAREST_IN_5_1


def inventory_answer(devices: tuple[Device, ...], cpl_status_of: dict[int, CplStatus]) -> DSPInventory:
    """The answer to an 8.2. ``cpl_status_of`` gives the product list status by device, where known."""
    return DSPInventory(tuple(_inventory_device(d, cpl_status_of.get(int(d.id))) for d in devices))


def _inventory_device(device: Device, cpl_status: CplStatus | None) -> InventoryDevice:
    return InventoryDevice(
        device_id=device.id,
        device_type=device.type,
        status=device.status,
        manufacturer=device.manufacturer,
        model=device.model,
        smets_chts_version=device.smets_chts_version,
        firmware_version=device.firmware_version,
        firmware_version_status=cpl_status,
        cpl_status=cpl_status,
        date_commissioned=None if device.date_commissioned is None else Day(device.date_commissioned),
        import_mpxn=device.import_mpxn,
        secondary_import_mpan=device.secondary_import_mpan,
        export_mpan=device.export_mpan,
        esme_variant=device.esme_variant,
        uprn=device.uprn,
        postcode=device.postcode,
        address=device.address,
        csp_region=device.csp_region,
        gbcs_version=device.gbcs_version,
        s1sp=device.s1sp,
    )

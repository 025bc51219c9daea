"""The synchronous answer: the Response that the writer writes, letter for letter, and a signature in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.answers import Answers
from schemas.request import ReadInstantaneousImportRegisters, ServiceRequest
from schemas.response import LocalCommand, ResponseHeader, Result, write_response
from schemas.signature import SigningIdentity
from schemas.vocabulary import CommandVariant, DeviceId, RequestId, ResponseCode, ServiceReferenceVariant, UserId

ANSWERS = Answers(SigningIdentity(key=ec.derive_private_key(0xDCC, ec.SECP256R1()), issuer="CN=Test", serial=7))
MORNING = datetime(2026, 3, 2, 9, 30, 10, 120_000, tzinfo=UTC)
IN_PARIS = datetime(2026, 3, 2, 10, 30, 10, tzinfo=timezone(timedelta(hours=1)))
SENT = RequestId.parse("5a-00-00-00-00-00-00-01:F2-00-00-00-00-00-00-02:18446744073709551615")
OTHER = RequestId(UserId(0x5A02), DeviceId(0xF203), 0)


def request(request_id: RequestId, schema_version: str, variant: str) -> ServiceRequest:
    return ServiceRequest(
        request_id=request_id,
        schema_version=schema_version,
        command_variant=CommandVariant.SEND,
        service_reference=variant.rpartition(".")[0] or variant,
        variant=ServiceReferenceVariant(variant),
        body=ReadInstantaneousImportRegisters(),
    )


CASES: dict[str, tuple[ServiceRequest, str, str, datetime, Result | None]] = {
    "an acknowledgement": (request(SENT, "5.4", "4.1.1"), "I99", "I99", MORNING, None),
    "the next of the same service": (request(OTHER, "5.4", "4.1.1"), "I99", "I99", MORNING, None),
    "one at another moment": (request(OTHER, "5.4", "4.1.1"), "I99", "I99", IN_PARIS, None),
    "another code": (request(SENT, "5.4", "4.1.1"), "E4", "E4", MORNING, None),
    "another service": (request(SENT, "5.4", "7.2"), "E4", "E4", MORNING, None),
    "another version, as it was declared": (request(SENT, "+05.10", "4.1.1"), "I99", "I99", MORNING, None),
    "a code that the version does not have": (request(SENT, "5.1", "11.1"), "E110106", "E100", MORNING, None),
    "a result": (request(SENT, "5.4", "4.1.1"), "I0", "I0", MORNING, LocalCommand(b"\xdd\x00")),
}


@pytest.mark.parametrize(("asked", "code", "told", "moment", "result"), CASES.values(), ids=CASES.keys())
def test_the_signed_answer_is(
    asked: ServiceRequest, code: str, told: str, moment: datetime, result: Result | None
) -> None:
    header = ResponseHeader(
        request_id=asked.request_id, code=ResponseCode(told), moment=moment, schema_version=asked.schema_version
    )
    signed = ANSWERS.immediate(asked, ResponseCode(code), moment, result)
    start, end = signed.index(b"<ds:Signature "), signed.index(b"</sr:Response>")
    assert write_response(header, asked.service_reference, asked.variant, result) == signed[:start] + signed[end:]

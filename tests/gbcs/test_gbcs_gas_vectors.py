"""Messages for gas meters and gas proxy functions against the published ones. Skipped without the reference set."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from facts_gas import PUBLISHED, Told
from test_gbcs_reference_vectors import BROKER, BUILD_TIME

from gbcs import gbz
from gbcs.build import build_command, build_pre_command, complete_command
from gbcs.facts import DeviceFacts
from gbcs.message import Command, GeneralSigned
from gbcs.octets import length_octets
from gbcs.refusal import Refused
from gbcs.select import select_use_case
from gbcs.usecases.usecase import UseCase
from schemas.request import OtherBody, Part, ServiceRequest
from schemas.vocabulary import Eui64


@pytest.fixture
def corrected(template: Callable[[str], ServiceRequest]) -> Callable[[str], ServiceRequest]:
    """The request of a pair with the values that its message has."""

    def read(stem: str) -> ServiceRequest:
        request, texts = template(stem), dict(PUBLISHED[stem].corrections)
        if not texts:
            return request
        assert isinstance(request.body, OtherBody)
        body = msgspec.structs.replace(
            request.body, parts=tuple(with_texts(part, texts) for part in request.body.parts)
        )
        return msgspec.structs.replace(request, body=body)

    return read


def with_texts(part: Part, texts: dict[str, str]) -> Part:
    inner = tuple(with_texts(each, texts) for each in part.parts)
    return Part(part.name, texts.get(part.name, part.text), part.attributes, inner)


def facts_of(request: ServiceRequest, told: Told) -> DeviceFacts:
    return DeviceFacts(
        id=request.request_id.target,
        type=told.device_type,
        gbcs_version=told.gbcs_version,
        customer_identification_number=told.customer_identification_number,
    )


@pytest.mark.parametrize("stem", PUBLISHED)
def test_a_message_is_the_published_one(
    stem: str,
    corrected: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    messages: dict[str, Command | GeneralSigned],
    secret_with: Callable[[Eui64], bytes],
) -> None:
    request = corrected(stem)
    facts = facts_of(request, PUBLISHED[stem])
    published, secret = messages[f"{stem}_COMMAND"], secret_with(facts.id)
    assert isinstance(published, Command)
    chosen = select_use_case(request.variant, request.body, facts)
    assert isinstance(chosen, UseCase), chosen
    assert stem.split("_", maxsplit=1)[0] == chosen.name
    assert f"{stem}_PRECOMMAND" in vectors if chosen.critical else f"{stem}_PRECOMMAND" not in vectors
    if chosen.critical:
        built = completed(request, facts, published, vectors[f"{stem}_PRECOMMAND"], secret)
    else:
        counter = published.message.header.counter
        built = build_command(request, facts, BUILD_TIME, acb=BROKER, acb_counter=counter, secret=secret)
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_COMMAND"].hex() == built.hex()


def completed(
    request: ServiceRequest, facts: DeviceFacts, published: Command, pre_command: bytes, secret: bytes
) -> bytes | Refused:
    """The Command, after its Pre-Command has been found to be the published one."""
    issued = build_pre_command(request, facts, BUILD_TIME)
    assert not isinstance(issued, Refused), issued
    assert pre_command.hex() == issued.hex()
    signature = published.message.signature
    assert signature
    return complete_command(issued, issued + length_octets(len(signature)) + signature, secret=secret)


def test_every_published_gbz_payload_is_of_a_pair_that_is_built(
    vectors: dict[str, bytes], messages: dict[str, Command | GeneralSigned]
) -> None:
    found = {
        name.removesuffix("_COMMAND")
        for name, message in messages.items()
        if isinstance(message, Command) and message.message.content.startswith(gbz.PROFILE)
    }
    assert len(found) > 60
    assert found == set(PUBLISHED)

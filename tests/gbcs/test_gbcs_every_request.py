"""Whatever a valid request may say: its message is built and reads back, or it is refused by the name of what is wrong.

Requests are drawn from our schema set (every choice, option, repetition and enumeration, texts of every form), and
made from the published ones with each value at the limits of its type. That a message is the right one is for the
published vectors to show; here, that none fails.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from gbcs_bodies import without_signature
from gbcs_world import BROKER, BROKER_COUNTER, BUILD_TIME, DEVICE_KEY, JOINING, certificate_of
from hypothesis import given
from hypothesis import strategies as st
from limit_mutants import Place, limit_mutants
from lxml import etree
from published_requests import request_structure
from published_values import Side
from schema_instances import XS, document, elements, own_instances, some

from gbcs import axdr, der, gbz
from gbcs.build import build_pre_command, draft_command
from gbcs.facts import DeviceFacts, HubLog, LogEntry
from gbcs.message import GeneralSigned, decode_message
from gbcs.refusal import NoUseCase, Refused
from gbcs.select import select_use_case
from gbcs.usecases.registry import CHOICES, CHOICES_BY_VARIANT
from gbcs.usecases.usecase import UseCase
from routing.services import SERVICES
from schemas import xsd
from schemas.reading import read_request_unverified
from schemas.request import ServiceRequest
from schemas.vocabulary import CommandVariant, DeviceId, DeviceType, ServiceReferenceVariant, UserRole
from schemas.xsd import DUIS_NAMESPACE, own_schema

SR = f"{{{DUIS_NAMESPACE}}}"
SCHEMA = own_schema()
INSTANCES = own_instances()
EXAMPLES = 12
JOINS = {"8.7.1", "8.7.2"}
CERTIFICATE = certificate_of(DEVICE_KEY)
NAMES = {
    str(declared.get("name"))
    for file in (Path(xsd.__file__).parent / "duis").glob("*.xsd")
    for declared in etree.parse(file).iter(f"{XS}element", f"{XS}attribute")
}
"""Of elements and attributes: what a refusal has to name."""


def body_names() -> dict[str, list[ServiceReferenceVariant]]:
    found: dict[str, list[ServiceReferenceVariant]] = {}
    for choice in CHOICES:
        variants = found.setdefault(choice.use_case.element or choice.use_case.body.__name__, [])
        if choice.variant not in variants:
            variants.append(choice.variant)
    return found


BODIES = body_names()


@cache
def facts_of(variant: ServiceReferenceVariant, device: DeviceId) -> tuple[DeviceFacts, ...]:
    """An old and a new device of every type that the service has a use case on."""
    joining = tuple(DeviceType) if variant in JOINS else (DeviceType.PPMID,)
    return tuple(
        DeviceFacts(
            id=device,
            type=kind,
            gbcs_version=version,
            phases=phases,
            twin_element=phases == 1,
            hub_log=HubLog(extended_pan_id=bytes(8), entries=(LogEntry(device=JOINING, link_key_hash=bytes(16)),)),
            customer_identification_number="0042",
            joining_type=other,
            joining_certificate=CERTIFICATE,
            gpf_log=((JOINING, DeviceType.GSME),),
        )
        for kind in sorted({kind for choice in CHOICES_BY_VARIANT[variant] for kind in choice.device_types})
        for version, phases in (("1.0", 1), ("4.2", 3))
        for other in joining
    )


def outcomes(request: ServiceRequest) -> Iterator[str]:
    """``built`` or ``refused`` for each device and role; fails on anything else."""
    for facts in facts_of(request.variant, request.request_id.target):
        for role in (UserRole.IMPORT_SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR):
            built = message_of(request, facts, role)
            if isinstance(built, Refused):
                assert_names_what_is_wrong(built, request, facts, role)
                yield "refused"
            else:
                assert_reads_back(built)
                yield "built"


def message_of(request: ServiceRequest, facts: DeviceFacts, role: UserRole) -> bytes | Refused:
    use_case = select_use_case(request.variant, request.body, facts, role)
    if isinstance(use_case, UseCase) and use_case.critical:
        return build_pre_command(request, facts, BUILD_TIME, role=role)
    draft = draft_command(
        request,
        facts,
        BUILD_TIME,
        acb=BROKER,
        acb_counter=BROKER_COUNTER,
        role=role,
        tcos=BROKER,
        tcos_counter=BROKER_COUNTER + 1,
    )
    return draft if isinstance(draft, Refused) else draft.message.encode()


def assert_reads_back(octets: bytes) -> None:
    message = decode_message(octets)
    assert isinstance(message, GeneralSigned)
    assert octets == message.encode()
    content = message.content
    if content[:1] == bytes((axdr.ACCESS_REQUEST,)):
        assert content == axdr.decode_access_request(content).encode()
    elif content[:2] == gbz.PROFILE:
        assert content == gbz.encode(gbz.decode(content))
    else:
        assert content == der.decode(content).encode()


def assert_names_what_is_wrong(refused: Refused, request: ServiceRequest, facts: DeviceFacts, role: UserRole) -> None:
    if isinstance(refused, NoUseCase):
        assert request.variant in refused.reason or " is needed to choose between " in refused.reason
        return
    use_case = select_use_case(request.variant, request.body, facts, role)
    assert isinstance(use_case, UseCase)
    name, _, reason = refused.reason.partition(": ")
    assert use_case.name == name
    assert NAMES & set(re.findall(r"\w+", reason)), refused.reason


def request_with(body: etree._Element, variant: ServiceReferenceVariant) -> ServiceRequest:
    critical = any(choice.use_case.critical for choice in CHOICES_BY_VARIANT[variant])
    header = etree.Element(f"{SR}Header")
    for name, text in (
        ("RequestID", "A0-00-00-00-00-00-00-01:B0-00-00-00-00-00-00-0E:77"),
        ("CommandVariant", str(int(CommandVariant.TRANSFORM if critical else CommandVariant.SEND))),
        ("ServiceReference", SERVICES[variant].reference),
        ("ServiceReferenceVariant", variant),
    ):
        etree.SubElement(header, f"{SR}{name}").text = text
    request = read_request_unverified(etree.tostring(document("Request", header, body)), SCHEMA)
    assert isinstance(request, ServiceRequest), request
    return request


def number_anew(body: etree._Element) -> None:
    """Like elements of one parent are numbered one after the other: drawn by lot, most would be refused at once."""
    for parent in body.iter():
        seen: Counter[tuple[object, object]] = Counter()
        for child in parent:
            for name in child.attrib:
                if str(child.get(name)).isdigit():
                    seen[child.tag, name] += 1
                    child.set(name, str(seen[child.tag, name]))


@pytest.mark.parametrize("name", BODIES)
def test_whatever_a_request_of_the_schema_says(name: str) -> None:
    @some(EXAMPLES)
    @given(elements(INSTANCES.named(f"Request/Body/{name}")), st.booleans())
    def holds(body: etree._Element, numbered: bool) -> None:
        if numbered:
            number_anew(body)
        for variant in BODIES[name]:
            assert list(outcomes(request_with(body, variant)))

    holds()


@pytest.mark.slow
def test_every_value_at_its_limits(reference_dir: Path) -> None:
    structure, done = request_structure(reference_dir), set[Place]()
    came: Counter[str] = Counter()
    for file in sorted((reference_dir / "rtds" / "templates").glob("*.XML")):
        for mutant in limit_mutants(without_signature(file.read_bytes()), structure, done):
            if mutant.side is Side.OUTSIDE:
                continue
            request = read_request_unverified(mutant.document, SCHEMA)
            if isinstance(request, ServiceRequest) and request.variant in CHOICES_BY_VARIANT:
                came.update(outcomes(request))
    assert came["built"] > came["refused"] / 2 > 100, came


def published_requests(reference_dir: Path) -> Iterator[tuple[str, ServiceRequest]]:
    """Those that become GBCS messages, with the use case that the file is named after."""
    for file in sorted((reference_dir / "rtds" / "templates").glob("[CDEG]*.XML")):
        request = read_request_unverified(without_signature(file.read_bytes()), SCHEMA)
        assert isinstance(request, ServiceRequest), request
        if request.variant in CHOICES_BY_VARIANT:
            yield file.name.split("_")[0], request


def test_every_published_request_becomes_the_use_case_it_is_named_after(reference_dir: Path) -> None:
    """In each form, of which not all have published messages: immediate, future-dated, cancelled, twin element."""
    seen = 0
    for named, request in published_requests(reference_dir):
        chosen = {
            use_case.name
            for facts in facts_of(request.variant, request.request_id.target)
            for role in UserRole
            if isinstance(use_case := select_use_case(request.variant, request.body, facts, role), UseCase)
            and isinstance(message_of(request, facts, role), bytes)
        }
        assert any(named.startswith(name) for name in chosen), (named, chosen)
        seen += 1
    assert seen > 250

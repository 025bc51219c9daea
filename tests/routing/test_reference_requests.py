"""Every request of the Reference Test Data Set is decided: accepted, or refused for a reason that is named here."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from estate import PRODUCTS, ROUTES

from routing.decision import Rules, decide
from routing.facts import Facts
from routing.inventory import Device
from routing.parties import Party
from routing.policy import Policy
from routing.services import SERVICES
from schemas.reading import read_request_unverified
from schemas.request import ServiceRequest
from schemas.vocabulary import (
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    UserRole,
    WebService,
)
from schemas.xsd import own_schema

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACB = DeviceId.parse("90-B3-D5-1F-30-00-00-02")
RTDS_RULES = Rules(Policy(future_dating_days=3660), PRODUCTS, ROUTES, ACB)
_TYPES = {
    0xA0: DeviceType.ESME,
    0xA1: DeviceType.GSME,
    0xA2: DeviceType.CHF,
    0xA3: DeviceType.GPF,
    0xA4: DeviceType.PPMID,
    0xA5: DeviceType.HCALCS,
    0xA6: DeviceType.HCALCS,
}
"""By the last octet of the EUI; what A4, A5 and A6 are is not said there, and assumed."""
REFUSED = {
    "role-may-send-service": {"7.16", "8.5", "8.6"},
    "execution-time-is-ahead": {"4.1.1"},
    "named-device-is-pre-notified": {"8.11"},
    "device-to-change-exists": {"8.3", "8.4"},
    "pre-notified-model-is-on-cpl": {"12.2"},
    "firmware-version-is-on-cpl": {"11.1"},
    "ppmid-firmware-version-is-on-cpl": {"11.4"},
    "firmware-hash-is-on-cpl": {"11.3"},
    "service-is-carried-out-here": {
        *("5.1", "5.2", "5.3", "8.13", "12.1"),
        *("8.14.1", "8.14.2", "8.14.3", "8.14.4"),
    },
}
"""The matrix gives three services to nobody; one read is dated 2015; the product list and the inventory are not theirs;
and what is not carried out here. Nothing is refused for its type, variant, web service or body."""
_FAR = {WebService.TRANSFORM: {4}, WebService.SEND_COMMAND: {1, 3, 5, 7}, WebService.NON_DEVICE: {2, 6, 8}}


def test_requests_of_the_reference_data_are_refused_for_these_reasons_alone(reference_dir: Path) -> None:
    templates = sorted((reference_dir / "rtds" / "templates").glob("*REQUEST*.XML"))
    if not templates:
        pytest.skip("reference templates absent")
    found: dict[str, set[str]] = defaultdict(set)
    for place in templates:
        request = read_request_unverified(place.read_bytes(), own_schema())
        assert isinstance(request, ServiceRequest), place.name
        decision = decide(_facts(request), RTDS_RULES)
        found[decision.refused_by or decision.code].add(request.variant)
    refused = {why: variants for why, variants in found.items() if why not in {"I0", "I99"}}
    assert REFUSED == refused
    decided = {variant for variants in found.values() for variant in variants}
    assert len(found["I0"] | found["I99"]) > 100, "most of the services are accepted"
    assert decided <= set(SERVICES)


def _facts(request: ServiceRequest) -> Facts:
    target = request.request_id.target
    kind = _TYPES.get(int(target) & 0xFF, DeviceType.ESME)
    device = Device(
        id=target,
        type=kind,
        status=DeviceStatus.COMMISSIONED,
        manufacturer="10A1",
        model="ESME2",
        prenotified_as=Generation.SMETS2,
        csp_region="North",
    )
    posted = next(where for where, variants in _FAR.items() if request.command_variant in variants)
    return Facts(
        request=request,
        web_service=posted,
        time=NOW,
        party=Party(id=request.request_id.originator, name="Everybody", roles=tuple(UserRole)),
        devices=(device,),
        home_mpxns=((target, ()),),
        matches=(device,),
        pre_command_issued=True,
    )

"""Whatever the schema lets a body of these services be: it is built and reads back, or refused with a reason."""

from __future__ import annotations

import pytest
from gbcs_bodies import body_of
from gbcs_meter_bodies import inputs
from hypothesis import given
from hypothesis import strategies as st
from schema_instances import Instances, elements, own_instances, some

from gbcs import axdr
from gbcs.refusal import NoUseCase
from gbcs.select import choose
from gbcs.usecases import (
    alert_settings,
    billing,
    displays,
    load_control,
    meter_settings,
    payment,
    prepayment_settings,
    tariffs,
    voltage,
)
from gbcs.usecases.registry import CHOICES_BY_VARIANT
from gbcs.usecases.usecase import Asked
from schemas.vocabulary import ServiceReferenceVariant

TABLES = (
    alert_settings,
    billing,
    displays,
    load_control,
    meter_settings,
    payment,
    prepayment_settings,
    tariffs,
    voltage,
)
SERVICES = sorted({(choice.variant, choice.use_case.element) for table in TABLES for choice in table.CHOICES})


@pytest.fixture(scope="module")
def instances() -> Instances:
    return own_instances()


@pytest.mark.parametrize(("variant", "element"), SERVICES, ids=[variant for variant, _ in SERVICES])
@some(6)
@given(data=st.data())
def test_a_body_of_the_schema_is_built_or_refused(
    variant: ServiceReferenceVariant, element: str, instances: Instances, data: st.DataObject
) -> None:
    drawn = data.draw(elements(instances.named(f"Request/Body/{element}")))
    known = {
        "twin_element": data.draw(st.booleans()),
        "phases": data.draw(st.sampled_from((1, 3, None))),
        "gbcs_version": data.draw(st.sampled_from(("1.1", "4.1"))),
        "customer_identification_number": "0042",
    }
    about = inputs(body_of(drawn), **known)
    chosen = choose(CHOICES_BY_VARIANT[variant], Asked(body=about.body, facts=about.facts, role=None))
    if isinstance(chosen, NoUseCase):
        assert chosen.reason
        return
    reason = chosen.payload.refusal(about)
    if reason is None:
        payload = chosen.payload.encode(about)
        assert payload == axdr.decode_access_request(payload).encode()
    else:
        assert " " in reason

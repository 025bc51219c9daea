"""Requests for properties: of every service, mostly as it takes them, so that the late checks are reached too."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from oracle import Situation
from situations import VALUES, facts_of

from routing.services import SERVICES

quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PUBLISHED = {
    service.variant: {"non_device": "Yes" if service.non_device else "No", "body_element": service.body_element}
    for service in SERVICES.values()
}


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Mostly what the service takes, so that the late checks are reached too."""
    service = draw(st.sampled_from(list(SERVICES.values())))
    drawn = {name: draw(st.sampled_from(values)) for name, values in VALUES.items()}
    taken = {
        "role": sorted(role.value for role in service.roles) or ["IS"],
        "command_variant": sorted(int(variant) for variant in service.command_variants),
        "device_type": [kind.value for kind in service.device_types] or ["ESME"],
        "status": ["Commissioned"],
        "registered": [True],
        "exists": [True],
        "to_dcc": [None],
        "when": ["now"],
        "issued": [True],
        "follows": [""],
    }
    for name, values in taken.items():
        if draw(st.integers(0, 9)) > 1:
            drawn[name] = draw(st.sampled_from(values))
    if draw(st.booleans()):
        drawn["web_service"] = {1: "S", 3: "S", 4: "T", 5: "S", 7: "S"}.get(drawn["command_variant"], "D")
    return Situation(srv=service.variant, **drawn)  # type: ignore[arg-type]


requests = situations().map(lambda situation: facts_of(situation, PUBLISHED[situation.srv]))

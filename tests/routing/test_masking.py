"""What a trace leaves out of a request is nothing that a rule reads."""

from __future__ import annotations

import msgspec
import pytest
from vector import Vector
from vectors import VECTORS

from gateway.wants import masked
from routing.decision import decide


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v.check} {v.title}" for v in VECTORS])
def test_what_is_kept_is_decided_the_same(vector: Vector) -> None:
    kept = msgspec.structs.replace(vector.facts, request=masked(vector.facts.request)[0])
    first, again = decide(vector.facts, vector.rules), decide(kept, vector.rules)
    assert (first.code, first.reason, first.verdicts) == (again.code, again.reason, again.verdicts)

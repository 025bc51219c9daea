"""SMETS1 or SMETS2+: every combination of pre-notification, hub, product list and policy."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest
from estate import ESME_1, ESME_2, HUB_1, HUB_2, PPMID_1, PPMID_2, PRODUCTS

from routing.inventory import Device
from routing.policy import PpmidPolicy
from routing.ppmid import is_bilingual, settle_treatment
from schemas.vocabulary import Generation

S1, S2 = Generation.SMETS1, Generation.SMETS2
TACTICAL, ENDURING = PpmidPolicy.PRENOTIFIED, PpmidPolicy.ASSOCIATED_HUB
ALONE_2 = msgspec.structs.replace(PPMID_2, hub=None)
ALONE_1 = msgspec.structs.replace(PPMID_1, hub=None, s1sp="S1SP-B")
OPERATED_1 = msgspec.structs.replace(PPMID_1, s1sp="S1SP-B")
JOINED_2_TO_1 = f"{PPMID_2.id} is pre-notified as SMETS2+ and joined to the SMETS1 hub {HUB_1.id}"
JOINED_1_TO_2 = f"{PPMID_1.id} is pre-notified as SMETS1 and joined to the SMETS2+ hub {HUB_2.id}"


class Case(NamedTuple):
    device: Device
    hub: Device | None
    bilingual: bool
    policy: PpmidPolicy
    generation: Generation
    reason: str
    s1sp: str | None = None
    misjoined: str | None = None


CASES = {
    "a SMETS2+ meter is SMETS2+": Case(ESME_2, HUB_2, False, TACTICAL, S2, "pre-notified as SMETS2+"),
    "a SMETS1 meter is SMETS1, operated by its own S1SP": Case(
        ESME_1, HUB_1, False, TACTICAL, S1, "pre-notified as SMETS1", "S1SP-A"
    ),
    "a SMETS1 meter without a provider of its own has its hub's": Case(
        msgspec.structs.replace(ESME_1, s1sp=None), HUB_1, False, ENDURING, S1, "pre-notified as SMETS1", "S1SP-A"
    ),
    "a SMETS1 hub is SMETS1": Case(HUB_1, None, False, ENDURING, S1, "pre-notified as SMETS1", "S1SP-A"),
    "a meter keeps its generation under any hub and policy": Case(
        ESME_2, HUB_1, True, ENDURING, S2, "pre-notified as SMETS2+"
    ),
    "a PPMID among its own is of its kind": Case(
        PPMID_2, HUB_2, True, TACTICAL, S2, "pre-notified as SMETS2+ and associated with a SMETS2+ hub"
    ),
    "a SMETS1 PPMID is operated by its hub's S1SP": Case(
        PPMID_1, HUB_1, True, ENDURING, S1, "pre-notified as SMETS1 and associated with a SMETS1 hub", "S1SP-A"
    ),
    "a SMETS1 PPMID's own S1SP goes before its hub's": Case(
        OPERATED_1, HUB_1, True, TACTICAL, S1, "pre-notified as SMETS1 and associated with a SMETS1 hub", "S1SP-B"
    ),
    "tactical: a bilingual SMETS2+ PPMID at a SMETS1 hub cannot be reached": Case(
        PPMID_2,
        HUB_1,
        True,
        TACTICAL,
        S2,
        "bilingual, pre-notified as SMETS2+: its pre-notification decides (policy prenotified)",
        None,
        JOINED_2_TO_1,
    ),
    "tactical: a bilingual SMETS1 PPMID at a SMETS2+ hub cannot be reached": Case(
        PPMID_1,
        HUB_2,
        True,
        TACTICAL,
        S1,
        "bilingual, pre-notified as SMETS1: its pre-notification decides (policy prenotified)",
        None,
        JOINED_1_TO_2,
    ),
    "enduring: a bilingual SMETS2+ PPMID at a SMETS1 hub is SMETS1": Case(
        PPMID_2,
        HUB_1,
        True,
        ENDURING,
        S1,
        f"bilingual, pre-notified as SMETS2+, associated with the SMETS1 hub {HUB_1.id}: the hub decides (SEC A2.13)",
        "S1SP-A",
    ),
    "enduring: a bilingual SMETS1 PPMID at a SMETS2+ hub is SMETS2+": Case(
        OPERATED_1,
        HUB_2,
        True,
        ENDURING,
        S2,
        f"bilingual, pre-notified as SMETS1, associated with the SMETS2+ hub {HUB_2.id}: the hub decides (SEC A2.13)",
    ),
    "enduring: a PPMID of one generation at the other's hub cannot be reached": Case(
        PPMID_2,
        HUB_1,
        False,
        ENDURING,
        S2,
        "not bilingual, pre-notified as SMETS2+: its pre-notification decides (policy associated_hub)",
        None,
        JOINED_2_TO_1,
    ),
    "tactical: nor can one of the other generation": Case(
        OPERATED_1,
        HUB_2,
        False,
        TACTICAL,
        S1,
        "not bilingual, pre-notified as SMETS1: its pre-notification decides (policy prenotified)",
        "S1SP-B",
        JOINED_1_TO_2,
    ),
    "enduring: a PPMID that is not associated yet keeps its pre-notified generation": Case(
        ALONE_2, None, True, ENDURING, S2, "pre-notified as SMETS2+; associated with no hub"
    ),
    "a SMETS1 PPMID alone is operated by its own S1SP": Case(
        ALONE_1, None, True, TACTICAL, S1, "pre-notified as SMETS1; associated with no hub", "S1SP-B"
    ),
    "a PPMID whose hub is unknown keeps its pre-notified generation": Case(
        PPMID_2, None, True, ENDURING, S2, f"pre-notified as SMETS2+; its hub {HUB_2.id} is not in the inventory"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_treatment(case: Case) -> None:
    found = settle_treatment(case.device, case.hub, bilingual=case.bilingual, policy=case.policy)
    assert (case.generation, case.reason) == (found.generation, found.reason)
    assert (case.s1sp, case.misjoined) == (found.s1sp, found.misjoined)


BILINGUAL = {
    "a model listed in both generations": (True, "BILINGUAL"),
    "a model listed in both, in another case": (True, "bilingual "),
    "a model listed in one": (False, "MONOLINGUAL"),
    "a model that is not listed": (False, "UNLISTED"),
}


@pytest.mark.parametrize(("expected", "model"), BILINGUAL.values(), ids=BILINGUAL.keys())
def test_bilingual_is(expected: bool, model: str) -> None:
    assert expected is is_bilingual(msgspec.structs.replace(PPMID_2, model=model), PRODUCTS)

"""TABLE: the checks that read the advisories of the SMETS1 Supporting Requirements, one for each outcome.

All of them advise: the request is forwarded, and the trace and ``explain`` say what is to be expected.
``[rules.checks.NAME] refuses = true`` rejects it instead; of an 11.1 or 11.4 the whole.
"""

from __future__ import annotations

from typing import Final

from routing.advisories import Outcome
from routing.checks import advisory
from routing.checks.check import Applies, Check
from routing.checks.fact import Fact
from routing.facts import Located, Target
from schemas.vocabulary import Basis, Generation, ResponseCode

_CITES: Final = "SMETS1 Supporting Requirements, PPMID consultation (27 Jul 2021)"
_ASSUMED: Final = "; that it can be a refusal, and with this code, is assumed"
_CODE: Final = ResponseCode("E57")
_OF_TARGET: Final = (
    Fact.DEVICE_TYPE,
    Fact.DEVICE_MODEL,
    Fact.HUB,
    Fact.TREATMENT,
    Fact.PRODUCT_LIST,
    Fact.PPMID_POLICY,
    Fact.ADVISORIES,
)
_OF_LIST: Final = (Fact.NAMED_DEVICES, Fact.HUBS, Fact.PRODUCT_LIST, Fact.PPMID_POLICY, Fact.ADVISORIES)
_READ: Final = Applies(services=frozenset({"11.2"}), generation=Generation.SMETS1)
_READ_OR_ACTIVATION: Final = Applies(services=frozenset({"11.2", "11.3"}), generation=Generation.SMETS1)
_ACTIVATION: Final = Applies(services=frozenset({"11.3"}), generation=Generation.SMETS1)
_IMAGE: Final = Applies(services=frozenset({"11.1", "11.4"}))

OUTCOMES: Final = {
    "image-can-succeed": Outcome.FAILS,
    "image-outcome-is-certain": Outcome.UNCERTAIN,
    "firmware-request-can-succeed": Outcome.FAILS,
    "firmware-outcome-is-certain": Outcome.UNCERTAIN,
    "firmware-read-matches-the-cpl": Outcome.MAY_NOT_MATCH,
}
"""What each of these checks tells of."""

OF_LISTED: Final[tuple[Check[Located], ...]] = (
    Check(
        name="image-can-succeed",
        code=_CODE,
        ask=advisory.image_can_succeed,
        cites=f"{_CITES}, 18.63(c){_ASSUMED}",
        basis=Basis.ASSUMED,
        reads=_OF_LIST,
        remedy="leave out the PPMIDs that the S1SP does not upgrade",
        applies=_IMAGE,
        advises=True,
    ),
    Check(
        name="image-outcome-is-certain",
        code=_CODE,
        ask=advisory.image_outcome_is_certain,
        cites=f"{_CITES}, 18.63(d) and 18.65(e){_ASSUMED}",
        basis=Basis.ASSUMED,
        reads=_OF_LIST,
        remedy="leave out the PPMIDs named, or ask their manufacturer for an image that suits their hubs",
        applies=_IMAGE,
        advises=True,
    ),
)
OF_TARGET: Final[tuple[Check[Target], ...]] = (
    Check(
        name="firmware-request-can-succeed",
        code=_CODE,
        ask=advisory.firmware_request_can_succeed,
        cites=f"{_CITES}, 18.63(c) and 18.64(b){_ASSUMED}",
        basis=Basis.ASSUMED,
        reads=_OF_TARGET,
        remedy="nothing: the S1SP does neither read nor upgrade such a PPMID",
        applies=_READ_OR_ACTIVATION,
        advises=True,
    ),
    Check(
        name="firmware-outcome-is-certain",
        code=_CODE,
        ask=advisory.firmware_outcome_is_certain,
        cites=f"{_CITES}, 18.63(d) and 18.65(e){_ASSUMED}",
        basis=Basis.ASSUMED,
        reads=_OF_TARGET,
        remedy="read the version afterwards (11.2): what runs is what the device tells",
        applies=_ACTIVATION,
        advises=True,
    ),
    Check(
        name="firmware-read-matches-the-cpl",
        code=_CODE,
        ask=advisory.firmware_read_matches_the_cpl,
        cites=f"{_CITES}, 18.64(c){_ASSUMED}",
        basis=Basis.ASSUMED,
        reads=_OF_TARGET,
        remedy="compare what is read with the model's SMETS2+ entries as well",
        applies=_READ,
        advises=True,
    ),
)

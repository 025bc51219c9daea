"""TABLE: what is asked so that a PPMID is of one generation, and stays where it can be reached.

The checks of a pre-notification are refusals. Those of joins advise: the tactical solution changes no system of the
DCC, which lets such a join pass; ``[rules.checks.NAME] refuses = true`` holds it back.
"""

from __future__ import annotations

from typing import Final

from routing.checks import inventory, joins
from routing.checks.check import Applies, Check
from routing.checks.fact import Fact
from routing.facts import Located, Target
from schemas.vocabulary import Basis, ResponseCode

_SEED_001: Final = "PPMID consultation (27 Jul 2021), section 2"
_PRE_NOTIFICATION: Final = Applies(services=frozenset({"12.2"}))

PRE_NOTIFIED_AGAIN: Final[Check[Located]] = Check(
    name="pre-notification-is-for-good",
    code=ResponseCode("E120201"),
    ask=inventory.pre_notification_is_for_good,
    cites=f"{_SEED_001}: restricted to use as the pre-notified SMETS version; the code is that of any known device",
    basis=Basis.ASSUMED,
    reads=(Fact.FIRMWARE, Fact.NAMED_DEVICES, Fact.PRODUCT_LIST),
    remedy="use the device where its generation is at home; with ppmid.policy associated_hub its hub decides",
    applies=_PRE_NOTIFICATION,
)
KIND_IS_CLEAR: Final[Check[Located]] = Check(
    name="pre-notified-kind-is-clear",
    code=ResponseCode("E120204"),
    ask=inventory.pre_notified_kind_is_clear,
    cites=f"{_SEED_001}: the two entries of a bilingual PPMID differ in firmware version; the code is assumed",
    basis=Basis.ASSUMED,
    reads=(Fact.FIRMWARE, Fact.PRODUCT_LIST),
    remedy="give FirmwareVersion and SMETSCHTSVersion of the CPL entry that is meant",
    applies=_PRE_NOTIFICATION,
)
JOINS: Final[tuple[Check[Target], ...]] = (
    Check(
        name="whitelisting-suits-its-kind",
        code=ResponseCode("E081104"),
        ask=joins.whitelisting_suits_its_kind,
        cites=f"{_SEED_001}: joined to the wrong installation it cannot be targeted; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.BODY, Fact.NAMED_DEVICES, Fact.DEVICE_TYPE, Fact.PRODUCT_LIST, Fact.PPMID_POLICY),
        remedy="add the device to a hub of the generation that it was pre-notified as",
        applies=Applies(services=frozenset({"8.11"})),
        advises=True,
    ),
    Check(
        name="join-suits-its-kind",
        code=ResponseCode("E080702"),
        ask=joins.join_suits_its_kind,
        cites=f"{_SEED_001}: joined to the wrong installation it cannot be targeted; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.NAMED_DEVICES, Fact.HUBS, Fact.DEVICE_TYPE, Fact.HUB, Fact.PRODUCT_LIST, Fact.PPMID_POLICY),
        remedy="join the device to one in an installation of the generation that it was pre-notified as",
        applies=Applies(services=frozenset({"8.7.1", "8.7.2"})),
        advises=True,
    ),
)

"""What is in force: schema, certificates, parties, rules with their product list. One immutable snapshot.

A request takes the snapshot once, at the door; a new revision replaces the whole for those that come after.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from cpl.product_list import ProductList
from gateway.parties import PartyDirectory
from gateway.settings import Settings
from routing.advisories import ADVISORIES, Advisories
from routing.decision import ALL_CHECKS, RuleError, Rules
from routing.facts import Routes
from routing.policy import Policy
from routing.services import SERVICES
from routing.transition_table import TRANSITIONS
from routing.transitions import Transitions
from schemas.certificates import CertificateDirectory
from schemas.records import to_stable_json
from schemas.xsd import DuisSchema


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """The snapshot. ``revisions`` names each part, as traces carry it."""

    schema: DuisSchema
    certificates: CertificateDirectory
    parties: PartyDirectory
    rules: Rules
    revisions: dict[str, str]

    def with_products(self, products: ProductList) -> InForce:
        """The same on another revision of the product lists."""
        return msgspec.structs.replace(
            self,
            rules=self.rules.with_products(products),
            revisions={**self.revisions, "products": products.revision},
        )


def policy_of(settings: Settings) -> Policy:
    """What the configuration says about rules. Raises routing.decision.RuleError."""
    try:
        transitions = Transitions(TRANSITIONS, settings.rules.transitions)
        cohorts = {name: s1sp.cohort for name, s1sp in settings.s1sp.items() if s1sp.cohort is not None}
        advisories = Advisories(ADVISORIES, settings.rules.advisories, cohorts)
    except ValueError as fault:
        raise RuleError(str(fault)) from None
    return Policy(
        ppmid=settings.ppmid.policy,
        transitions=transitions,
        advisories=advisories,
        checks=settings.rules.checks,
        device_types=settings.rules.device_types,
        device_statuses=settings.rules.device_statuses,
        roles=settings.rules.roles,
        future_dating_days=settings.rules.future_dating_days,
        hub_image_octets=settings.rules.hub_image_octets,
        image_gbcs=settings.rules.image_gbcs,
        image_days=settings.rules.image_days,
        for_smets1=settings.rules.for_smets1,
        schema_versions=settings.schemas.versions,
        not_for_smets1=settings.rules.not_for_smets1,
        smets1_critical_variant=settings.rules.smets1_critical_variant,
    )


def rules_of(settings: Settings, products: ProductList) -> Rules:
    """Raises routing.decision.RuleError."""
    routes = Routes(s1sps=frozenset(settings.s1sp), regions=frozenset(settings.wan))
    return Rules(policy_of(settings), products, routes, settings.gbcs.acb)


RULES_REVISION: Final = hashlib.sha256(
    to_stable_json(
        [
            [(c.name, c.code, str(c.applies)) for c in ALL_CHECKS],
            list(SERVICES.values()),
            [(t.name, t.event, t.types, t.statuses, t.after) for t in TRANSITIONS],
        ]
    )
).hexdigest()[:12]
"""Names the tables as they are built in; corrections are part of the settings' revision."""


def in_force(
    settings: Settings,
    schema: DuisSchema,
    certificates: CertificateDirectory,
    parties: PartyDirectory,
    products: ProductList,
) -> InForce:
    """The first snapshot. Raises routing.decision.RuleError."""
    return InForce(
        schema=schema,
        certificates=certificates,
        parties=parties,
        rules=rules_of(settings, products),
        revisions={
            "products": products.revision,
            "schema": schema.revision,
            "rules": RULES_REVISION,
            "settings": settings.revision,
        },
    )

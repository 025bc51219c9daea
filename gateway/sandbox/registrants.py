"""Who is registered for the meter points of the sandbox, from when and until when.

Data and arithmetic on fixed dates. The parties' names, keys and addresses are ``users``' affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, assert_never

import msgspec

from gateway.sandbox.places import Place
from gateway.sandbox.plans import Change, Plan, Supplier
from routing.parties import Registration
from schemas.vocabulary import UserId, UserRole

CHANGED: Final = datetime(2025, 3, 15, tzinfo=UTC)
"""When suppliers changed, where that is past."""
CHANGES: Final = datetime(2035, 4, 1, tzinfo=UTC)
"""When suppliers change, where that lies ahead."""
SINCE_ALWAYS: Final = datetime(2013, 7, 1, tzinfo=UTC)
"""Networks do not change hands here."""


class Registrants(msgspec.Struct, frozen=True, kw_only=True):
    """The parties that homes are registered to."""

    first: UserId
    second: UserId
    suspended: UserId | None
    """``None``: the second takes its homes."""
    exporter: UserId
    """Whoever takes what homes export."""
    distributor: UserId
    transporter: UserId

    def of(self, supplier: Supplier) -> UserId:
        match supplier:
            case Supplier.FIRST:
                return self.first
            case Supplier.SECOND:
                return self.second
            case Supplier.SUSPENDED:
                return self.suspended or self.second
            case _:
                assert_never(supplier)

    def other_than(self, supplier: UserId) -> UserId:
        """The one that a home changes from or to."""
        return self.second if supplier == self.first else self.first


def register(
    plan: Plan, place: Place, since: datetime, registrants: Registrants
) -> tuple[UserId, UserId | None, tuple[Registration, ...]]:
    """The suppliers of electricity and gas today (before a change ahead), and all registrations of the home."""
    electricity = registrants.of(plan.supplier)
    gas = registrants.of(plan.gas_supplier or plan.supplier) if plan.gas else None
    rows = [*_supplied(place.mpan, UserRole.IMPORT_SUPPLIER, electricity, since, plan.change, registrants)]
    rows.append(_network(place.mpan, UserRole.ELECTRICITY_DISTRIBUTOR, registrants.distributor))
    if plan.exports:
        exporter = registrants.exporter
        rows.append(Registration(mpxn=place.export_mpan, role=UserRole.EXPORT_SUPPLIER, party=exporter, start=since))
        rows.append(_network(place.export_mpan, UserRole.ELECTRICITY_DISTRIBUTOR, registrants.distributor))
    if gas is not None:
        rows += _supplied(place.mprn, UserRole.GAS_SUPPLIER, gas, since, plan.change, registrants)
        rows.append(_network(place.mprn, UserRole.GAS_TRANSPORTER, registrants.transporter))
    return electricity, gas, tuple(rows)


def _supplied(
    mpxn: str, role: UserRole, supplier: UserId, since: datetime, change: Change | None, registrants: Registrants
) -> Iterator[Registration]:
    other = registrants.other_than(supplier)
    match change:
        case None:
            yield Registration(mpxn=mpxn, role=role, party=supplier, start=since)
        case Change.PAST:
            yield Registration(mpxn=mpxn, role=role, party=other, start=since, end=CHANGED)
            yield Registration(mpxn=mpxn, role=role, party=supplier, start=CHANGED)
        case Change.AHEAD:
            yield Registration(mpxn=mpxn, role=role, party=supplier, start=since, end=CHANGES)
            yield Registration(mpxn=mpxn, role=role, party=other, start=CHANGES)
        case _:
            assert_never(change)


def _network(mpxn: str, role: UserRole, operator: UserId) -> Registration:
    return Registration(mpxn=mpxn, role=role, party=operator, start=SINCE_ALWAYS)

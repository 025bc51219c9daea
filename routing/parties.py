"""Who may ask: parties, and the registrations that tie them to meter points.

Data only. The registration table is deliberately plain: meter point, role, party, from, to.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.vocabulary import UserId, UserRole, UserStatus


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A user: one EUI-64 with the user roles it holds."""

    id: UserId
    name: str
    roles: tuple[UserRole, ...]
    status: UserStatus = UserStatus.ACTIVE
    receive_url: str | None = None
    """The Receive Response address; ``None`` for a user that takes no asynchronous answers."""


class Registration(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party is registered in a role for a meter point over a period."""

    mpxn: str
    role: UserRole
    party: UserId
    start: datetime
    end: datetime | None = None
    """Exclusive; ``None`` while the registration lasts."""

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)

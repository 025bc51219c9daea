"""TABLE: what could be otherwise around a request, one fact at a time: its sender, the device, the configuration.

Nothing here asks whether a change helps. Configuration is changed last, and no check is ever switched off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from routing.change import Candidate, Candidates, Change, Kind, service_of, with_party
from routing.changes_of_request import target_of, with_device
from routing.decision import decide
from routing.facts import Facts, Preceding
from routing.inventory import Device
from routing.parties import Registration
from routing.policy import PpmidPolicy
from routing.rights import REGISTERED_ROLES
from routing.rules import Rules
from schemas.body_questions import devices_named
from schemas.request import is_cancellation
from schemas.vocabulary import SIGNED_PRE_COMMANDS, DeviceStatus, UserRole, UserStatus

_GAS: Final = frozenset({UserRole.GAS_SUPPLIER, UserRole.GAS_TRANSPORTER})
_MPAN_DIGITS: Final = 13


def preceding_answered(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    if facts.request.preceding is not None and facts.preceding is not Preceding.ANSWERED:
        wanted = Preceding.ANSWERED
        words = f"send it once {facts.request.preceding} has been answered"
        change = Change(of=Kind.PRECEDING, found=facts.preceding.value, wanted=wanted.value, words=words)
        yield Candidate(change=change, facts=msgspec.structs.replace(facts, preceding=wanted), rules=rules)


def pre_command_issued(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    if facts.request.command_variant in SIGNED_PRE_COMMANDS and not facts.pre_command_issued:
        words = "transform the request first (variant 4), under this RequestID"
        change = Change(of=Kind.PRE_COMMAND, found="none issued", wanted="issued", words=words)
        yield Candidate(change=change, facts=msgspec.structs.replace(facts, pre_command_issued=True), rules=rules)


def other_role(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The sender in one role more."""
    if facts.party is None:
        return
    found = facts.party.roles
    for wanted in UserRole:
        if wanted not in found:
            words = f"send as a user in role {wanted.value}; this one is {' '.join(found) or 'in none'}"
            change = Change(of=Kind.ROLE, found=" ".join(found) or "none", wanted=wanted.value, words=words)
            more = with_party(facts, facts.party, roles=(*found, wanted))
            yield Candidate(change=change, facts=more, rules=rules)


def registration(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The sender's registration for a meter point around the device concerned, from the required time on."""
    service, target = service_of(facts, rules), target_of(facts) or _named(facts)
    if service is None or target is None or facts.party is None:
        return
    execution = facts.request.body.execution
    when = facts.time if execution is None or is_cancellation(execution) else execution
    mpxns = target.mpxns or dict(facts.home_mpxns).get(target.home, ())
    roles = service.roles_in(facts.request.schema_version).intersection(facts.party.roles) & REGISTERED_ROLES
    pairs = [(mpxn, role) for mpxn in mpxns for role in sorted(roles)]
    for mpxn, role in [pair for pair in pairs if _is_of_fuel(*pair)] or pairs:
        added = Registration(mpxn=mpxn, role=role, party=facts.request.request_id.originator, start=when)
        wanted = f"{mpxn} as {role.value} at {when:%Y-%m-%dT%H:%M:%SZ}"
        words = f"be registered for {wanted}"
        change = Change(of=Kind.REGISTRATION, found="none", wanted=wanted, words=words)
        more = msgspec.structs.replace(facts, registrations=(*facts.registrations, added))
        yield Candidate(change=change, facts=more, rules=rules)


def _named(facts: Facts) -> Device | None:
    """The first device that the body names."""
    named = devices_named(facts.request.body)
    return next((device for one in named for device in facts.devices if device.id == one), None)


def _is_of_fuel(mpxn: str, role: UserRole) -> bool:
    """A meter point number for electricity has 13 digits, one for gas fewer."""
    return (role in _GAS) is (len(mpxn) != _MPAN_DIGITS)


def active_party(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    party = facts.party
    if party is not None and party.status is not UserStatus.ACTIVE:
        words = f"wait until {party.id} is {UserStatus.ACTIVE.value} again"
        wanted = UserStatus.ACTIVE
        change = Change(of=Kind.PARTY_STATUS, found=party.status.value, wanted=wanted.value, words=words)
        yield Candidate(change=change, facts=with_party(facts, party, status=wanted), rules=rules)


def other_status(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The device in a status in which the service reaches it, Commissioned first."""
    service, target = service_of(facts, rules), target_of(facts)
    if service is None or target is None or target.status is None:
        return
    for wanted in sorted(service.device_statuses, key=lambda each: each is not DeviceStatus.COMMISSIONED):
        if wanted is not target.status:
            words = f"have {target.id} brought from {target.status.value} to {wanted.value}"
            change = Change(of=Kind.DEVICE_STATUS, found=target.status.value, wanted=wanted.value, words=words)
            yield Candidate(change=change, facts=with_device(facts, target, status=wanted), rules=rules)


def other_hub(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The device at a hub of the generation that it was pre-notified as."""
    target = target_of(facts)
    hub = next((each for each in facts.devices if target is not None and each.id == target.hub), None)
    if target is not None and hub is not None and hub.prenotified_as is not target.prenotified_as:
        found, wanted = hub.prenotified_as, target.prenotified_as
        words = f"join {target.id} to a {wanted.value} hub; {hub.id} is {found.value}"
        change = Change(of=Kind.HUB, found=found.value, wanted=wanted.value, words=words)
        yield Candidate(change=change, facts=with_device(facts, hub, prenotified_as=wanted), rules=rules)


def other_policy(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The other treatment of bilingual PPMIDs."""
    found = rules.policy.ppmid
    for wanted in PpmidPolicy:
        if wanted is not found:
            words = f"set ppmid.policy to {wanted.value}; it is {found.value}"
            change = Change(of=Kind.PPMID_POLICY, found=found.value, wanted=wanted.value, words=words)
            policy = msgspec.structs.replace(rules.policy, ppmid=wanted)
            yield Candidate(change=change, facts=facts, rules=rules.with_policy(policy))


def advice_again(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """What refuses is advice as built in, and the configuration makes it refuse."""
    name = decide(facts, rules).refused_by
    override = rules.policy.checks.get(name or "")
    if name is not None and override is not None and override.refuses:
        words = f"let {name} advise: rules.checks.{name}.refuses = false"
        change = Change(of=Kind.ADVICE, found=f"{name} refuses", wanted=name, words=words)
        advice = msgspec.structs.replace(override, refuses=False)
        policy = msgspec.structs.replace(rules.policy, checks={**rules.policy.checks, name: advice})
        yield Candidate(change=change, facts=facts, rules=rules.with_policy(policy))


OF_WORLD: Final[Mapping[Kind, Candidates]] = {
    Kind.PRECEDING: preceding_answered,
    Kind.PRE_COMMAND: pre_command_issued,
    Kind.ROLE: other_role,
    Kind.REGISTRATION: registration,
    Kind.PARTY_STATUS: active_party,
    Kind.DEVICE_STATUS: other_status,
    Kind.HUB: other_hub,
    Kind.PPMID_POLICY: other_policy,
    Kind.ADVICE: advice_again,
}

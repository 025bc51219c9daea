"""What comes back from the far sides, and on to the user: verify, match, sign, enqueue. Durable before 2xx.

A S1SP's documents and a device's octets reach the user as they are; the gateway adds its own envelope and
signature. A message that was passed on before is acknowledged and not passed on again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from os import urandom

import msgspec

from gateway.answers import Answers
from gateway.commands import CommandBuilder
from gateway.consequences import NOTHING, Consequence, Consequences, changes_devices
from gateway.in_force import InForce
from gateway.metrics import FAR_SIDE, TRANSITIONS_MADE
from gateway.onward import Onward
from gateway.ports import AnswerKey, Far, HandOff, Inventory, Ledger, Open, Overtaken, Unavailable
from gateway.settings import S1sp
from gateway.trace_ports import TraceSink
from gateway.turns import next_turn
from gbcs.crypto import verify_mac
from gbcs.message import Command, CraFlag, decode_message
from gbcs.outcome import Outcome, read_outcome
from schemas.far_side import S1spAlert, Smets1Answer, firmware_version_said, read_s1sp_message
from schemas.request import Fault, Malformed, Unauthenticated
from schemas.vocabulary import DeviceId, UserId

_LARGE = 102_400
_TRIES = 8
"""How often devices that change meanwhile are judged again before the far side is asked to send again."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What the far side is told: a status, and why not where it is not 204."""

    status: int
    detail: str = ""


class Returns:
    """Takes the far sides' messages."""

    def __init__(
        self,
        *,
        in_force: Callable[[], InForce],
        inventory: Inventory,
        ledger: Ledger,
        traces: TraceSink,
        onward: Onward,
        answers: Answers,
        commands: CommandBuilder,
        s1sps: Mapping[str, S1sp],
        clock: Callable[[], datetime],
    ) -> None:
        self._in_force = in_force
        self._inventory = inventory
        self._ledger = ledger
        self._traces = traces
        self._onward = onward
        self._answers = answers
        self._commands = commands
        self._s1sps = s1sps
        self._clock = clock
        self._consequences = Consequences(in_force=in_force, inventory=inventory, ledger=ledger, answers=answers)

    async def from_s1sp(self, name: str, received: bytes) -> Taken:
        """A SMETS1SignedResponse or S1SPAlert of the provider ``name``. Raises Unavailable."""
        provider = self._s1sps.get(name)
        if provider is None:
            return self._refused(Far.S1SP, 404, f"there is no S1SP {name!r}")
        in_force, now = self._in_force(), self._clock()
        await next_turn()
        if len(received) > _LARGE:
            message = await asyncio.to_thread(read_s1sp_message, received, in_force.schema, in_force.certificates, now)
        else:
            message = read_s1sp_message(received, in_force.schema, in_force.certificates, now)
        await next_turn()
        match message:
            case Malformed(faults=faults):
                return self._refused(Far.S1SP, 400, _finding(faults[0]))
            case Unauthenticated(message=reason):
                return self._refused(Far.S1SP, 403, reason)
            case S1spAlert() | Smets1Answer() if message.signer != provider.id:
                return self._refused(Far.S1SP, 403, f"signed by {message.signer}, expected {provider.id} ({name})")
            case Smets1Answer():
                return await self._smets1_answer(name, message, received, now)
            case S1spAlert():
                return await self._s1sp_alert(name, message, received, now)

    async def _smets1_answer(self, name: str, message: Smets1Answer, received: bytes, now: datetime) -> Taken:
        if not await self._operates(name, message.device):
            return self._refused(Far.S1SP, 403, f"{message.device} is not operated by S1SP {name}")
        key = AnswerKey(originator=message.user, device=message.device, counter=message.counter)
        opened = await self._ledger.open_request(key)
        if opened is None:
            return self._unknown(
                Far.S1SP, f"no request of {message.user} to {message.device} with counter {message.counter} waits"
            )
        document = self._answers.final_smets1(opened, now, received)
        failed = " (the device did not do it)" if message.failed else ""
        outcome = self._smets1_outcome(message, received) if changes_devices(opened) else None
        what = f"answer of S1SP {name}{failed}"
        return await self._pass_on(Far.S1SP, opened, received, document, now, what, outcome)

    def _smets1_outcome(self, answer: Smets1Answer, received: bytes) -> Outcome:
        version = firmware_version_said(received, self._in_force().schema)
        return Outcome(done=not answer.failed, firmware_version=version)

    async def _s1sp_alert(self, name: str, alert: S1spAlert, received: bytes, now: datetime) -> Taken:
        opened = None if alert.request_id is None else await self._ledger.open_request_by_id(alert.request_id)
        if opened is None:
            return self._unknown(Far.S1SP, f"alert {alert.code} names no request that was handed on")
        if not await self._operates(name, alert.device or opened.request_id.target):
            return self._refused(Far.S1SP, 403, f"{alert.device} is not operated by S1SP {name}")
        document = self._answers.s1sp_alert(opened.request_id, opened.schema_version, now, received)
        return await self._pass_on(Far.S1SP, opened, received, document, now, f"alert {alert.code} of S1SP {name}")

    async def _operates(self, name: str, device: DeviceId) -> bool:
        record = await self._inventory.device(device)
        if record is None:
            return False
        if record.s1sp is None and record.hub is not None:
            record = await self._inventory.device(record.hub)
        return record is not None and record.s1sp == name

    async def from_wan(self, received: bytes) -> Taken:
        """A device's GBCS message. Raises Unavailable."""
        now = self._clock()
        await next_turn()
        try:
            message = decode_message(received)
        except ValueError as fault:
            return self._refused(Far.WAN, 400, f"not a GBCS message: {fault}")
        if not isinstance(message, Command) or message.message.header.cra is not CraFlag.RESPONSE:
            return self._refused(Far.WAN, 422, "expected a response with a MAC")
        header = message.message.header
        device, originator = DeviceId(header.originator), UserId(header.recipient)
        key = AnswerKey(originator=originator, device=device, counter=header.counter)
        opened = await self._ledger.open_request(key)
        if opened is None:
            return self._unknown(
                Far.WAN, f"no command to {device} from {originator} with counter {header.counter} waits"
            )
        secret = await self._commands.secret(device)
        if secret is None or not verify_mac(message, secret):
            return self._refused(Far.WAN, 403, f"the MAC of the response of {device} does not verify")
        expected = opened.device_answer
        if expected is not None and header.message_code != expected.message_code:
            return self._refused(
                Far.WAN,
                422,
                f"the response of {device} has message code {header.message_code:04X},"
                f" expected {expected.message_code:04X}",
            )
        # The MAC was for the DCC: the user gets the message inside it (assumed).
        document = self._answers.final(opened, now, message.message.encode())
        outcome = read_outcome(message.message) if changes_devices(opened) else None
        return await self._pass_on(Far.WAN, opened, received, document, now, f"response of {device}", outcome)

    async def _pass_on(
        self,
        far: Far,
        opened: Open,
        received: bytes,
        document: bytes,
        now: datetime,
        what: str,
        outcome: Outcome | None = None,
    ) -> Taken:
        """``outcome`` is what the answer says, where it is one that may change devices."""
        user = opened.request_id.originator
        hand_off = HandOff(
            id=urandom(16).hex(),
            far=Far.USER,
            name=str(user),
            content_type="application/xml",
            body=document,
            trace_id=opened.trace_id,
        )
        digest = hashlib.sha256(received).digest()
        if outcome is None:
            fresh, consequence = (
                await self._ledger.answered(opened.request_id, opened.stage, digest, (hand_off,)),
                NOTHING,
            )
        else:
            fresh, consequence = await self._answered_with_changes(opened, digest, hand_off, outcome, now)
        if not fresh:
            FAR_SIDE[far, "repeated"].inc()
            return Taken(status=204)
        FAR_SIDE[far, "passed-on"].inc()
        for told in (f"{what} passed on to {user}", *consequence.notes):
            self._traces.noted(opened.trace_id, f"{now:%Y-%m-%dT%H:%M:%S.%fZ} {told}")
        for change in consequence.changes:
            TRANSITIONS_MADE[change.row.name].inc()
        self._onward.deliver((hand_off, *consequence.alerts))
        return Taken(status=204)

    async def _answered_with_changes(
        self, opened: Open, digest: bytes, hand_off: HandOff, outcome: Outcome, now: datetime
    ) -> tuple[bool, Consequence]:
        """Whether the answer is new, and what it changed."""
        for _ in range(_TRIES):
            consequence = await self._consequences.of(opened, outcome, now)
            hand_offs, changes = (hand_off, *consequence.alerts), consequence.changes
            fresh = await self._ledger.answered(opened.request_id, opened.stage, digest, hand_offs, changes)
            if not isinstance(fresh, Overtaken):
                return fresh, consequence
        raise Unavailable(f"{opened.request_id.target} changes all the time")

    @staticmethod
    def _refused(far: Far, status: int, detail: str) -> Taken:
        FAR_SIDE[far, "refused"].inc()
        return Taken(status=status, detail=detail)

    @staticmethod
    def _unknown(far: Far, detail: str) -> Taken:
        FAR_SIDE[far, "unknown-request"].inc()
        return Taken(status=422, detail=detail)


def _finding(fault: Fault) -> str:
    """Where and what, in one line; a document that is no XML has a line and no path."""
    return f"{fault.path or f'line {fault.line}, column {fault.column}'}: {fault.message}"

"""Users who never stop posting, and the service as a process that can be killed under them.

A ``Deed`` is one signed document with everything that was ever answered to it. What is to be concluded from
that is the tests' affair.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from patience import until
from processes import PROJECT, command

from gateway.fulfilment import stage_of
from gateway.ports import Far, Stage
from gateway.sandbox.stage import Scene
from gateway.sandbox.traveller import Answered, Traveller
from gateway.sandbox.world import World
from schemas.request import (
    AnyBody,
    DevicePrenotification,
    DisableSupply,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ServiceRequest,
)
from schemas.vocabulary import CommandVariant, DeviceId, DeviceType, WebService

T, S, D = WebService.TRANSFORM, WebService.SEND_COMMAND, WebService.NON_DEVICE
E63: Final = "E63"
"""The RequestID was used before for something else."""
ACCEPTED: Final = frozenset({"I0", "I99"})
REGIONS: Final = {"esme": "North", "exporting-esme": "South"}
"""SMETS2+ meters of the first supplier, with their WAN regions."""
PROVIDERS: Final = {f"smets1-{name}-esme": name for name in ("secure", "ioc", "mds", "foc")}
KINDS: Final = {"read": 35, "SMETS1 read": 25, "pre-notification": 15, "transform": 15, "rivals": 10}
PAUSE: Final = 0.01
FIRST_ANSWER_SECONDS: Final = 30.0
HAS_PROC: Final = Path("/proc/self/stat").exists()


class Deed(msgspec.Struct, kw_only=True):
    """One signed document of a user, and how it fared."""

    kind: str
    request: ServiceRequest
    document: bytes
    service: WebService
    to: tuple[Far, str] | None = None
    """Where it must be handed on; ``None`` where nowhere."""
    newcomer: DeviceId | None = None
    """The device that a 12.2 tells of."""
    promised: bool = False
    """Whether it was acknowledged while the service was being killed: before the repeats of the end."""
    rivals: bool = False
    """Whether another document has the same RequestID."""
    answers: list[Answered] = []
    lost: int = 0
    """How often the connection died before an answer came."""

    @property
    def stage(self) -> Stage:
        return stage_of(self.request.command_variant)

    @property
    def codes(self) -> list[str | None]:
        return [answer.code for answer in self.answers]

    @property
    def acknowledgements(self) -> list[bytes]:
        """The answers that say it was accepted."""
        return [answer.body for answer in self.answers if answer.code in ACCEPTED]

    @property
    def acknowledged(self) -> bool:
        return bool(self.acknowledgements)

    def __str__(self) -> str:
        return f"{self.kind} {self.request.request_id}, lost {self.lost} times, answered {self.codes}"


class Load:
    """What the users of a world send, from as many connections as ``connection`` is run."""

    def __init__(self, world: World, traveller: Traveller, lot: random.Random) -> None:
        self.deeds: list[Deed] = []
        self.over = False
        self.answered = asyncio.Event()
        """Set whenever an answer comes."""
        self._scene = Scene(world, traveller)
        self._by = traveller
        self._lot = lot
        self._next: deque[Deed] = deque()

    async def connection(self) -> None:
        """Posts one document after the other until it is over."""
        while not self.over:
            if not self._next:
                self._make()
            await self._post(self._next.popleft())

    async def repeat_all(self, at_once: int) -> None:
        """Every document that was ever sent, once more."""
        again = deque(self.deeds)

        async def post() -> None:
            while again:
                deed = again.popleft()
                deed.answers.append(await self._by.post(deed.document, deed.service))

        await asyncio.gather(*(post() for _ in range(at_once)))

    async def with_other_content(self, count: int) -> list[tuple[Deed, str | None]]:
        """The RequestIDs of so many deeds that were accepted, for another request; and the response codes."""
        used = [d for d in self.deeds if d.acknowledged and d.stage is Stage.REQUEST and not d.rivals]
        sample = self._lot.sample(used, min(count, len(used)))
        found = []
        for deed in sample:
            other = self._other(deed)
            found.append((deed, (await self._by.post(other.document, other.service)).code))
        return found

    async def _post(self, deed: Deed) -> None:
        try:
            answer = await self._by.post(deed.document, deed.service)
        except aiohttp.ClientConnectorError:
            self._next.appendleft(deed)
            await asyncio.sleep(PAUSE)
            return
        except (aiohttp.ClientError, OSError):
            deed.lost += 1
            # Half of the users repeat at once, as clients do; the others' turn comes in the end.
            if self._lot.random() < 0.5:
                self._next.appendleft(deed)
            return
        if answer.status == 503:
            self._next.append(deed)
            await asyncio.sleep(PAUSE)
            return
        deed.answers.append(answer)
        self.answered.set()
        if deed.kind == "transform" and answer.payload is not None and not self.over:
            await self._post(self._signed_pre_command(deed, answer.payload))

    # ---- documents

    def _make(self) -> None:
        kind = self._lot.choices(list(KINDS), list(KINDS.values()))[0]
        match kind:
            case "read":
                self._enqueue(self._read(kind, REGIONS, Far.WAN))
            case "SMETS1 read":
                self._enqueue(self._read(kind, PROVIDERS, Far.S1SP))
            case "pre-notification":
                self._enqueue(self._pre_notification())
            case "transform":
                target = self._scene.device(self._lot.choice(list(REGIONS)))
                self._enqueue(self._deed(kind, target, "7.2", DisableSupply(), 4, T))
            case _:
                first = self._read("SMETS1 read", PROVIDERS, Far.S1SP)
                first.rivals = True
                second = self._other(first)
                second.to = first.to
                self._enqueue(first, second)

    def _enqueue(self, *deeds: Deed) -> None:
        self.deeds += deeds
        self._next.extend(deeds)

    def _deed(
        self,
        kind: str,
        target: DeviceId,
        srv: str,
        body: AnyBody,
        cv: int,
        service: WebService,
        counter: int | None = None,
    ) -> Deed:
        request = self._by.request(self._scene.user("supplier"), target, srv, body, cv, counter=counter)
        return Deed(kind=kind, request=request, document=self._by.signed(request), service=service)

    def _read(self, kind: str, places: dict[str, str], far: Far) -> Deed:
        name = self._lot.choice(list(places))
        deed = self._deed(kind, self._scene.device(name), "4.1.1", ReadInstantaneousImportRegisters(), 1, S)
        deed.to = (far, places[name])
        return deed

    def _pre_notification(self, counter: int | None = None) -> Deed:
        sample = self._scene.world.firmware["esme-current"]
        newcomer = DeviceId(self._lot.getrandbits(63))
        body = DevicePrenotification(
            device=newcomer,
            manufacturer=sample.manufacturer,
            model=sample.model,
            device_type=DeviceType.ESME,
            firmware_version=sample.version,
            esme_variant="A",
        )
        deed = self._deed("pre-notification", self._scene.dcc, "12.2", body, 8, D, counter)
        deed.newcomer = newcomer
        return deed

    def _signed_pre_command(self, transform: Deed, payload: bytes) -> Deed:
        request = self._by.sign_pre_command(transform.request, payload)
        region = next(
            region for name, region in REGIONS.items() if self._scene.device(name) == request.request_id.target
        )
        deed = Deed(
            kind="signed pre-command",
            request=request,
            document=self._by.signed(request),
            service=S,
            to=(Far.WAN, region),
        )
        self.deeds.append(deed)
        return deed

    def _other(self, deed: Deed) -> Deed:
        """Another request under the same RequestID."""
        used = deed.request.request_id
        if deed.newcomer is not None:
            return self._pre_notification(used.counter)
        variant, body = ("11.2", ReadFirmwareVersion())
        other = self._deed(deed.kind, used.target, variant, body, int(CommandVariant.SEND), S, used.counter)
        other.rivals = True
        return other


# ---- the service


class Service:
    """``duis-gateway serve``, in a session of its own."""

    def __init__(self, world: World, workers: int, settings: Mapping[str, str] | None = None) -> None:
        """``settings`` as the environment has them, ``SECTION__KEY``."""
        self.workers: Final = workers
        self._settings = {f"DUIS_GATEWAY__{name}": value for name, value in (settings or {}).items()}
        self._words = command("serve", "--config", world.config, "--workers", workers)
        self._said = world.directory / "service.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._began = 0.0

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DUIS_GATEWAY__")}
        self._began = time.monotonic()
        with self._said.open("ab") as said:
            self._child = subprocess.Popen(
                self._words,
                stdout=said,
                stderr=said,
                cwd=PROJECT,
                env=environment | self._settings,
                start_new_session=True,
            )

    async def first_answer(self, load: Load) -> float:
        """Waits for one; seconds since the start."""
        load.answered.clear()
        try:
            await asyncio.wait_for(load.answered.wait(), FIRST_ANSWER_SECONDS)
        except TimeoutError:
            raise AssertionError(f"no answer; the service said: {self._said.read_text()[-2000:]}") from None
        return time.monotonic() - self._began

    async def started(self, load: Load) -> None:
        """Started if it is not, and at work."""
        if not self.alive:
            self.start()
        await self.first_answer(load)

    def kill(self) -> None:
        """All of it: the supervisor and its workers, or the one process."""
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def tell(self, number: signal.Signals) -> None:
        """The one process that a user of the command line knows of."""
        assert self._child is not None
        self._child.send_signal(number)

    def workers_running(self) -> list[int]:
        """Process ids of the supervisor's workers."""
        assert self._child is not None
        return running_of(self._child.pid)

    def readers_running(self) -> list[int]:
        """Process ids of those that read large documents, beside each worker at most one."""
        assert self._child is not None
        workers = [self._child.pid] if self.workers == 1 else self.workers_running()
        return [reader for worker in workers for reader in running_of(worker)]

    def ended(self, seconds: float = 60) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired when it goes on for longer."""
        assert self._child is not None
        return self._child.wait(timeout=seconds)

    async def kill_one_worker(self, lot: random.Random) -> None:
        """And wait until the supervisor has started another in its place."""
        assert self._child is not None
        before = _children(self._child.pid)
        if not before:
            self.kill()
            return
        os.kill(lot.choice(before), signal.SIGKILL)
        supervisor = self._child.pid

        def is_complete_again() -> bool:
            now = running_of(supervisor)
            return len(now) == self.workers and set(now) != set(before)

        await until(is_complete_again, FIRST_ANSWER_SECONDS)


def _children(parent: int) -> list[int]:
    """Process ids, from ``/proc``; those that have ended and were not waited for included."""
    return [pid for pid, _, of in _processes() if of == parent]


def running_of(parent: int) -> list[int]:
    """Process ids of its children that have not ended."""
    return [pid for pid, state, of in _processes() if of == parent and state != "Z"]


def _processes() -> list[tuple[int, str, int]]:
    """Process id, state and parent of each."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = place.read_text()
        except OSError:
            continue
        # The name in brackets may hold anything.
        state, parent, *_ = text.rpartition(")")[2].split()
        found.append((int(place.parent.name), state, int(parent)))
    return found

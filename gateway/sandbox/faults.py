"""The faults of the far sides: what can go wrong out there, switched on and off while the simulators run.

Data and counting only. What a fault does is told by the simulator that it strikes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from gateway.ports import Far


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    """503 at once; nothing was taken."""
    TIME_OUT = "time-out"
    """No reply for ``seconds``, and nothing was taken."""
    SLOW = "slow"
    """Taken and executed; the acknowledgement comes after ``seconds``."""
    REJECT = "reject"
    """400: not wanted, now or later."""
    LOSE_ANSWER = "lose-answer"
    """Acknowledged; no answer follows."""
    DUPLICATE_ANSWER = "duplicate-answer"
    """The same octets are posted twice."""
    ANSWER_TWICE = "answer-twice"
    """A second answer with another time in it. A WAN answer that tells no reading has the same octets again."""
    WRONG_SIGNATURE = "wrong-signature"
    """The answer names the right certificate and is signed with another key."""
    WRONG_MAC = "wrong-mac"
    """The last octet of the answer's MAC is changed."""
    ALERT = "alert"
    """An alert comes instead of the answer."""
    DEVICE_FAILS = "device-fails"
    """The answer says that the device did not do it."""


_AT_THE_DOOR: Final = frozenset({FaultKind.REFUSE, FaultKind.TIME_OUT, FaultKind.SLOW, FaultKind.REJECT})
_ANSWERS: Final = frozenset(
    {FaultKind.LOSE_ANSWER, FaultKind.DUPLICATE_ANSWER, FaultKind.ANSWER_TWICE, FaultKind.ALERT}
)
POSSIBLE: Final[dict[Far, frozenset[FaultKind]]] = {
    Far.S1SP: _AT_THE_DOOR | _ANSWERS | {FaultKind.WRONG_SIGNATURE, FaultKind.DEVICE_FAILS},
    Far.WAN: _AT_THE_DOOR | _ANSWERS | {FaultKind.WRONG_MAC},
    Far.USER: _AT_THE_DOOR,
}
"""Which faults each kind of far side can have."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault that is switched on."""

    far: Far
    kind: FaultKind
    name: str | None = None
    """The S1SP's name, the WAN region or the user's EUI; ``None`` for all of them."""
    times: int | None = None
    """How many more posts it strikes; ``None`` until it is switched off."""
    seconds: float = 30.0
    """For those that keep the gateway waiting."""

    def reaches(self, far: Far, name: str) -> bool:
        return self.far is far and (self.name is None or self.name.casefold() == name.casefold())


class Faults:
    """The faults in force. Of several that fit, the one that was switched on first strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    @property
    def current(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def switch_on(self, fault: Fault) -> None:
        """Raises ValueError when the fault makes no sense."""
        self._faults.append(_sensible(fault))

    def replace(self, faults: Iterable[Fault]) -> None:
        """Exactly these are in force from now on. Raises ValueError, and changes nothing, when one makes no sense."""
        self._faults = [_sensible(fault) for fault in faults]

    def clear(self) -> None:
        self._faults = []

    def strike(self, kind: FaultKind, far: Far, name: str) -> Fault | None:
        """The fault of this kind that strikes now, if any; it has struck once more afterwards."""
        for place, fault in enumerate(self._faults):
            if fault.kind is kind and fault.reaches(far, name):
                self._count_down(place, fault)
                return fault
        return None

    def _count_down(self, place: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times == 1:
            del self._faults[place]
        else:
            self._faults[place] = msgspec.structs.replace(fault, times=fault.times - 1)


def _sensible(fault: Fault) -> Fault:
    if fault.kind not in POSSIBLE[fault.far]:
        possible = ", ".join(sorted(POSSIBLE[fault.far]))
        raise ValueError(f"a {fault.far} cannot have the fault {fault.kind}; it can have {possible}")
    if fault.times is not None and fault.times < 1:
        raise ValueError(f"times: at least 1, found {fault.times}")
    if not 0 <= fault.seconds <= 3600:
        raise ValueError(f"seconds: 0 to 3600, found {fault.seconds:g}")
    return fault

"""The simulated operator at work: everything of the simulated bank's teller but what it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from fanzha.kit import clock
from fanzha.simulator.bank.book import local_stamp
from fanzha.simulator.bank.teller import Teller
from fanzha.simulator.operator.holders import Holders

DONE, REFUSED, NO_NUMBER = "0000", "0004", "200011"
_CHECKED: Final = {"passed": "0005", "not_passed": "0006", "not_reached": "0007"}
_VERIFY, _RESTORE, _RESTORED_NOW = "FZ0301", "FZ0313", "FZ0203"
_MEASURES: Final = frozenset({"FZ0303", "FZ0305", "FZ0307", "FZ0309", "FZ0311"})

Fields = dict[str, Any]


def decide(holders: Holders, message: Mapping[str, Any], now: datetime) -> Fields:
    """The fields of the result, without serial and ApplicationID. A passed check lifts everything the operator holds on the number."""
    code = str(message.get("TxCode", ""))
    sim = holders.find(message)
    if sim is None:
        return {"Result": NO_NUMBER, "FailureCause": "无此号码"}
    if code == _VERIFY:
        if sim.check == "passed":
            sim.in_force.clear()
        return {"Result": _CHECKED[sim.check], "FailureCause": "证件与本人不符" if sim.check == "not_passed" else ""}
    if code in _MEASURES:
        sim.in_force[str(message["ApplicationID"])] = str(message.get("OrderKind", ""))
        return {"Result": DONE, "StartTime": local_stamp(clock.to_local(now))}
    if code == _RESTORE:
        sim.in_force.pop(str(message.get("OriginalApplicationID", "")), None)
        return {"Result": DONE}
    return {"Result": REFUSED, "FailureCause": f"不支持的交易类型{code}"}


@dataclass
class Clerk(Teller):
    """Takes, acknowledges and answers as the teller does; `holders` takes the place of its book."""

    holders: Holders = field(default_factory=lambda: Holders(open_house=True))

    def take(self, message: Mapping[str, Any]) -> bool:
        """A message that a number is restored is carried out at once and answered by nothing."""
        if message.get("TxCode") == _RESTORED_NOW:
            sim = self.holders.find(message)
            if sim is not None:
                sim.in_force.pop(str(message.get("OriginalApplicationID", "")), None)
        return super().take(message)

    def decided(self, message: Mapping[str, Any]) -> Fields:
        return decide(self.holders, message, clock.now())

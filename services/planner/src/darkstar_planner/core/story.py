"""What the reasons of a plan are told from: the problem, the powers, and words for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.problem import Fixed, Problem
from darkstar_planner.core.solution import Violation

# less than this is nothing worth a word [kW, kWh]
NOTICED = 0.05
DAY = timedelta(days=1)
ASKED = "you asked for this"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A plan, as the reasons see it."""

    problem: Problem
    dispatch: Dispatch
    violations: Sequence[Violation] = ()

    def imports(self, t: int) -> bool:
        """Whether slot `t` draws from the grid."""
        return self.dispatch.import_kw[t] > NOTICED

    def exports(self, t: int) -> bool:
        """Whether slot `t` feeds the grid."""
        return self.dispatch.export_kw[t] > NOTICED

    def curtails(self, t: int) -> bool:
        """Whether slot `t` cuts PV."""
        return self.dispatch.curtailed_kw[t] > NOTICED

    def saved(self, t: int) -> float:
        """What a kWh from a storage is worth in slot `t` [currency/kWh]: sold, or not bought."""
        prices = self.problem.export_price if self.exports(t) else self.problem.import_price
        return prices[t]

    def clock(self, t: int, *, seen_from: int) -> str:
        """When slot `t` begins, as people in slot `seen_from` say it; T is the horizon's end."""
        starts, zone = self.problem.starts, self.problem.zone
        moment = starts[t] if t < len(starts) else self._end()
        local = moment.astimezone(zone)
        near = moment - starts[seen_from] < DAY
        return f"{local:%H:%M}" if near else f"{local:%a %H:%M}"

    def asked(self, t: int, device: str) -> Fixed | None:
        """The manual block for `device` in slot `t`."""
        blocks = (one for one in self.problem.fixed if (one.slot, one.device) == (t, device))
        return next(blocks, None)

    def had(self, t: int, device: str) -> bool:
        """Whether there is a manual block for `device` in slot `t`, and the plan does it."""
        what = f"fixed {device}"
        broken = any((one.what, one.slot) == (what, t) for one in self.violations)
        return self.asked(t, device) is not None and not broken

    def _end(self) -> datetime:
        return self.problem.start + timedelta(hours=self.problem.edges[-1])


def named(device: str) -> str:
    """The device as people call it."""
    return device.replace("_", " ")


def priced(per_kwh: float) -> str:
    """A price as people write it [currency/kWh]; nothing is never negative."""
    return f"{round(per_kwh, 2) + 0.0:.2f}"

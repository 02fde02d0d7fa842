"""What a command implies for what is measured, and what is measured instead.

Each check knows the readings it needs; one that lacks a reading says nothing. What an inverter
does by itself within its own limits (near full, at the floor, at the fuse, at its rating) is no
disobedience.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Command, Intent
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.terms import name_of

TENTH = 0.1
FULL_PERCENT = 95.0
"""From here on a battery takes less and less."""
_EDGE_PERCENT = 2.0
"""So near to a floor or ceiling a battery may do what it likes."""
_LOSSES = 0.9
"""An inverter at its rating gives or takes that share of it at the least."""

Verdict = Literal["follows", "deviates", "unknown"]
Limit = Literal["charge", "discharge", "export"]
LIMITS: frozenset[Limit] = frozenset(get_args(Limit))


def told_limits(profile: Profile, intent: Intent, roles: Container[str]) -> frozenset[Limit]:
    """Which powers this house can be limited in: not every brand, or every house, can in all.

    Args:
        profile: The inverter's words.
        intent: What is commanded.
        roles: Those that somebody plays.
    """
    terms = {
        name_of(word)
        for role, word in profile.said(intent).items()
        if role in roles and intent in (profile.settings[role].holds_in or (intent,))
    }
    return frozenset(one for one in LIMITS if f"${one}" in terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look at a command and what is measured.

    Attributes:
        seen: What is measured instead, for people; empty where it follows.
    """

    verdict: Verdict
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a check may ask about."""

    command: Command
    battery: Battery
    measured: Measured
    config: Config
    limits: frozenset[Limit]

    def off(self, power_kw: float) -> float:
        """How far off `power_kw` is something else [kW]."""
        return max(self.config.executor.not_following_kw, TENTH * power_kw)

    def get(self, name: str) -> float:
        """A reading that the check has asked for."""
        value: float = getattr(self.measured, name)
        return value

    @property
    def pv_kw(self) -> float:
        """0 where it is not known [kW]."""
        return self.measured.pv_kw or 0.0

    @property
    def charge_kw(self) -> float:
        """What the battery may be charged with at most [kW]."""
        limit = self.command.charge_kw
        return self.battery.max_charge_kw if limit is None else limit

    @property
    def discharge_kw(self) -> float:
        """What the battery may be discharged with at most [kW]."""
        limit = self.command.discharge_kw
        return self.battery.max_discharge_kw if limit is None else limit

    @property
    def room_out_kw(self) -> float:
        """What the inverter can get out of the battery besides PV [kW]."""
        return max(_LOSSES * self.config.inverter.max_ac_kw - self.pv_kw, 0.0)

    @property
    def room_in_kw(self) -> float:
        """What it can get into the battery, PV on its own side included [kW]."""
        return _LOSSES * self.config.inverter.max_ac_kw + self.pv_kw

    def can(self, limit: Limit, power_kw: float) -> bool:
        """Whether the house could be told so much; nothing at all is said in other ways too."""
        return limit in self.limits or (power_kw == 0 and limit != "export")

    def above(self, percent: float | None) -> bool:
        """Whether the state of charge is known and clearly above `percent`."""
        soc = self.measured.soc_percent
        return soc is not None and percent is not None and soc > percent + _EDGE_PERCENT

    def below(self, percent: float | None) -> bool:
        """Whether the state of charge is known and clearly below `percent`, and not near full."""
        soc = self.measured.soc_percent
        if soc is None or percent is None:
            return False
        return soc < min(percent, self.battery.max_soc_percent) - _EDGE_PERCENT and (
            soc < FULL_PERCENT
        )


@dataclass(frozen=True, slots=True)
class Check:
    """Readings that are needed, and what is wrong with them; None: nothing."""

    needs: tuple[str, ...]
    wrong: Callable[[Look], str | None]


def _charges_too_little(look: Look) -> str | None:
    wanted, there = min(look.charge_kw, look.room_in_kw), look.get("charge_kw")
    if there >= wanted - look.off(wanted) or not look.below(look.command.soc_target_percent):
        return None
    guard, most = look.config.executor.guard, look.config.grid.max_import_kw
    room = most - guard.fuse_margin_kw - look.off(0.0)
    if look.measured.import_kw is not None and look.measured.import_kw >= room:
        return None
    return f"it is charged with {there:.1f} kW"


def _discharges_too_little(look: Look) -> str | None:
    wanted, there = min(look.discharge_kw, look.room_out_kw), look.get("discharge_kw")
    if there >= wanted - look.off(wanted) or not look.above(look.command.soc_target_percent):
        return None
    most = look.command.export_kw
    sold = look.measured.export_kw
    if most is not None and sold is not None and sold >= most - look.off(most):
        return None
    return f"it is discharged with {there:.1f} kW"


def _discharges_too_much(look: Look) -> str | None:
    there, most = look.get("discharge_kw"), look.discharge_kw
    if there <= most + look.off(most) or not look.can("discharge", most):
        return None
    return f"it is discharged with {there:.1f} kW"


def _charges_too_much(look: Look) -> str | None:
    there, most = look.get("charge_kw"), look.charge_kw
    if there <= most + look.off(most) or not look.can("charge", most):
        return None
    return f"it is charged with {there:.1f} kW"


def _charges_from_grid(look: Look) -> str | None:
    there = min(look.get("charge_kw"), look.get("import_kw"))
    if there <= look.off(0.0) or not look.above(look.battery.min_soc_percent - 2 * _EDGE_PERCENT):
        return None
    return f"it is charged with {there:.1f} kW from the grid"


def _sells_from_the_battery(look: Look) -> str | None:
    there = min(look.get("discharge_kw"), look.get("export_kw"))
    return None if there <= look.off(0.0) else f"it is discharged with {there:.1f} kW to the grid"


def _leaves_the_house_to_the_grid(look: Look) -> str | None:
    bought, there = look.get("import_kw"), look.get("discharge_kw")
    most = min(look.discharge_kw, look.room_out_kw)
    idle = bought > look.off(0.0) and there < most - look.off(most)
    if not idle or not look.above(look.command.soc_target_percent):
        return None
    return f"{bought:.1f} kW are bought while it is discharged with {there:.1f} kW"


def _sells_what_it_could_store(look: Look) -> str | None:
    sold, there = look.get("export_kw"), look.get("charge_kw")
    idle = sold > look.off(0.0) and there < look.charge_kw - look.off(look.charge_kw)
    if not idle or not look.below(100.0):
        return None
    return f"{sold:.1f} kW are sold while it is charged with {there:.1f} kW"


def _sells_too_much(look: Look) -> str | None:
    sold, most = look.get("export_kw"), look.command.export_kw
    if most is None or sold <= most + look.off(most) or not look.can("export", most):
        return None
    return f"{sold:.1f} kW are sold"


_TOO_MUCH_OUT = Check(("discharge_kw",), _discharges_too_much)
_FROM_GRID = Check(("charge_kw", "import_kw", "soc_percent"), _charges_from_grid)
_TO_THE_GRID = Check(("import_kw", "discharge_kw", "soc_percent"), _leaves_the_house_to_the_grid)
_SOLD = Check(("export_kw", "charge_kw", "soc_percent"), _sells_what_it_could_store)
_SOLD_OUT = Check(("discharge_kw", "export_kw"), _sells_from_the_battery)
_SERVES = (_TOO_MUCH_OUT, _SOLD_OUT, _FROM_GRID, _TO_THE_GRID)
CHECKS: Mapping[Intent, tuple[Check, ...]] = MappingProxyType({
    "charge_from_grid": (Check(("charge_kw", "soc_percent"), _charges_too_little),),
    "export": (Check(("discharge_kw", "soc_percent"), _discharges_too_little),),
    "hold": (_TOO_MUCH_OUT, _FROM_GRID),
    "idle": (_TOO_MUCH_OUT, _SOLD_OUT, Check(("charge_kw",), _charges_too_much)),
    "curtail": (_SOLD_OUT, _FROM_GRID, Check(("charge_kw",), _charges_too_much)),
    "discharge": _SERVES,
    "charge_from_pv": (*_SERVES, _SOLD),
    "self_consume": (*_SERVES, _SOLD),
})  # fmt: skip
_EVERYWHERE = (Check(("export_kw",), _sells_too_much),)


def sight(
    command: Command,
    measured: Measured,
    config: Config,
    limits: frozenset[Limit] = LIMITS,
) -> Sight:
    """Whether what is measured is what `command` implies; without a grid everything is.

    Args:
        command: What is commanded.
        measured: Fresh readings.
        config: Limits, and how far off is too much.
        limits: Powers that the house can be limited in.
    """
    if config.battery is None or measured.grid_available is False:
        return Sight(verdict="follows")
    look = Look(
        command=command, battery=config.battery, measured=measured, config=config, limits=limits
    )
    telling = [
        check
        for check in CHECKS[command.intent]
        if all(getattr(measured, name) is not None for name in check.needs)
    ]
    everywhere = [check for check in _EVERYWHERE if measured.export_kw is not None]
    for check in (*telling, *everywhere):
        wrong = check.wrong(look)
        if wrong is not None:
            return Sight(verdict="deviates", seen=wrong)
    return Sight(verdict="follows" if telling else "unknown")


def asked(command: Command) -> str:
    """The command for people."""
    words = command.intent.replace("_", " ")
    bounds = [
        f"{name} at most {power:.1f} kW"
        for name, power in (
            ("charge", command.charge_kw),
            ("discharge", command.discharge_kw),
            ("export", command.export_kw),
        )
        if power is not None
    ]
    target = command.soc_target_percent
    end = "up to" if command.intent == "charge_from_grid" else "down to"
    bounds += [] if target is None else [f"{end} {target:.0f} %"]
    return f"{words}: {', '.join(bounds)}" if bounds else words

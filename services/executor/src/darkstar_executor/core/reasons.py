"""Why the battery's rows decide as they do, in a sentence for people."""

from __future__ import annotations

from datetime import datetime

from darkstar_executor.core import commands
from darkstar_executor.core.situation import Situation


def clock(moment: datetime | None, case: Situation) -> str:
    """`moment` on the house's clock."""
    return f"{moment.astimezone(case.config.zone):%H:%M}" if moment else "further notice"


def off(case: Situation) -> str:
    """Automation is switched off."""
    who = "people" if not case.wishes.automation else "the house's own switch"
    return f"automation was switched off by {who}; nothing is written until it is on again"


def outage(case: Situation) -> str:
    """The grid is away."""
    voltage = case.measured.grid_voltage_v
    return "there is no grid" + ("" if voltage is None else f": {voltage:.0f} V")


def bounds(case: Situation) -> str:
    """What a forced flow needs is out of reach."""
    if case.forced is None:
        return ""
    intent = case.forced.intent
    missing = ", ".join(sorted(case.profile.bounding(intent) - case.obedient))
    return f"no {_words(intent)}: {missing} cannot be set, so nothing would begin, bound and end it"


def cannot(case: Situation) -> str:
    """A forced flow that this house never does."""
    if case.forced is None:
        return ""
    return f"no {_words(case.forced.intent)}: {case.forbidden(case.forced.intent)}"


def below(case: Situation) -> str:
    """The battery is too empty."""
    soc = "unknown" if case.soc_percent is None else f"{case.soc_percent:.1f} %"
    return (
        f"the battery fell below its floor of {commands.floor_percent(case.config):g} % "
        f"and is to come well above it; it is at {soc}"
    )


def guarded(case: Situation) -> str:
    """There is nothing to sell."""
    floor = commands.floor_percent(case.config)
    return f"nothing to sell at {case.soc_percent:.1f} %: the floor is {floor:g} %"


def ended(case: Situation) -> str:
    """A forced flow has come to its end."""
    target = case.forced.soc_target_percent if case.forced else None
    return f"the battery has come to {target} %, as far as it was to go"


def override(case: Situation) -> str:
    """A person asked for it."""
    asked = case.override
    if asked is None:
        return ""
    end = f" or {asked.soc_percent:g} %" if asked.soc_percent is not None else ""
    until = clock(asked.until, case)
    return f"{_words(asked.action)} asked for by {asked.requested_by}, until {until}{end}"


def plan(case: Situation) -> str:
    """The plan's own reason for the slot."""
    slot = case.slot
    if slot is None:
        return ""
    return slot.reason or f"the plan for {clock(slot.start, case)}"


def stale(case: Situation) -> str:
    """The schedule has ended."""
    end = case.schedule.valid_until.isoformat() if case.schedule else ""
    return f"the schedule ended at {end}"


def outside(case: Situation) -> str:
    """The schedule is for some other time."""
    schedule = case.schedule
    if schedule is None:
        return "there is no schedule"
    start = schedule.slots[0].start
    if start > case.now:
        return (
            f"the schedule begins only at {start.isoformat()}; "
            "if it is new, look at the clocks of planner and executor"
        )
    return f"no slot of the schedule that begins at {start.isoformat()} holds this moment"


def _words(name: str) -> str:
    return name.replace("_", " ")

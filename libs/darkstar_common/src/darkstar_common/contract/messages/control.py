"""What the executor commands and why, and what people may ask of it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from darkstar_common.contract.base import Kilowatts, Message, Minutes, Part, Percent, Request

OverrideAction = Literal["force_charge", "force_export", "force_heat", "hold", "self_consume"]
Intent = Literal[
    "charge_from_grid", "charge_from_pv", "self_consume", "discharge", "export", "hold", "curtail",
    "idle",
]  # fmt: skip


class Command(Part):
    """What the inverter and the heater are to do, in the words of the house."""

    intent: Intent
    charge_kw: Kilowatts | None = Field(default=None, description="At most; null: no limit [kW]")
    discharge_kw: Kilowatts | None = Field(default=None, description="At most; null: no limit [kW]")
    export_kw: Kilowatts | None = Field(default=None, description="At most; null: no limit [kW]")
    soc_target_percent: Percent | None = Field(
        default=None, description="Ceiling of grid charging, floor of discharging [%]"
    )
    water_temperature_c: float | None = Field(default=None, description="Set-point [°C]")


class Override(Part):
    """A person's wish that stands above the plan until `until`."""

    action: OverrideAction
    until: AwareDatetime
    soc_percent: Percent | None = Field(default=None, description="Ends there, if sooner [%]")
    requested_by: str = Field(default="people", description="Who asked")


class ControlState(Message):
    """What is commanded now, and why."""

    command: Command
    rule: str = Field(description="The row of the decision table that decided")
    reason: str = Field(description="Why, for people")
    shadow: bool = Field(description="Everything is decided and recorded, nothing is written")
    override: Override | None = None
    water_boost_until: AwareDatetime | None = None
    paused_until: AwareDatetime | None = None
    slot_start: AwareDatetime | None = Field(default=None, description="Schedule slot in force")
    next_slot_start: AwareDatetime | None = Field(default=None, description="When it may change")
    schedule_id: str | None = Field(default=None, description="Schedule that is followed")


class Write(Part):
    """One setting of one entity: what was there, what was wanted, what came of it."""

    role: str
    entity: str | None = None
    before: float | str | bool | None = None
    wanted: float | str | bool
    result: Literal["written", "unchanged", "shadow", "held_back", "unbound", "not_confirmed"]
    detail: str = ""


class ActionRecord(Message):
    """A change of command: planned, commanded, found before, and how it went."""

    slot_start: AwareDatetime | None = None
    rule: str
    reason: str
    planned: Command | None = Field(default=None, description="What the schedule asked for")
    commanded: Command
    writes: tuple[Write, ...]
    soc_percent: Percent | None = None
    success: bool
    duration_seconds: float = Field(ge=0)


class OverrideSet(Request):
    """Do this for a while, whatever the plan says."""

    examples = (
        "force_charge",
        "force_export",
        "force_heat",
        "hold",
        "self_consume",
        '{"action": "force_charge", "minutes": 30, "soc_percent": 80}',
    )
    word_field = "action"

    action: OverrideAction
    minutes: Minutes = 60
    soc_percent: Percent | None = Field(default=None, description="Ends there, if sooner [%]")


class OverrideClear(Request):
    """Back to the plan: ends the override, the water boost and the top-up."""

    examples = ("", "now")
    word_field = "when"

    when: Literal["now"] = "now"


class PauseSet(Request):
    """Leave the house in the fallback state for some minutes; 0 or "off" resumes."""

    examples = ("60", "off", '{"minutes": 60}')
    word_field = "minutes"

    minutes: float | Literal["on", "off"] = Field(description="[min]; on: an hour, off: resume")

    def duration_minutes(self) -> float:
        """How long to pause [min]; 0 resumes.

        Raises:
            ValueError: It is negative or longer than a week.
        """
        words = {"on": 60.0, "off": 0.0}
        minutes = words[self.minutes] if isinstance(self.minutes, str) else self.minutes
        if not 0 <= minutes <= 7 * 24 * 60:
            raise ValueError(f"a pause of {minutes:g} minutes is not between 0 and a week (10080)")
        return minutes


class ShadowSet(Request):
    """Decide and record everything, write nothing."""

    examples = ("on", "off")
    word_field = "on"

    on: bool


class WaterBoostSet(Request):
    """Heat the water to the boost temperature for some minutes; 0 ends it."""

    examples = ("60", '{"minutes": 30}')
    word_field = "minutes"

    minutes: float = Field(ge=0, le=24 * 60, description="[min]")


class BatteryTopupSet(Request):
    """Charge the battery to a state of charge, from the grid if need be."""

    examples = ("80", '{"soc_percent": 80, "minutes": 240}')
    word_field = "soc_percent"

    soc_percent: Percent
    minutes: Minutes = Field(default=240, description="Gives up after this time [min]")


class ControlRelease(Request):
    """Give the inverter and the heater back as they were before Darkstar's first write."""

    examples = ("", "now")
    word_field = "when"

    when: Literal["now"] = "now"

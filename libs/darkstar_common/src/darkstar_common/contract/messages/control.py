"""What the executor commands and why, and what people may ask of it."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from darkstar_common.contract.base import (
    Kilowatts,
    Message,
    Minutes,
    Moment,
    Part,
    Percent,
    Request,
)

OverrideAction = Literal[
    "force_charge", "force_export", "force_heat", "hold", "self_consume", "stop"
]
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
    grid_kw: float | None = Field(
        default=None, description="At the meter, import positive, if all goes by plan [kW]"
    )
    until: Moment | None = Field(
        default=None, description="When what is forced is to end; null: not forced"
    )
    water_temperature_c: float | None = Field(default=None, description="Set-point [°C]")
    water_on: bool | None = Field(
        default=None, description="For a heater that knows only on and off; null: no heater"
    )
    evs: dict[str, Kilowatts] = Field(
        default_factory=dict,
        description="Into each electric vehicle at most, by id; 0 stops it, none is left alone",
    )


class Override(Part):
    """A person's wish that stands above the plan until `until`."""

    action: OverrideAction
    until: Moment
    soc_percent: Percent | None = Field(default=None, description="Ends there, if sooner [%]")
    requested_by: str = Field(default="people", description="Who asked")


class Following(Part):
    """Whether the house does what it was told, by what is measured."""

    state: Literal["following", "not_following", "unknown"] = "unknown"
    asked: str = Field(default="", description="What was commanded, for people")
    seen: str = Field(default="", description="What is measured instead, for people")
    tried: str = Field(default="", description="What has been done about it, for people")
    since: Moment | None = Field(default=None, description="Since when it does not")


class Legionella(Part):
    """The cycle that makes the whole tank hot, as measured."""

    done_at: Moment | None = Field(default=None, description="When it was last hot enough")
    running_since: Moment | None = Field(
        default=None, description="Since when the tank is at that temperature, or heated to it"
    )
    overdue: bool = False


class Seen(Part):
    """The house at one moment; null is unknown."""

    soc_percent: float | None = None
    pv_kw: float | None = None
    load_kw: float | None = None
    import_kw: float | None = None
    export_kw: float | None = None
    charge_kw: float | None = None
    discharge_kw: float | None = None
    water_temperature_c: float | None = None
    work_mode: str | None = None


NotificationKind = Literal[
    "charge_start", "charge_stop", "export_start", "export_stop", "water_heat_start",
    "water_heat_stop", "ev_start", "ev_stop", "soc_target_change", "override_started",
    "override_ended", "pause_reminder", "grid_outage", "peak_guard", "not_following",
    "not_confirmed", "write_limit", "legionella",
]  # fmt: skip
NOTIFICATION_KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)


class ControlState(Message):
    """What is commanded now, and why."""

    command: Command
    rule: str = Field(description="The row of the decision table that decided")
    reason: str = Field(description="Why, for people")
    shadow: bool = Field(description="Everything is decided and recorded, nothing is written")
    override: Override | None = None
    water_boost_until: Moment | None = None
    paused_until: Moment | None = None
    slot_start: Moment | None = Field(default=None, description="Schedule slot in force")
    next_slot_start: Moment | None = Field(default=None, description="When it may change")
    schedule_id: str | None = Field(default=None, description="Schedule that is followed")
    automation: bool = Field(
        default=True, description="False: hands off, nothing is commanded until it is switched on"
    )
    water_rule: str = Field(default="", description="The row of the hot water's table")
    ev_rules: dict[str, str] = Field(
        default_factory=dict, description="The row of each vehicle's table, by its id"
    )
    trimmed: str | None = Field(
        default=None, description="What the peak guard cut back and why; null: nothing"
    )
    following: Following = Following()
    legionella: Legionella | None = Field(default=None, description="Null: no water heater")
    notifications: dict[str, bool] = Field(
        default_factory=dict, description="Which kinds of notification are sent"
    )
    paused_at: Moment | None = None
    grid_available: bool | None = Field(default=None, description="Null: not known")


class Write(Part):
    """One setting of one entity: what was there, what was wanted, what came of it."""

    role: str
    entity: str | None = None
    before: float | str | bool | None = None
    wanted: float | str | bool
    after: float | str | bool | None = Field(default=None, description="What it shows since")
    result: Literal[
        "written", "confirmed", "unchanged", "shadow", "held_back", "unbound", "not_confirmed"
    ]
    detail: str = ""


class ActionRecord(Message):
    """What was decided and done: planned, commanded, found before and after, and how it went.

    There is one for each change, one when its writes have come to an end, and one for each
    slot; `ticks` counts the looks since the record before, in which nothing was to be done.
    """

    kind: Literal["change", "settled", "slot"] = "change"
    slot_start: Moment | None = None
    rule: str
    reason: str
    planned: Command | None = Field(default=None, description="What the schedule asked for")
    commanded: Command
    writes: tuple[Write, ...]
    soc_percent: Percent | None = None
    planned_soc_percent: Percent | None = Field(
        default=None, description="At the end of the slot, by the schedule [%]"
    )
    override: Override | None = None
    before: Seen | None = None
    after: Seen | None = None
    skipped: str | None = Field(default=None, description="Why nothing was written; null: it was")
    ticks: int = Field(default=0, ge=0, description="Looks since the record before")
    version: str = Field(default="", description="Of the executor")
    success: bool
    duration_seconds: float = Field(ge=0)


class OverrideSet(Request):
    """Do this for a while, whatever the plan says; "plan" ends it, as override/clear does."""

    examples = (
        "force_charge",
        "force_export",
        "force_heat",
        "hold",
        "self_consume",
        "stop",
        "plan",
        '{"action": "force_charge", "minutes": 30, "soc_percent": 80}',
    )
    word_field = "action"

    action: OverrideAction | Literal["plan"]
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


class AutomationSet(Request):
    """Hands on or off: switched off, the house is left in the fallback state and untouched."""

    examples = ("on", "off")
    word_field = "on"

    on: bool


class NotificationsSet(Request):
    """Which kinds of notification are sent."""

    examples = ("charge_stop on", "charge_stop off", '{"kind": "charge_stop", "on": true}')
    word_field = "kind"

    kind: NotificationKind
    on: bool

    @model_validator(mode="before")
    @classmethod
    def _two_words(cls, fields: Any) -> Any:
        kind = fields.get("kind") if isinstance(fields, dict) else None
        if not isinstance(kind, str) or " " not in kind.strip():
            return fields
        word, _, switch = kind.strip().partition(" ")
        return {"on": switch.strip(), **fields, "kind": word}

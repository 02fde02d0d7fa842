"""How Darkstar touches the house and its people: the executor, the gateway, Home Assistant."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkstar_common.config.section import (
    NotNegative,
    Percent,
    Positive,
    PublicAddress,
    Section,
)


class Meter(Section):
    """How the house's sensors are to be read."""

    grid: Literal["net", "dual"] = "net"
    """`net`: one signed sensor in role grid_power; `dual`: import_power and export_power."""
    grid_import_positive: bool = True
    """Sign of the net sensor: positive is import."""
    battery_discharge_positive: bool = True
    """Sign of the battery's power sensor: positive is discharge."""


class Notify(Section):
    """Which events of the house are told to people; each can be changed over the bus."""

    charge_start: bool = True
    """The battery begins to charge from the grid."""
    charge_stop: bool = False
    """It has ended."""
    export_start: bool = True
    """The battery begins to sell."""
    export_stop: bool = True
    """It has ended."""
    water_heat_start: bool = True
    """Water begins to be heated by plan or wish."""
    water_heat_stop: bool = False
    """It has ended."""
    ev_start: bool = True
    """A vehicle begins to charge by plan."""
    ev_stop: bool = False
    """It has ended."""
    soc_target_change: bool = False
    """The state of charge to go to has changed."""
    override_started: bool = True
    """An override, a top-up or a boost has begun."""
    override_ended: bool = True
    """It has ended."""
    pause_reminder: bool = True
    """Darkstar is still paused."""
    grid_outage: bool = True
    """The grid went away, or came back."""
    peak_guard: bool = True
    """Charging or heating was cut back for the fuse or the hour's peak."""
    not_following: bool = True
    """The inverter does not do what it was told."""
    not_confirmed: bool = True
    """An entity does not take a setting."""
    write_limit: bool = True
    """An entity was written as often as it may be in a day."""
    legionella: bool = True
    """The tank was made hot against legionella, or that is overdue."""


class Guard(Section):
    """The fast loop that keeps import below the fuse and below the hour's planned peak."""

    enabled: bool = True
    """Whether charging and heating are cut back for it."""
    seconds: Positive = 5.0
    """How often it looks [s]."""
    fuse_margin_kw: NotNegative = 0.3
    """It steps in so far below `grid.max_import_kw` [kW]."""
    release_minutes: NotNegative = 2.0
    """What was cut back stays so at least this long [min]."""


class Executor(Section):
    """The hands on inverter and heater."""

    shadow: bool = True
    """Decide and record everything, write nothing, until you trust it. What was last said on the
    page or on `shadow/set` goes before this, over restarts, too."""
    tick_seconds: Positive = 60.0
    """How often it looks, besides at every event that matters [s]."""
    state_max_age_seconds: Positive = 600.0
    """A reading older than this is unknown [s]."""
    min_write_seconds: NotNegative = 60.0
    """Least time between two writes to one entity by plan, against wear [s]."""
    write_threshold_percent: Percent = 2.0
    """Smaller changes, as a share of the entity's range, are not written [%]."""
    max_writes_per_day: int = Field(default=100, ge=1)
    """Most writes to one entity in a local day, against wear; what stops a forced flow is written
    beyond that."""
    confirm_seconds: Positive = 60.0
    """How long an entity may take to show what it was set to [s]; twice that at the second
    attempt, three times at the third."""
    not_following_minutes: Positive = 5.0
    """The inverter may do something else than commanded for so long [min]."""
    not_following_kw: Positive = 0.5
    """So far off, or a tenth of what is commanded, is something else [kW]."""
    pause_reminder_minutes: NotNegative = 30.0
    """While paused people are reminded so often [min]; 0: never."""
    on_stop: Literal["fallback", "release", "leave"] = "fallback"
    """What it leaves behind when it is stopped: `fallback`: self-consumption; `release`: every
    setting as it was found before the first write; `leave`: all as it is."""
    meter: Meter = Meter()
    """How the house's sensors are to be read."""
    guard: Guard = Guard()
    """The fast loop for fuse and peak."""
    notify: Notify = Notify()
    """Which events of the house are told to people."""
    max_age_seconds: dict[str, Positive] = Field(default={})
    """Role to age limit of its reading [s], where it differs from `state_max_age_seconds`."""
    units: dict[str, str] = Field(default={})
    """Role to unit, for an entity that declares none."""
    roles: dict[str, str] = Field(default={})
    """Which Home Assistant entity plays which role of the house: by entity id, unique id, or
    `device/object`. A vehicle's roles are `{id}/charging` and the like."""


class Access(Section):
    """Who may look and act at the page and the API.

    The passwords are secrets: `DARKSTAR_GATEWAY_PASSWORD`, `DARKSTAR_VIEWER_PASSWORD`,
    `DARKSTAR_GATEWAY_TOKEN`.
    """

    required: bool = True
    """Whether a password or token is asked for; false only where `gateway.host` is this machine's
    own loopback address."""
    session_days: Positive = 30.0
    """Who has given the password need not give it again for so long [days]."""
    attempts_per_minute: int = Field(default=5, ge=1)
    """Wrong passwords from one address, before it has to wait."""
    hosts: tuple[str, ...] = ()
    """Names by which the page is reached, such as darkstar.example.org, besides addresses,
    localhost, names without a dot, and those that end in .local, .lan or .home.arpa."""
    ingress_address: str | None = Field(default="172.30.32.2", pattern=r"^[0-9a-fA-F.:]+$")
    """Whose requests come from people that Home Assistant has let in: its Supervisor's address;
    null: nobody's."""


class Gateway(Section):
    """The page and the API."""

    host: str = "127.0.0.1"
    """Address it listens on; 0.0.0.0 for all of them. DARKSTAR_GATEWAY_HOST goes before it."""
    port: int = Field(default=8410, ge=0, le=65535)
    """Port it listens on; 0 takes a free one. DARKSTAR_GATEWAY_PORT goes before it."""
    access: Access = Access()
    """Who may look and act."""
    announce: bool = True
    """Whether Darkstar's own entities appear in Home Assistant, by MQTT discovery."""
    discovery: Literal["entity", "device"] = "entity"
    """How: a message for each entity, which every release reads, or one for all, which needs
    Home Assistant 2024.12."""
    log_lines: int = Field(default=2000, ge=100, le=20_000)
    """So many lines of each service's log are kept for the page."""
    notify_service: str | None = Field(default="notify", pattern=r"^[a-z0-9_]+$")
    """Service of Home Assistant's `notify` domain that notifications go to first; null: none.
    Discord and all else Apprise knows is named by `DARKSTAR_NOTIFY_URLS`, for it is secret."""


class HomeAssistant(Section):
    """Home Assistant's own API. The token is a secret: `DARKSTAR_HOME_ASSISTANT_TOKEN`."""

    url: PublicAddress | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    """Where it is, such as http://homeassistant.local:8123; null: its API is not used."""
    bridge: tuple[str, ...] = ()
    """Entities of Home Assistant that are not on MQTT, such as number.inverter_charge_current: the
    gateway makes them readable and settable for the executor, over Home Assistant's API."""

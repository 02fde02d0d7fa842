"""What the executor counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

WRITES = Counter(
    "darkstar_executor_writes_total",
    "Settings decided on, by role and result; a write that changes nothing is not counted [writes]",
    ["role", "result"],
)
WRITE_RESULTS = ("written", "shadow", "not_confirmed")
FAILING = Gauge(
    "darkstar_executor_failing_roles",
    "Roles whose entity did not take what was written to it last [roles]",
)
TICKS = Counter("darkstar_executor_ticks_total", "Decisions made, by rule [decisions]", ["rule"])
TICK_SECONDS = Histogram(
    "darkstar_executor_tick_seconds",
    "Time of a decision with its writes [s]",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
)
READINGS = Counter("darkstar_executor_readings_total", "Messages heard from the house [messages]")
UNBOUND = Gauge("darkstar_executor_unbound_roles", "Roles that no entity plays [roles]")
REQUESTS = Counter(
    "darkstar_executor_requests_total",
    "What people asked for, by request and whether it was granted [requests]",
    ["request", "accepted"],
)
NOTES = Counter(
    "darkstar_executor_notifications_total",
    "What people were told, by kind [notifications]",
    ["kind"],
)
FOLLOWING = Gauge(
    "darkstar_executor_following",
    "Whether the house does what it was told: 1 it does, 0 it does not, NaN not known [1 = yes]",
)
TRIMMED = Gauge(
    "darkstar_executor_trimmed", "1 while the peak guard cuts something back, else 0 [1 = yes]"
)
SHADOW = Gauge(
    "darkstar_executor_shadow", "1 while all is decided and nothing is written, else 0 [1 = yes]"
)
PAUSED = Gauge("darkstar_executor_paused", "1 while people have paused it, else 0 [1 = yes]")
OVERRIDDEN = Gauge(
    "darkstar_executor_overridden",
    "1 while an override of people is in force, else 0 [1 = yes]",
)
READING_AGE = Gauge(
    "darkstar_executor_reading_age_seconds",
    "Age of the last value of each sensor, by role; NaN: there never was one [s]",
    ["role"],
)
READING_KNOWN = Gauge(
    "darkstar_executor_reading_known",
    "1 while the value of a sensor is there, fresh and a number, else 0, by role [1 = yes]",
    ["role"],
)
POWER = Gauge(
    "darkstar_executor_power_kw", "What flows in the house now; NaN: not known [kW]", ["flow"]
)
SOC = Gauge("darkstar_executor_soc_percent", "State of charge of the battery; NaN: not known [%]")
PLANNED_POWER = Gauge(
    "darkstar_planned_power_kw",
    "What the schedule has flow in this slot, measured as darkstar_executor_power_kw: load with "
    "heater and vehicles, PV after curtailment; NaN: no schedule [kW]",
    ["flow"],
)
PLANNED_SOC = Gauge(
    "darkstar_planned_soc_percent",
    "Where the schedule has the battery now; NaN: no schedule, or no battery [%]",
)
SCHEDULE_AGE = Gauge(
    "darkstar_executor_schedule_age_seconds",
    "How long ago the schedule in force was made; NaN: there is none [s]",
)
PRICE = Gauge(
    "darkstar_price_per_kwh",
    "What a kWh costs (import) and earns (export) in this slot; NaN: not known [currency/kWh]",
    ["direction"],
)
PRICE_PUBLISHED = Gauge(
    "darkstar_price_published",
    "1 while the price of this slot is one that the market published, 0 while it is an estimate or "
    "not known; NaN: not looked yet [1 = yes]",
)
PLANNING_INTERVAL = Gauge(
    "darkstar_planning_interval_seconds",
    "How long after one plan the next is made at the latest, as configured [s]",
)
AT_FIRST_UNKNOWN = (
    FOLLOWING, SHADOW, PAUSED, OVERRIDDEN, SOC, PLANNED_SOC, SCHEDULE_AGE, PRICE_PUBLISHED,
)  # fmt: skip
"""What is NaN until the first look."""

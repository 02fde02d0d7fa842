"""What the executor counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

WRITES = Counter(
    "darkstar_executor_writes_total",
    "Settings decided on, by role and result (a write that changes nothing is not counted)",
    ["role", "result"],
)
TICKS = Counter("darkstar_executor_ticks_total", "Decisions made, by rule", ["rule"])
TICK_SECONDS = Histogram(
    "darkstar_executor_tick_seconds",
    "Time of a decision with its writes [s]",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
)
READINGS = Counter("darkstar_executor_readings_total", "Messages heard from the house")
UNBOUND = Gauge("darkstar_executor_unbound_roles", "Roles that no entity plays")
REQUESTS = Counter(
    "darkstar_executor_requests_total",
    "What people asked for, by request and whether it was granted",
    ["request", "accepted"],
)
NOTES = Counter("darkstar_executor_notifications_total", "What people were told, by kind", ["kind"])
FOLLOWING = Gauge(
    "darkstar_executor_following",
    "Whether the house does what it was told: 1 it does, 0 it does not, NaN not known",
)
TRIMMED = Gauge("darkstar_executor_trimmed", "1 while the peak guard cuts something back, else 0")

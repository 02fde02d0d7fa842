"""What the bus counts. Topics are labelled by the path of their channel, so labels are few."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

REJECTED = Counter(
    "darkstar_messages_rejected_total",
    "Messages that were refused unread or could not be read [messages]",
    ["topic"],
)
DUPLICATES = Counter(
    "darkstar_messages_duplicate_total",
    "Messages that came a second time and were dropped [messages]",
    ["topic"],
)
DROPPED = Counter(
    "darkstar_messages_dropped_total",
    "Messages lost because a queue was full [messages]",
    ["direction"],
)
for _direction in ("in", "out"):
    DROPPED.labels(_direction)  # counted from 0 on, so that the first one is seen
CONNECTED = Gauge("darkstar_broker_connected", "Whether the broker is connected [1 = yes]")
CONNECTIONS = Counter(
    "darkstar_broker_connections_total", "Connections made to the broker [connections]"
)

"""What the gateway counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

MESSAGES = Counter(
    "darkstar_gateway_messages_total", "Messages taken into the view [messages]", ["topic"]
)
PAGES = Gauge("darkstar_gateway_pages", "Pages connected by WebSocket [pages]")
NOTIFICATIONS = Counter(
    "darkstar_gateway_notifications_total",
    "Attempts to deliver a notification, and those dropped, given up, repeated or switched off "
    "[notifications]",
    ["destination", "result"],
)
COST_TODAY = Gauge(
    "darkstar_cost_today",
    "What the local day has cost so far, negative for a gain; NaN: not known [currency]",
    ["currency"],
)
SAVED_TODAY = Gauge(
    "darkstar_saved_today",
    "What the local day has saved so far, against a house without battery; NaN: not known "
    "[currency]",
    ["currency"],
)
SAVED_MONTH = Gauge(
    "darkstar_saved_month",
    "What the local month has saved so far, against a house without battery; NaN: not known "
    "[currency]",
    ["currency"],
)
BROKER_CLIENTS = Gauge(
    "darkstar_broker_clients",
    "Clients connected to the broker, by its own count; NaN: it does not tell [clients]",
)
BROKER_AWAY = Gauge(
    "darkstar_broker_clients_away",
    "Clients that are away and for whom the broker keeps what comes; NaN: it does not tell "
    "[clients]",
)
BROKER_QUEUED = Gauge(
    "darkstar_broker_queued_messages",
    "Messages that the broker holds for somebody, retained ones not counted; NaN: it does not "
    "tell [messages]",
)
BROKER_RETAINED = Gauge(
    "darkstar_broker_retained_messages",
    "States that the broker keeps; NaN: it does not tell [messages]",
)
BROKER_DROPPED = Gauge(
    "darkstar_broker_dropped_messages",
    "Messages that the broker threw away since its start, for a queue or a limit was full; NaN: "
    "it does not tell [messages]",
)

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

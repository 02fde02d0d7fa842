"""What the gateway counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

MESSAGES = Counter(
    "darkstar_gateway_messages_total", "Messages taken into the view [messages]", ["topic"]
)
PAGES = Gauge("darkstar_gateway_pages", "Pages connected by WebSocket [pages]")

"""What the recorder counts."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

COMMITS = Histogram(
    "darkstar_recorder_commit_seconds",
    "Time a transaction took, from its begin to being on disk [s]",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
)
MESSAGES = Counter("darkstar_recorder_messages_total", "Messages taken in [messages]", ["topic"])
SLOTS = Counter("darkstar_recorder_slots_total", "Slots closed or corrected [slots]")

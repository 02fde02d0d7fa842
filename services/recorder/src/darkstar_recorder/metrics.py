"""What the recorder counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

COMMITS = Histogram(
    "darkstar_recorder_commit_seconds",
    "Time a transaction took, from its begin to being on disk [s]",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
)
KEPT = Histogram(
    "darkstar_recorder_kept_seconds",
    "From the arrival of a transaction's first message to being on disk and acknowledged [s]",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 30),
)
MESSAGES = Counter("darkstar_recorder_messages_total", "Messages taken in [messages]", ["topic"])
REFUSED = Counter(
    "darkstar_recorder_refused_total", "Messages that cannot be written [messages]", ["topic"]
)
UNWRITABLE = Counter("darkstar_recorder_unwritable_total", "Times the disk took nothing [attempts]")
SLOTS = Counter("darkstar_recorder_slots_total", "Slots closed or corrected [slots]")
ENERGY = Counter(
    "darkstar_recorder_energy_kwh_total",
    "What flowed in the slots closed since the start, by channel; later corrections are not in it "
    "[kWh]",
    ["channel"],
)
UNACCOUNTED = Counter(
    "darkstar_recorder_unaccounted_kwh_total",
    "What came into slots closed since the start and did not go out (surplus), and what went out "
    "and had not come in (deficit), by PV + import + discharge - load - export - charge; rounding "
    "is in both, what they differ by is losses and wrong meters [kWh]",
    ["side"],
)
WAITING = Gauge(
    "darkstar_recorder_waiting", "Messages taken that wait for a transaction [messages]"
)
DISK_FREE = Gauge(
    "darkstar_recorder_disk_free_bytes",
    "What is free on the disk of the recorder's file; NaN: it cannot be looked at [bytes]",
)
DATABASE_MEMORY = Gauge(
    "darkstar_recorder_database_memory_bytes",
    "What DuckDB holds of the file in memory, up to its limit of 96 MB; NaN: it is closed [bytes]",
)
FILE_SIZE = Gauge(
    "darkstar_recorder_file_bytes",
    "Size of the recorder's file and its log; NaN: it cannot be looked at [bytes]",
)

"""What Prometheus may read about planning."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PLANS = Counter(
    "darkstar_planner_plans_total", "Plans published, by how they were made", ["status"]
)
REFUSALS = Counter("darkstar_planner_refusals_total", "Rounds that could make no plan")
ABANDONED = Counter(
    "darkstar_planner_abandoned_total",
    "Plans not published, since someone set something while they were made",
)
KEPT = Counter(
    "darkstar_planner_kept_total", "Plans that stayed as they were, a change saving too little"
)
WHAT_IFS = Counter(
    "darkstar_planner_simulations_total",
    "What-ifs answered, by whether they could be",
    ["accepted"],
)
SECONDS = Histogram(
    "darkstar_planner_solve_seconds",
    "Time in the solver for one plan [s]",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
)
GAP = Gauge(
    "darkstar_planner_gap",
    "Distance of the last plan from the proven best; NaN when nothing is proven [currency]",
)
LAST_SUCCESS = Gauge(
    "darkstar_planner_last_success_timestamp_seconds",
    "When the last plan was published, by the service's clock [Unix seconds]",
)

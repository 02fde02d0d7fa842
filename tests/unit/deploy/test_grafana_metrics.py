"""The metrics of the dashboards: each exists, with the labels asked for, and in its own unit."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from darkstar_dashboards.files import BOARDS
from prometheus_client import REGISTRY, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase
from support.panels import marks, questions, selections

MODULES = (
    "darkstar_common.bus.metrics",
    "darkstar_common.runtime.gauges",
    "darkstar_common.runtime.metrics",
    "darkstar_executor.metrics",
    "darkstar_forecaster.metrics",
    "darkstar_gateway.metrics",
    "darkstar_planner.metrics",
    "darkstar_recorder.metrics",
)
SCRAPED = {"site", "service", "job", "instance"}
"""The labels that Prometheus gives every series; docs/observability.md."""
OWN = {"ALERTS": {"alertname", "alertstate", "severity"}, "up": set[str]()}
"""What Prometheus makes itself."""
UNITS = {
    "kW": "kwatt", "kWh": "kwatth", "%": "percent", "bytes": "bytes", "s": "s",
    "currency/kWh": "short", "currency": "short", "1 = yes": "none", "roles": "none",
    "1": "percentunit",
}  # fmt: skip
"""Grafana's name of a unit, by the help's. What is counted has any."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a metric: its labels, and the unit in its help."""

    labels: frozenset[str]
    unit: str


@cache
def metrics() -> dict[str, Known]:
    """Every series' name that a service of ours can have."""
    for module in MODULES:
        importlib.import_module(module)
    found = {
        name: Known(frozenset(one._labelnames), one._documentation.rpartition("[")[2].rstrip("]"))
        for one, names in REGISTRY._collector_to_names.items()
        if isinstance(one, MetricWrapperBase)
        for name in names
    }
    process = (one.name for one in ProcessCollector(registry=None).collect())
    return found | {f"{name}{end}": Known(frozenset(), "") for name in process
                    for end in ("", "_total")}  # fmt: skip


def wrong(expr: str) -> Iterator[str]:
    """What `expr` asks for that there is not."""
    for name, labels in selections(expr):
        if name not in OWN and name not in metrics():
            yield f"no metric {name}"
        else:
            has = OWN[name] if name in OWN else metrics()[name].labels
            yield from (f"{name}: no label {one}" for one in sorted(labels - SCRAPED - has))


@pytest.mark.parametrize("board", [one.name for one in BOARDS])
def test_every_metric_of_a_panel_exists_with_its_labels(board: str) -> None:
    asked = [one for one in questions() if one.board == board]
    assert len(asked) > 10
    assert [f"{one}: {it}" for one in asked for it in wrong(one.expr)] == []


def test_every_metric_of_a_mark_exists() -> None:
    assert [it for one in marks() for it in wrong(one)] == []


@pytest.mark.parametrize(
    ("expr", "complaint"),
    [
        ('darkstar_planner_gap{site=~"$site"}', []),
        ('darkstar_planner_gone{site=~"$site"}', ["no metric darkstar_planner_gone"]),
        ('sum (up{service="x"}) + ALERTS{mood="bad"}', ["ALERTS: no label mood"]),
        (
            'rate(darkstar_executor_ticks_total{rul="plan"}[1m])',
            ["darkstar_executor_ticks_total: no label rul"],
        ),
        ('darkstar_recorder_commit_seconds_bucket{le="1"}', ["…_bucket: no label le"]),
    ],
)
def test_what_there_is_not_is_found(expr: str, complaint: list[str]) -> None:
    found = [one.replace("darkstar_recorder_commit_seconds", "…") for one in wrong(expr)]
    assert found == complaint


def test_a_label_in_a_legend_is_one_of_its_metrics() -> None:
    for one in questions():
        there = {name for name, _ in selections(one.expr)} & metrics().keys()
        owned = SCRAPED.union(*(metrics()[name].labels for name in there))
        assert set(re.findall(r"\{\{(\w+)\}\}", one.legend)) <= owned, str(one)


def test_a_metric_is_drawn_in_its_own_unit() -> None:
    drawn = [one for one in questions() if one.alone in metrics() and one.kind != "table"]
    assert len(drawn) > 60
    for one in drawn:
        unit = metrics()[one.alone].unit
        assert one.kind == "state-timeline" or one.unit == UNITS.get(unit, one.unit), str(one)

"""What rules, dashboards and the documentation say of metrics is what the services have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

import darkstar_common.bus.metrics
import darkstar_common.runtime.gauges
import darkstar_common.runtime.metrics
import darkstar_executor.metrics
import darkstar_forecaster.metrics
import darkstar_gateway.metrics
import darkstar_planner.metrics
import darkstar_recorder.metrics

ROOT = Path(__file__).parents[3]
PROMETHEUS, DASHBOARDS = ROOT / "deploy" / "prometheus", ROOT / "deploy" / "grafana" / "dashboards"
DOCUMENT = ROOT / "docs" / "observability.md"
MODULES = {
    "every service": (
        darkstar_common.runtime.metrics,
        darkstar_common.runtime.gauges,
        darkstar_common.bus.metrics,
    ),
    "planner": (darkstar_planner.metrics,),
    "executor": (darkstar_executor.metrics,),
    "forecaster": (darkstar_forecaster.metrics,),
    "recorder": (darkstar_recorder.metrics,),
    "gateway": (darkstar_gateway.metrics,),
}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
PROMETHEUS_OWN = {"up", "ALERTS", "scrape_duration_seconds", "scrape_samples_scraped"}
UNIT = re.compile(r"\[[^\]]+\]$")
UNITS = {
    "timestamp_seconds": {"[Unix seconds]"},
    "_seconds": {"[s]", "[Unix seconds]"},
    "bytes": {"[bytes]"},
    "ratio": {"[1]"},
    "kw": {"[kW]"},
    "kwh": {"[kWh]", "[currency/kWh]"},
    "percent": {"[%]"},
}
"""What the end of a name promises."""
WORDS = {"and", "or", "unless", "by", "on", "ignoring", "without", "bool", "offset", "group_left",
         "group_right", "inf", "nan"}  # fmt: skip


def metrics() -> list[tuple[str, MetricWrapperBase]]:
    """All metrics of ours, with who has them."""
    found: dict[MetricWrapperBase, str] = {}
    for who, modules in MODULES.items():
        for value in chain.from_iterable(vars(module).values() for module in modules):
            several = value if isinstance(value, tuple) else (value,)
            found |= {one: who for one in several if isinstance(one, MetricWrapperBase)}
    return [(who, one) for one, who in found.items()]


def described(one: MetricWrapperBase) -> tuple[str, str, str]:
    """Name as Prometheus has it, kind, and help of a metric."""
    (family,) = one.describe()
    suffix = "_total" if family.type == "counter" else ""
    return f"{family.name}{suffix}", family.type, family.documentation


def names() -> set[str]:
    """Every name that a query may have."""
    found = set(PROMETHEUS_OWN) | {record["record"] for record in rules("recording.yml")}
    for _, one in metrics():
        (family,) = one.describe()
        found |= {family.name + suffix for suffix in SUFFIXES[family.type]}
    for family in REGISTRY.collect():
        if family.name.startswith(("process_", "python_")):
            found |= {family.name + suffix for suffix in SUFFIXES.get(family.type, ("",))}
    return found


def rules(file: str) -> list[dict[str, Any]]:
    text = (PROMETHEUS / "rules" / file).read_text(encoding="utf-8")
    return [rule for group in YAML(typ="safe").load(text)["groups"] for rule in group["rules"]]


def used(expression: str) -> set[str]:
    """The metrics that a PromQL expression names."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\$\{?\w+\}?|\b\d[\w.]*", " ", bare)
    bare = re.sub(r"\b(by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)", " ", bare)
    found = set(re.findall(r"[a-zA-Z_:][\w:]*(?!\s*\()\b", re.sub(r"\w+\s*\(", "(", bare)))
    return {one for one in found if one.lower() not in WORDS}


def queries(node: object) -> Iterator[str]:
    """Every query in a dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "expr" and isinstance(value, str):
                yield value
            yield from queries(value)
    elif isinstance(node, list):
        for one in node:
            yield from queries(one)


def asked() -> list[tuple[str, str]]:
    """Where a query is, and the query."""
    found = [
        (f"{file}: {rule.get('alert') or rule.get('record')}", rule["expr"])
        for file in ("alerts.yml", "recording.yml")
        for rule in rules(file)
    ]
    for path in sorted(DASHBOARDS.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found += [(path.name, one) for one in queries(document)]
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", {"up"}),
        ('sum by (site) (rate(a_total{b="c", d=~"$e"}[5m]))', {"a_total"}),
        ("a > 2 or (b and on(site) c == 0)", {"a", "b", "c"}),
        ("a - on(x) group_left() max by (x) (b)", {"a", "b"}),
        ("site:a:ratio6h > 500e6", {"site:a:ratio6h"}),
        ("avg_over_time(abs(a - b)[1h:1m]) offset 1d", {"a", "b"}),
        ("histogram_quantile(0.95, sum by (le) (rate(a_bucket[$__rate_interval])))", {"a_bucket"}),
    ],
)
def test_the_metrics_of_a_query_are_found(expression: str, expected: set[str]) -> None:
    assert used(expression) == expected


@pytest.mark.parametrize(("where", "expression"), asked())
def test_every_metric_that_is_asked_for_exists(where: str, expression: str) -> None:
    assert used(expression), f"{where} asks for nothing: {expression}"
    assert used(expression) <= names(), where


@pytest.mark.parametrize("one", [one for _, one in metrics()], ids=lambda one: described(one)[0])
def test_every_metric_has_a_help_that_ends_with_its_unit(one: MetricWrapperBase) -> None:
    name, _, text = described(one)
    assert name.startswith("darkstar_")
    unit = UNIT.search(text)
    assert unit, f"{name}: {text}"
    for ending, written in UNITS.items():
        if name.removesuffix("_total").endswith(f"_{ending.lstrip('_')}"):
            assert unit.group() in written, name


def test_no_two_services_have_a_metric_of_one_name() -> None:
    found = [described(one)[0] for _, one in metrics()]
    assert len(found) == len(set(found))


def table() -> list[str]:
    """The rows of the document: name and labels, kind, who, meaning."""
    found = []
    for who, one in metrics():
        name, kind, text = described(one)
        labels = f"{{{', '.join(one._labelnames)}}}" if one._labelnames else ""
        found.append(f"| `{name}{labels}` | {kind} | {who} | {text} |")
    return found


def test_the_document_has_every_metric_as_it_is() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    missing = [line for line in table() if line not in text]
    assert not missing, "put these rows into docs/observability.md:\n" + "\n".join(missing)
    rows = [line for line in text.splitlines() if line.startswith("| `darkstar_")]
    gone = sorted(set(rows) - set(table()))
    assert not gone, f"these are no metrics any more: {gone}"


@pytest.mark.parametrize("rule", rules("alerts.yml"), ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    told = rule["annotations"]
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(told) == {"summary", "description", "runbook"}
    assert len(told["description"]) >= 60, "a sentence about the way out"
    page, _, anchor = told["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {one.lower().replace(" ", "-") for one in headings}
    assert anchor == rule["alert"].lower()


def test_every_alert_is_tried_by_promtool() -> None:
    tried = "".join(one.read_text(encoding="utf-8") for one in (PROMETHEUS / "tests").glob("*.yml"))
    for rule in rules("alerts.yml"):
        assert f'alertname="{rule["alert"]}"' in tried, f"{rule['alert']} has no rule test"


def test_the_document_says_which_alerts_were_seen_in_a_running_house() -> None:
    source = (ROOT / "tests" / "clients" / "test_alerts.py").read_text(encoding="utf-8")
    called = re.findall(r"watched\.clears\(([^)]*)\)", source)
    seen = {name for words in called for name in re.findall(r'"(\w+)"', words)}
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(#\w+\) .*\| ([^|]+) \|$", text, re.MULTILINE)
    assert {name for name, tried in rows if tried != "no; by promtool"} == seen
    assert {name for name, _ in rows} == {rule["alert"] for rule in rules("alerts.yml")}


def test_prometheus_reads_every_service_of_the_containers() -> None:
    document = YAML(typ="safe").load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = [one for one in document["scrape_configs"] if one["job_name"] == "darkstar"]
    found = {one["labels"]["service"]: one["targets"] for one in job["static_configs"]}
    assert found == {who: [f"{who}:9464"] for who in MODULES if who != "every service"}
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert "DARKSTAR_METRICS_PORT=9464" in dockerfile

"""Where Prometheus finds the services of a run on this machine."""

from __future__ import annotations

import json
from pathlib import Path

from ruamel.yaml import YAML

from darkstar_common.launcher.targets import TARGETS, write_targets

LOCAL = Path(__file__).parents[3] / "deploy" / "prometheus" / "local.yml"


def test_each_service_is_named_with_its_port_and_its_house(tmp_path: Path) -> None:
    path = write_targets(tmp_path, {"planner": 9473, "gateway": 9475}, site="cabin")
    assert json.loads(path.read_text()) == [
        {"targets": ["127.0.0.1:9473"], "labels": {"site": "cabin", "service": "planner"}},
        {"targets": ["127.0.0.1:9475"], "labels": {"site": "cabin", "service": "gateway"}},
    ]


def test_the_next_run_s_takes_its_place_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write_targets(tmp_path, {"planner": 1}, site="home")
    path = write_targets(tmp_path, {"planner": 2}, site="home")
    assert [one.name for one in tmp_path.iterdir()] == [TARGETS]
    assert "127.0.0.1:2" in path.read_text()


def test_prometheus_looks_where_a_run_writes() -> None:
    (job,) = YAML(typ="safe").load(LOCAL.read_text())["scrape_configs"]
    (found,) = job["file_sd_configs"][0]["files"]
    root = LOCAL.parents[2]
    default = Path(".darkstar/run")
    assert (LOCAL.parent / found).resolve() == (root / default / TARGETS).resolve()

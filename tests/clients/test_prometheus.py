"""The real promtool and Prometheus at our configuration and rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.prometheus import PROMTOOL, needs_prometheus, needs_promtool, prometheus

DIRECTORY = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = sorted((DIRECTORY / "rules").glob("*.yml"))


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None
    command = [PROMTOOL, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def said(found: subprocess.CompletedProcess[str]) -> str:
    return found.stdout + found.stderr


@needs_promtool
@pytest.mark.parametrize("name", ["prometheus.yml", "local.yml"])
def test_the_configuration_is_valid(name: str) -> None:
    found = promtool("check", "config", "--lint=all", "--lint-fatal", DIRECTORY / name)
    assert found.returncode == 0, said(found)


@needs_promtool
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_the_rules_are_valid_and_none_is_there_twice(path: Path) -> None:
    found = promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert found.returncode == 0, said(found)


@needs_promtool
@pytest.mark.parametrize("name", ["alerts.yml", "forecasts.yml"])
def test_each_alert_fires_in_its_trouble_and_clears_after_it(name: str) -> None:
    found = promtool("test", "rules", DIRECTORY / "tests" / name)
    assert found.returncode == 0, said(found)


@needs_promtool
def test_promtool_sees_an_alert_that_does_not_fire(tmp_path: Path) -> None:
    """The rule tests are worth something: a rule that was broken fails them."""
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in RULES:
        text = path.read_text(encoding="utf-8")
        (rules / path.name).write_text(text.replace('up{job="darkstar"} == 0', "up == 2"))
    tests = tmp_path / "tests"
    tests.mkdir()
    for path in (DIRECTORY / "tests").glob("*.yml"):
        (tests / path.name).write_bytes(path.read_bytes())
    found = promtool("test", "rules", tests / "alerts.yml")
    assert found.returncode != 0
    assert "ServiceDown" in said(found)


@needs_prometheus
@pytest.mark.timeout(60)
async def test_prometheus_loads_the_rules_and_reports_whom_it_cannot_reach(tmp_path: Path) -> None:
    async with prometheus(tmp_path, {"planner": 1}, RULES) as server:
        groups = (await server.get("rules"))["groups"]
        assert {one["name"] for one in groups} >= {"darkstar_figures", "darkstar_reach"}
        (found,) = await server.found("up == 0", seconds=30)
        assert found["metric"]["service"] == "planner"
        assert found["metric"]["site"] == "home"

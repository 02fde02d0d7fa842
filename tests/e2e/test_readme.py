"""README.md alone leads from a clone to a plan in shadow mode: its blocks are typed as they stand.

Each block is either executed here or named with the reason why not; a new one is neither, and
fails. What `make up` starts in containers runs in processes here, with the clone's own passwords,
broker configuration and access list.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support.broker import needs_mosquitto
from support.fake_open_meteo import FakeOpenMeteo
from support.fake_web import fake_web
from support.readme import ROOT, Block, Clone, block, blocks, clone, in_processes

from darkstar_common.config import load_config
from darkstar_common.launcher.fleet import console_script
from darkstar_common.runtime import SystemClock

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXECUTED = {
    "make run": "test_a_house_to_look_at",
    "make run HOUSE=my-house.csv SPEED=60": "test_a_real_house_is_replayed",
    "mosquitto_sub -v -t 'darkstar/v1/home/control/state'": "test_a_house_to_look_at",
    "{": "test_a_plan_without_a_house",
    ".venv/bin/darkstar-planner solve problem.json": "test_a_plan_without_a_house",
    "timezone: Europe/Stockholm": "test_from_a_clone_to_a_plan_in_shadow_mode",
    "make setup": "test_from_a_clone_to_a_plan_in_shadow_mode",
    "cat deploy/secrets/homeassistant": "test_from_a_clone_to_a_plan_in_shadow_mode",
    'mosquitto_sub -u people -P "$(cat deploy/secrets/people)" -C 1': (
        "test_from_a_clone_to_a_plan_in_shadow_mode"
    ),
    "cat deploy/secrets/page_password": "test_from_a_clone_to_a_plan_in_shadow_mode",
}
NOT_HERE = {
    "make test": "it runs this very test",
    "make up": "needs an engine: tests/clients/test_compose.py",
    "make backup": "needs an engine: tests/clients/test_moving_containers.py",
}
FIRST_SCHEDULE = "first schedule "
PLANNED_SECONDS = 180
"""From the start of all processes to the first plan, on a busy machine [s]."""


def kinds(one: Block) -> list[str]:
    """How the block is accounted for."""
    return [name for name in (*EXECUTED, *NOT_HERE) if one.text.startswith(name)]


@pytest.mark.parametrize("one", blocks(README), ids=lambda one: one.name[:40])
def test_every_block_is_executed_or_named(one: Block) -> None:
    assert kinds(one), f"README tells people to type this, and no test does: {one.name}"


def test_every_name_here_is_in_the_readme() -> None:
    names = {name for one in blocks(README) for name in kinds(one)}
    assert names == {*EXECUTED, *NOT_HERE}
    assert set(EXECUTED.values()) <= set(globals())


def test_links_lead_somewhere() -> None:
    named = re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]*))?\)", README)
    assert len(named) > 20
    assert [page for page, anchor in named if not _leads(ROOT / page, anchor)] == []


def _leads(page: Path, anchor: str) -> bool:
    """Whether there is such a page, with such a heading."""
    if not anchor:
        return page.exists()
    lines = page.read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return anchor in {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return clone(tmp_path_factory.mktemp("darkstar"))


@contextmanager
def until_ctrl_c(clone: Clone, command: str, *, seconds: float) -> Iterator[list[str]]:
    """`command` in a terminal, from its first schedule to Ctrl-C; its lines so far."""
    with subprocess.Popen(
        ("bash", "-c", f"exec {command}"), cwd=clone.directory, env=clone.told, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines: list[str] = []
        late = threading.Timer(seconds, lambda: os.killpg(process.pid, signal.SIGINT))
        late.start()
        try:
            for line in process.stdout:
                lines.append(line)
                if line.startswith(FIRST_SCHEDULE):
                    break
            assert lines, "it said nothing"
            assert lines[-1].startswith(FIRST_SCHEDULE), "".join(lines)
            yield lines
        finally:
            late.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            lines += process.stdout.readlines()
    assert any("stopped" in line for line in lines), "".join(lines)


def _run_words(clone: Clone, command: str) -> str:
    """What `make run …` starts, without making the environment of the tests anew."""
    words = clone.typed(f"make --dry-run --old-file=setup {command.removeprefix('make ')}")
    return words.strip().splitlines()[-1]


@needs_mosquitto
def test_a_house_to_look_at(fresh: Clone) -> None:
    command = _run_words(fresh, block("make run\n").name)
    with until_ctrl_c(fresh, command, seconds=PLANNED_SECONDS) as lines:
        (port,) = re.findall(r"mosquitto_pub -p (\d+)", "".join(lines))
        fresh.for_mosquitto(int(port))
        watch, *orders = block("mosquitto_sub -v").text.splitlines()
        typed = (
            watch.removesuffix("&") + "> said &",
            "until grep -q control/state said; do sleep 0.1; done",  # as people see it first
            *orders,
            "until grep -q 'paused until' said; do sleep 0.1; done",
            "kill %1; cat said",
        )
        said = fresh.typed("\n".join(typed))
        assert '"action":"force_charge"' in said.replace(" ", "")
        assert "control/state" in said


@needs_mosquitto
def test_a_real_house_is_replayed(fresh: Clone, generated_house: Path) -> None:
    (fresh.directory / "my-house.csv").write_bytes(generated_house.read_bytes())
    command = _run_words(fresh, block("make run HOUSE").name)
    with until_ctrl_c(fresh, command, seconds=PLANNED_SECONDS) as lines:
        assert "--speed 60" in command
        assert any("simulated" in line or "page" in line for line in lines)


def test_a_plan_without_a_house(fresh: Clone) -> None:
    problem = block("{").text
    (fresh.directory / "problem.json").write_text(problem, encoding="utf-8")
    schedule = json.loads(fresh.typed(block(".venv/bin/darkstar-planner solve").text))
    assert len(schedule["slots"]) == len(json.loads(problem)["load_kw"])


def told_of_the_sky(config: Path, url: str) -> None:
    """Have the made-up sky in the place of Open-Meteo, which a test does not ask."""
    yaml = YAML(typ="safe")
    document = yaml.load(config.read_text(encoding="utf-8"))
    document["weather"] = {"open_meteo_url": url, "archive_url": url}
    with config.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)


@pytest.fixture(scope="module")
def house_of_now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("house") / "house.csv"
    words = ("generate", "--days", "60", "--output", str(path))
    subprocess.run((console_script("darkstar-simulator"), *words), check=True)
    return path


@contextmanager
def looked_on(fresh: Clone, password: str, topics: list[str]) -> Iterator[None]:
    """Fill `topics` with those of the inverter on which something was said meanwhile."""
    command = ("mosquitto_sub", "-v", "-u", "homeassistant", "-P", password, "-t", "inverter/#")
    with subprocess.Popen(command, env=fresh.told, stdout=subprocess.PIPE, text=True) as watch:
        try:
            yield
        finally:
            watch.terminate()
            told, _ = watch.communicate()
    topics += [line.split(" ", 1)[0] for line in told.splitlines()]


@needs_mosquitto
async def test_from_a_clone_to_a_plan_in_shadow_mode(fresh: Clone, house_of_now: Path) -> None:
    config = fresh.directory / "config.yaml"
    config.write_text(block("timezone: ").text, encoding="utf-8")
    assert load_config(config).executor.shadow
    setup, *access = block("make setup").text.splitlines()
    assert setup == "make setup"  # the environment of the tests is what it makes
    (fresh.directory / "deploy/.env").unlink(missing_ok=True)
    fresh.typed("\n".join(access).replace("make acl", "make --old-file=setup acl"))
    with fake_web(FakeOpenMeteo(SystemClock().now)) as sky:
        told_of_the_sky(config, sky.url)
        async with in_processes(fresh, house_of_now):
            await _seen(fresh)


async def _seen(fresh: Clone) -> None:
    """Steps 4 and 5; and nothing is written meanwhile."""
    password = fresh.typed(block("cat deploy/secrets/homeassistant").text).strip()
    assert len(password) > 20
    looks = block('mosquitto_sub -u people -P "$(cat deploy/secrets/people)" -C 1').text
    devices, schedule = looks.strip().splitlines()
    topics: list[str] = []
    with looked_on(fresh, password, topics):
        plan = json.loads(await asyncio.to_thread(fresh.typed, schedule, seconds=PLANNED_SECONDS))
        found = json.loads(await asyncio.to_thread(fresh.typed, devices))
    assert len(plan["slots"]) > 90
    roles = {one["role"]: one["status"] for one in found["roles"]}
    assert roles["battery_soc"] == roles["work_mode"] == "bound", roles
    assert topics, "the house is at the broker"
    assert [topic for topic in topics if topic.endswith("/set")] == []
    typed = fresh.typed(block("cat deploy/secrets/page_password").text).strip()
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", typed)

"""How the containers' commands find the Compose and the images that are here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.deploying import DEPLOY, script

stack = script("stack")
PINNED = f"image: ${{MOSQUITTO_IMAGE:-eclipse-mosquitto:2@sha256:{'a' * 64}}}\n"


def answering(versions: dict[str, str]) -> Callable[..., str | None]:
    """What each command says of its version; the others are not there."""
    return lambda *command: versions.get(command[0])


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSE", raising=False)


def test_dockers_own_compose_is_taken_first() -> None:
    assert stack.compose(answering({"docker": "2.24.6"})) == ("docker", "compose")


def test_where_docker_has_no_compose_the_one_of_make_setup_does() -> None:
    found = stack.compose(lambda *words: "v5.1.0" if ".venv" in words[0] else None)
    assert found[0].endswith(".venv/bin/docker-compose")


def test_a_person_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE", "podman compose")
    assert stack.compose(answering({"podman": "2.30.0"})) == ("podman", "compose")


def test_without_compose_a_sentence_says_where_it_comes_from() -> None:
    with pytest.raises(stack.StackError, match=r"`docker compose` is not here: install .*\.$"):
        stack.compose(answering({}))


@pytest.mark.parametrize("old", ["1.29.2", "2.23.9"])
def test_an_old_compose_is_refused_by_its_version(old: str) -> None:
    with pytest.raises(stack.StackError, match=r"is Compose \d\.\d+, 2\.24 or newer is needed"):
        stack.compose(answering({"docker": old}))


def test_an_old_compose_does_not_hide_a_new_one() -> None:
    known = answering({"docker": "2.1.0", "/new/docker-compose": "5.0.0"})
    found = stack.compose(known, [Path("/new")])
    assert found == ("/new/docker-compose",)


def test_a_program_that_is_not_there_says_nothing() -> None:
    assert stack.said("/nowhere/docker", "version") is None
    assert stack.said(sys.executable, "-c", "raise SystemExit(1)") is None
    assert stack.said(sys.executable, "-c", "print('x')") == "x"


@pytest.mark.parametrize(
    ("told", "known", "replaced"),
    [
        ({}, (), {"MOSQUITTO_IMAGE": "eclipse-mosquitto:2"}),
        ({}, ("eclipse-mosquitto@sha256:bb",), {}),
        ({}, None, {}),
        ({"MOSQUITTO_IMAGE": "mine:1"}, (), {}),
    ],
    ids=["made here", "of a registry", "not here", "the site has said"],
)
def test_only_an_image_made_on_this_machine_replaces_a_pinned_one(
    told: dict[str, str], known: tuple[str, ...] | None, replaced: dict[str, str]
) -> None:
    assert stack.stand_ins(PINNED, told, lambda _: known) == replaced


def test_the_pins_of_the_compose_file_are_found() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert set(stack.pins(text)) == {
        "PYTHON_IMAGE",
        "MOSQUITTO_IMAGE",
        "PROMETHEUS_IMAGE",
        "GRAFANA_IMAGE",
    }


def test_the_dockerfile_by_hand_builds_from_the_same_base() -> None:
    """As `docker build --file deploy/Dockerfile` would, without Compose."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    (line,) = [
        one for one in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if one.startswith("ARG PYTHON_IMAGE=")
    ]  # fmt: skip
    assert line.removeprefix("ARG PYTHON_IMAGE=") == stack.pins(text)["PYTHON_IMAGE"]


@pytest.mark.parametrize(
    ("simulated", "observability", "everything", "said"),
    [
        (False, False, False, ""),
        (True, False, False, "--project-name darkstar-simulated --profile simulated"),
        (False, True, False, "--profile observability"),
        (False, False, True, "--profile *"),
    ],
)
def test_profiles_and_project_are_told_before_the_command(
    simulated: bool, observability: bool, everything: bool, said: str
) -> None:
    words = stack.words(simulated=simulated, observability=observability, everything=everything)
    assert " ".join(words) == said


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The directory deploy/ of a site."""
    deploy = tmp_path / "deploy"
    ours = shutil.ignore_patterns("__pycache__", "secrets", "house", ".env", "*.override.yaml")
    shutil.copytree(DEPLOY, deploy, ignore=ours)
    (deploy / "secrets/tls").mkdir(parents=True)
    for name in ("passwords", "planner", "tls/ca.pem"):
        (deploy / "secrets" / name).write_text("at first", encoding="utf-8")
    return deploy


BROKER, SERVICE = "DARKSTAR_BROKER_FILES", "DARKSTAR_SERVICE_FILES"


@pytest.mark.parametrize(
    ("name", "anew"),
    [
        ("mosquitto/acl", {BROKER}),
        ("mosquitto/mosquitto.conf", {BROKER}),
        ("mosquitto/tls.conf", {BROKER}),
        ("secrets/passwords", {BROKER}),
        ("secrets/tls/broker.pem", {BROKER}),
        ("secrets/planner", {SERVICE}),
        ("secrets/tls/ca.pem", {SERVICE}),
        ("mosquitto/acl.house", set()),
    ],
)
def test_a_container_whose_files_changed_is_made_anew(
    name: str, anew: set[str], site: Path
) -> None:
    before = stack.in_force(site, {})
    assert stack.in_force(site, {}) == before
    (site / name).write_text("later", encoding="utf-8")
    after = stack.in_force(site, {})
    assert {one for one in after if after[one] != before[one]} == anew


@pytest.mark.parametrize("variable", ["DARKSTAR_ACL", "DARKSTAR_MOSQUITTO_CONF"])
@pytest.mark.parametrize("absolute", [True, False])
def test_the_files_that_a_site_names_for_the_broker_are_in_force(
    variable: str, absolute: bool, site: Path
) -> None:
    mine = site / "mine"
    known = {variable: str(mine) if absolute else "./mine"}
    before = stack.in_force(site, known)
    mine.write_text("mine", encoding="utf-8")
    assert stack.in_force(site, known)[BROKER] != before[BROKER]


def test_compose_is_told_which_files_are_in_force(site: Path) -> None:
    (site / ".env").write_text("DARKSTAR_MOSQUITTO_CONF=./mine.conf\n", encoding="utf-8")
    (site / "mine.conf").write_text("mine", encoding="utf-8")
    told = stack.environment({}, site)
    done = subprocess.run(
        (*stack.compose(), "config", "--format", "json"),
        cwd=site, env=told, capture_output=True, text=True, check=True,
    )  # fmt: skip
    services = json.loads(done.stdout)["services"]
    assert services["mosquitto"]["labels"] == {"darkstar.files": told[BROKER]}
    assert services["planner"]["labels"] == {"darkstar.files": told[SERVICE]}
    mounted = {one["target"]: one["source"] for one in services["mosquitto"]["volumes"]}
    assert mounted["/mosquitto/config/mosquitto.conf"] == str(site / "mine.conf")


def test_compose_alone_needs_no_checksums(site: Path) -> None:
    told = {one: text for one, text in os.environ.items() if not one.startswith("DARKSTAR")}
    words = (*stack.compose(), "config", "--quiet")
    done = subprocess.run(words, cwd=site, env=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("", None),
        ("COMPOSE_FILE=compose.yaml:compose.tls.yaml", "compose.yaml:compose.tls.yaml:{}"),
        ("COMPOSE_FILE=compose.yaml:./compose.override.yaml", None),
        ('COMPOSE_FILE="compose.yaml:compose.override.yaml" # all', None),
    ],
)
def test_a_sites_own_override_is_left_out_by_nobody(
    line: str, files: str | None, site: Path
) -> None:
    (site / ".env").write_text(f"{line}\n", encoding="utf-8")
    assert "COMPOSE_FILE" not in stack.environment({}, site)
    (site / stack.OVERRIDE).write_text("services: {}\n", encoding="utf-8")
    wanted = files.format(stack.OVERRIDE) if files else None
    assert stack.environment({}, site).get("COMPOSE_FILE") == wanted


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What Compose is told by a command line; a script plays it."""
    fake = tmp_path / "compose"
    fake.write_text('#!/bin/sh\n[ "$1" = version ] && echo 2.40.0 && exit\necho "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("COMPOSE", str(fake))

    def run(*words: str) -> str:
        command = (sys.executable, str(DEPLOY / "stack.py"), *words)
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("up --no-build --wait", "up --no-build --wait"),
        ("--observability up --wait", "--profile observability up --wait"),
        ("down", "--profile * down"),
        ("logs --follow", "--profile * logs --follow"),
        ("exec gateway env", "exec gateway env"),
    ],
)
def test_compose_is_run_with_what_make_says(
    words: str, said: str, told: Callable[..., str]
) -> None:
    assert told(*words.split()) == said


def test_what_cannot_be_had_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE", "/nowhere/compose")
    command = (sys.executable, str(DEPLOY / "stack.py"), "ps")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("darkstar: `docker compose` is not here")
    assert len(done.stderr.splitlines()) == 1

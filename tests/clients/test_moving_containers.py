"""`make backup`, `make restore` and `make update` on a real engine, with a house of the test's own.

DARKSTAR_TEST_ENGINE names its socket, where the images are built. The clone is a copy of this tree
with a project, ports and image tags of its own; a later version of it is one whose planner does
not start.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # testcontainers brings it
import pytest
from support.readme import Clone, block, clone

from darkstar_common.contract import SERVICES
from darkstar_common.launcher.broker import free_port

ENGINE = os.environ.get("DARKSTAR_TEST_ENGINE", "")
PROJECT = TAG = "darkstar-moving-test"
pytestmark = [pytest.mark.timeout(900)]
GIT = "git -c user.name=test -c user.email=test@example.org"
BROKEN = f"""
import subprocess

# A version whose planner does not start.
recipe = b"FROM darkstar-planner:{TAG}\\nENTRYPOINT [\\"false\\"]\\n"
subprocess.run(["docker", "build", "-t", "darkstar-planner:{TAG}", "-"], input=recipe, check=True)
"""


@dataclass(frozen=True)
class House:
    """A clone whose containers run."""

    clone: Clone
    client: Any

    def make(self, words: str, *, succeeds: bool = True) -> str:
        """What `make …` says, in which a failure is told by its exit code."""
        done = subprocess.run(
            ("make", "--no-print-directory", *words.split()), cwd=self.clone.directory,
            env=self.clone.told, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, timeout=600,
        )  # fmt: skip
        assert (done.returncode == 0) is succeeds, done.stdout
        return done.stdout

    def inside(self, service: str, script: str) -> str:
        """What `script` prints in the container of `service`."""
        container = self.client.containers.get(f"{PROJECT}-{service}-1")
        code, output = container.exec_run(["sh", "-euc", script])
        assert code == 0, output
        return str(output.decode()).strip()

    def image(self, service: str) -> str:
        """Which one the container of `service` is of."""
        return str(self.client.containers.get(f"{PROJECT}-{service}-1").image.id)

    def compose(self, words: str) -> str:
        return self.clone.typed(f"{sys.executable} deploy/stack.py {words}", seconds=300)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not ENGINE:
        pytest.skip("DARKSTAR_TEST_ENGINE names no Docker engine, as unix:///var/run/docker.sock")
    client = docker.DockerClient(base_url=ENGINE)
    missing = [name for name in SERVICES if not client.images.list(f"darkstar-{name}:local")]
    if missing:
        pytest.skip(f"images of {', '.join(missing)} are not built on {ENGINE}")
    for name in SERVICES:
        client.images.get(f"darkstar-{name}:local").tag(f"darkstar-{name}", TAG)
    made = clone(tmp_path_factory.mktemp("darkstar"))
    made.environment = {"DOCKER_HOST": ENGINE}
    (made.directory / "deploy/.env").write_text(
        f"COMPOSE_PROJECT_NAME={PROJECT}\nDARKSTAR_VERSION={TAG}\n"
        f"DARKSTAR_BROKER_ADDRESS=127.0.0.1:{free_port()}\n"
        f"DARKSTAR_PAGE_ADDRESS=127.0.0.1:{free_port()}\n",
        encoding="utf-8",
    )
    made.typed(f"{sys.executable} deploy/prepare.py")
    made.typed(
        f"git init -q -b main; echo /.venv >> .git/info/exclude; git add -A; {GIT} commit -qm now"
    )
    found = House(made, client)
    try:
        found.compose("up --no-build --detach --wait")
        yield found
    finally:
        found.compose("down --volumes")
        for name in SERVICES:
            for tag in (TAG, "before-update"):
                if client.images.list(f"darkstar-{name}:{tag}"):
                    client.images.remove(f"darkstar-{name}:{tag}")
        client.close()


def mark(house: House, text: str) -> None:
    """Let a service have kept something."""
    for service in ("planner", "gateway"):
        house.inside(service, f"echo {text} > /var/lib/darkstar/{service}/kept.txt")


def marked(house: House) -> set[str]:
    return {
        house.inside(service, f"cat /var/lib/darkstar/{service}/kept.txt")
        for service in ("planner", "gateway")
    }


def archives(house: House) -> list[Path]:
    return sorted((house.clone.directory / "backups").glob("*.tar.gz"))


def test_the_readme_says_what_is_tried_here() -> None:
    commands = [line.split("#")[0].split() for line in block("make backup").text.splitlines()]
    assert [words[:2] for words in commands] == [
        ["make", "backup"],
        ["make", "update"],
        ["make", "restore"],
    ]


def test_a_house_goes_back_to_its_backup(house: House) -> None:
    mark(house, "then")
    said = house.make("backup")
    (archive,) = archives(house)
    assert f"{archive}: the whole house, without its passwords" in said
    mark(house, "now")
    refused = house.make(f"restore FILE={archive}", succeeds=False)
    assert "there is a house here already" in refused
    assert "REPLACE=1" in refused
    assert marked(house) == {"now"}
    said = house.make(f"restore FILE={archive} REPLACE=1")
    assert "all services run again, and are healthy" in said
    assert marked(house) == {"then"}
    (before,) = (one for one in archives(house) if "before" in one.name)
    house.make(f"restore FILE={before} REPLACE=1")
    assert marked(house) == {"now"}


def test_what_cannot_be_used_stops_nothing(house: House) -> None:
    mark(house, "still")
    began = house.inside("planner", "stat -c %Y /proc/1")
    broken = house.clone.directory / "broken.tar.gz"
    content = archives(house)[0].read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    said = house.make(f"restore FILE={broken} REPLACE=1", succeeds=False)
    assert "broken.tar.gz cannot be used" in said
    assert "Nothing was changed" in said
    assert marked(house) == {"still"}
    assert house.inside("planner", "stat -c %Y /proc/1") == began


def test_a_version_that_is_not_well_is_taken_back(house: House) -> None:
    mark(house, "before")
    image, directory = house.image("planner"), house.clone.directory
    commit = house.clone.typed("git rev-parse HEAD")
    (directory / "deploy/images.py").write_text(BROKEN, encoding="utf-8")
    house.clone.typed(f"git checkout -qb broken; {GIT} commit -qam broken; git checkout -q main")
    said = house.make("update VERSION=broken", succeeds=False)
    assert "did not become healthy: going back" in said
    assert "runs again, with all that it had" in said
    assert house.image("planner") == image
    assert house.clone.typed("git rev-parse HEAD") == commit
    assert house.clone.typed("git branch --show-current").strip() == "main"
    assert marked(house) == {"before"}
    assert re.search(r"before-update-\d{8}T\d{6}Z", archives(house)[-1].name)


def test_files_that_somebody_changed_stop_an_update(house: House) -> None:
    compose = house.clone.directory / "deploy/compose.yaml"
    shutil.copy(compose, compose.with_suffix(".kept"))
    with compose.open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    try:
        said = house.make("update", succeeds=False)
    finally:
        compose.with_suffix(".kept").replace(compose)
    assert "files of the clone were changed (deploy/compose.yaml)" in said
    assert "Nothing was changed" in said
